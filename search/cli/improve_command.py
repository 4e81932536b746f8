"""``slotsmith improve``: shorter schedules for an entry, by moves of a local search and by windows of CP-SAT."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from search.board.leaderboard import Leaderboard
from search.cli.live import live_view
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    EntryArgument,
    JsonOption,
    ResultsOption,
    print_json,
    rebuild,
)
from search.cpsat.window_passes import WindowProgress, WindowSettings
from search.cpsat.window_spans import WindowKind
from search.processes.workers import open_runner
from search.strategy.improving import (
    ImproveReport,
    ImproveSettings,
    Method,
    finding_of,
    improve_candidate,
    keep_improved,
)
from search.strategy.random_search import Budget
from search.tasks.task import TaskName


def improve_command(
    entry: EntryArgument,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds.")] = 600.0,
    method: Annotated[Method, typer.Option(help="Moves of a local search, windows of CP-SAT, or both.")] = Method.BOTH,
    kind: Annotated[
        list[WindowKind] | None, typer.Option(help="What windows free, a sweep each in turn; all if none is given.")
    ] = None,
    width: Annotated[int, typer.Option(min=2, help="Cycles of a window.")] = 16,
    window_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for each window.")] = 3.0,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Processes; windows solved at once.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of moves and of the solver.")] = 0,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the result is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Improve an entry's schedule, and keep it if it gets shorter; Ctrl-C keeps the best so far.

    Example: slotsmith improve tree_hash:height=10,rounds=16,batch=256 --time-limit 600
    """
    board = Leaderboard(results)
    board.ensure_writable()
    found = board.find(entry, category, machine)
    candidate = rebuild(board, found).candidate
    kinds = tuple(kind or WindowKind)
    windows = WindowSettings(time_limit, kinds, width, window_limit, workers=workers, seed=seed)
    settings = ImproveSettings(method, windows, inputs)
    with (
        open_runner(workers) as runner,
        live_view(f"{found.id} moves", Budget(time_limit, None), quiet=json) as watch_moves,
        _window_view(found.id, windows, quiet=json) as watch_windows,
    ):
        name = TaskName(found.problem, found.shape_text, found.category, candidate.prepared.machine)
        finding = finding_of(found, candidate.prepared.machine)
        report = improve_candidate(name, candidate, finding, settings, runner, watch_moves, watch_windows)
    kept = None
    if report.candidate.cycles < found.cycles:
        made, is_record = keep_improved(board, found, report, settings)
        kept = made.id if is_record else None
    if json:
        print_json(_summary(report, found.cycles, kept))
        return
    swept = report.windows
    typer.echo(f"{found.id}: {found.cycles} -> {report.candidate.cycles} cycles, bound {found.bound.cycles}")
    typer.echo(f"  justified  {found.cycles} -> {report.justified}")
    typer.echo(f"  moves      {report.justified} -> {report.moved}, {report.moves} tried")
    typer.echo(
        f"  windows    {report.moved} -> {report.candidate.cycles}, "
        f"{swept.gains} of {sum(swept.windows.values())} gained: {_counts(swept)}"
    )
    typer.echo(f"  entry      {kept}: new best on the leaderboard" if kept else "  nothing shorter to keep")


def _summary(report: ImproveReport, before: int, kept: str | None) -> dict[str, object]:
    swept = report.windows
    return {
        "entry": kept,
        "before": before,
        "justified": report.justified,
        "moved": report.moved,
        "cycles": report.candidate.cycles,
        "moves": report.moves,
        "windows": swept.windows,
        "gains": swept.gains,
        "sweeps": swept.sweeps,
    }


@contextmanager
def _window_view(title: str, settings: WindowSettings, *, quiet: bool) -> Iterator[Callable[[WindowProgress], None]]:
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            yield lambda progress: live.update(_table(title, settings, progress))
    else:
        yield lambda progress: print(f"{title}: {_line(progress, settings)}", file=sys.stderr, flush=True)


def _table(title: str, settings: WindowSettings, progress: WindowProgress) -> Table:
    table = Table(title=title, show_header=False)
    table.add_row("best", f"{progress.cycles} cycles")
    table.add_row("sweep", str(progress.sweeps))
    table.add_row("windows", _counts(progress))
    table.add_row("last", _last(progress))
    table.add_row("left", f"{max(0.0, settings.seconds - progress.seconds):.0f} s")
    return table


def _line(progress: WindowProgress, settings: WindowSettings) -> str:
    left = max(0.0, settings.seconds - progress.seconds)
    return f"best {progress.cycles} cycles, sweep {progress.sweeps}, {_last(progress)}, left {left:.0f} s"


def _last(progress: WindowProgress) -> str:
    last = progress.last
    if last is None:
        return "no window yet"
    gain = last.before - last.after
    where = f"cycles {last.span.first}..{last.span.last - 1}, {len(last.span.operations)} operations"
    return f"{where}: {last.status.value}, gain {gain} of weighted starts"


def _counts(progress: WindowProgress) -> str:
    return ", ".join(f"{name} {count}" for name, count in progress.windows.items()) or "none"
