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

from search.cli.curves import falling_curve
from search.cpsat.window_passes import WindowProgress
from search.solver.solve_outcome import SolverNews
from search.strategy.budget import Budget
from search.strategy.compiling_first import COMPILING
from search.strategy.progress import Progress, Watch

_LINE_EVERY = 10.0
_CURVE_BARS = 24


@contextmanager
def live_view(title: str, budget: Budget, *, quiet: bool = False) -> Iterator[Watch]:
    """Show a search's progress for as long as the block runs."""
    progress = Progress()
    if quiet:
        yield Watch(progress, lambda progress: None)
    elif sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield Watch(progress, lambda progress: live.update(table_of(title, budget, progress)))
    else:
        yield Watch(progress, _PlainLines(title, budget))


class _PlainLines:
    """Prints a line when the best improves, when a stage begins, and every ten seconds."""

    def __init__(self, title: str, budget: Budget) -> None:
        self._title = title
        self._budget = budget
        self._shown: tuple[str, int | None] = "", None
        self._last = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        state, now = (progress.stage, progress.cycles), time.monotonic()
        if state != self._shown or now - self._last >= _LINE_EVERY:
            self._shown, self._last = state, now
            cells = ", ".join(f"{name} {value}" for name, value in cells_of(self._budget, progress))
            print(f"{self._title}: {cells}", file=sys.stderr, flush=True)


def table_of(title: str, budget: Budget, progress: Progress) -> Table:
    """What a terminal shows of a search, its best over time included."""
    table = Table(title=title, show_header=False)
    table.add_column(justify="right", style="dim")
    table.add_column()
    for name, value in cells_of(budget, progress):
        table.add_row(name, value)
    if len(progress.curve) > 1:
        table.add_row("curve", falling_curve(progress.curve, progress.seconds, _CURVE_BARS))
    return table


def cells_of(budget: Budget, progress: Progress) -> Iterator[tuple[str, str]]:
    """What there is to say about a search, a name and a value each."""
    if progress.stage == COMPILING:
        yield COMPILING, f"{progress.seconds:.0f} s; once for this version, and the search begins after it"
        return
    cycles, bound = progress.cycles, progress.bound
    if progress.stage:
        yield "stage", progress.stage
    yield "best", f"{cycles} cycles" if cycles else "none yet"
    yield "bound", str(bound.cycles) if bound else "none yet"
    if cycles and bound:
        yield "gap", f"{cycles / max(1, bound.cycles) - 1:.1%}"
    limit = f" of {budget.schedules}" if budget.schedules is not None else ""
    yield "schedules", f"{progress.schedules}{limit}"
    yield "rate", f"{progress.schedules / max(progress.seconds, 1e-9):.0f}/s"
    if progress.failures:
        yield "failed", " ".join(f"{kind}: {count}" for kind, count in progress.failures.items())
    if progress.solver is not None:
        yield "solver", _solver(progress.solver)
    if progress.windows is not None:
        yield "windows", _windows(progress.windows)
        yield "last window", _last(progress.windows)
    if budget.seconds is None:
        yield "time", f"{progress.seconds:.0f} s"
    else:
        yield "left", f"{max(0.0, budget.seconds - progress.seconds):.0f} s"


def _solver(news: SolverNews) -> str:
    best = "no schedule yet" if news.cycles is None else f"{news.cycles} cycles"
    return f"{best}, bound {news.bound} of its model, for {time.monotonic() - news.begun:.0f} s"


def _windows(windows: WindowProgress) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in windows.windows.items()) or "none"
    return f"{counts} (pass {windows.passes})"


def _last(windows: WindowProgress) -> str:
    last = windows.last
    if last is None:
        return "none yet"
    gain = last.before - last.after
    where = f"cycles {last.span.first}..{last.span.last - 1}, {len(last.span.operations)} operations"
    return f"{where}: {last.status.value}, gain {gain} of weighted starts"
