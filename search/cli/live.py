"""The live view of a search: a table that stands still on a terminal, plain lines elsewhere.

Both go to standard error, so that standard output is for results.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from search.strategy.random_search import Budget, Progress, Watch

_LINE_EVERY = 10.0


@contextmanager
def live_view(title: str, budget: Budget, *, quiet: bool = False) -> Iterator[Watch]:
    """Show a search's progress for as long as the block runs."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield lambda progress: live.update(_table(title, budget, progress))
    else:
        yield _PlainLines(title, budget)


class _PlainLines:
    """Prints a line when the best improves, and every ten seconds."""

    def __init__(self, title: str, budget: Budget) -> None:
        self._title = title
        self._budget = budget
        self._best: int | None = None
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        best = progress.best.cycles if progress.best else None
        now = time.monotonic()
        if best != self._best or now - self._last >= _LINE_EVERY:
            self._best, self._last = best, now
            cells = ", ".join(f"{name} {value}" for name, value in _cells(self._budget, progress))
            print(f"{self._title}: {cells}", file=sys.stderr, flush=True)


def _table(title: str, budget: Budget, progress: Progress) -> Table:
    table = Table(title=title, show_header=False)
    table.add_column(justify="right", style="dim")
    table.add_column()
    for name, value in _cells(budget, progress):
        table.add_row(name, value)
    return table


def _cells(budget: Budget, progress: Progress) -> Iterator[tuple[str, str]]:
    best, bound = progress.best, progress.bound
    yield "best", f"{best.cycles} cycles" if best else "none yet"
    yield "bound", str(bound.cycles) if bound else "none yet"
    if best and bound:
        yield "gap", f"{best.cycles / bound.cycles - 1:.1%}"
    yield "trials", f"{progress.trials}" + (f" of {budget.trials}" if budget.trials is not None else "")
    yield "rate", f"{progress.trials / max(progress.seconds, 1e-9):.0f}/s"
    if progress.failures:
        yield "failed", " ".join(f"{kind}: {count}" for kind, count in progress.failures.items())
    if budget.seconds is None:
        yield "time", f"{progress.seconds:.0f} s"
    else:
        yield "left", f"{max(0.0, budget.seconds - progress.seconds):.0f} s"
