"""The live view of a sweep: a table that stands still on a terminal, plain lines elsewhere; both to standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from search.cli.curves import falling_curve
from search.cli.fitting_table import Column, fitting_table
from search.sweep.duration import duration
from search.sweep.sweep_progress import StudyProgress, SweepProgress, Watch

_LINE_EVERY = 30.0
_CURVE_BARS = 12
_COLUMNS = (
    *(Column("study", 9), Column("best", 8, True), Column("bound", 5, True), Column("gap", 6, True)),
    *(Column("trials", 4, True), Column("best so far", 3, True)),
)


@contextmanager
def sweep_view(*, quiet: bool = False) -> Iterator[Watch]:
    """Show a sweep's progress for as long as the block runs."""
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        console = Console(stderr=True)
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield lambda progress: live.update(view_of(progress, console.width))
    else:
        yield _PlainLines()


class _PlainLines:
    """Prints a line for each best that improves, and one about the sweep every 30 seconds."""

    def __init__(self) -> None:
        self._best: dict[int, int] = {}
        self._last = time.monotonic()

    def __call__(self, progress: SweepProgress) -> None:
        for number, study in enumerate(progress.studies):
            if study.cycles is not None and study.cycles < self._best.get(number, sys.maxsize):
                self._best[number] = study.cycles
                _print(f"{study.title}: best {study.cycles}, bound {study.bound}, gap {_gap(study)}")
        if time.monotonic() - self._last >= _LINE_EVERY:
            self._last = time.monotonic()
            cells = ", ".join(f"{name} {value}" for name, value in cells_of(progress))
            _print(f"{progress.name}: {cells}")


def view_of(progress: SweepProgress, width: int) -> Group:
    """A table of the sweep, and one of its studies, for a terminal so wide."""
    sweep = Table(title=f"sweep {progress.name}", show_header=False, box=None, title_justify="left")
    sweep.add_column(justify="right", style="dim")
    sweep.add_column()
    for name, value in cells_of(progress):
        sweep.add_row(name, value)
    rows = [_row(study) for study in progress.studies]
    return Group(sweep, fitting_table(_COLUMNS, rows, width)[0])


def _row(study: StudyProgress) -> tuple[str, ...]:
    numbers = (study.cycles, study.bound, _gap(study), study.trials)
    cells = ("-" if number is None else str(number) for number in numbers)
    return study.title.replace(",", ", "), *cells, falling_curve(study.curve, study.trials, _CURVE_BARS)


def cells_of(progress: SweepProgress) -> Iterator[tuple[str, str]]:
    """What there is to say about a sweep: a name and a value each."""
    yield "trials", f"{progress.trials}" + (f" of {progress.planned}" if progress.planned is not None else "")
    if progress.failures:
        yield "failed", " ".join(f"{kind}: {count}" for kind, count in sorted(progress.failures.items()))
    yield "rate", f"{progress.rate:.1f}/min"
    if progress.workers is not None:
        yield "workers", f"{progress.workers}"
    yield "elapsed", duration(progress.seconds)
    if progress.left is not None:
        yield "left", duration(progress.left)


def _gap(study: StudyProgress) -> str | None:
    return None if study.gap is None else f"{study.gap:.1%}"


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
