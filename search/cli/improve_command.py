"""``slotsmith improve``: windows of CP-SAT over the schedule of an entry."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

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
from search.cpsat.improve import Watch, WindowProgress, WindowSettings, improve
from search.decide import make_candidate
from search.entry import Effort, make_entry
from search.leaderboard import Leaderboard
from search.validation import validate_candidate


def improve_command(
    entry: EntryArgument,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds.")] = 600.0,
    width: Annotated[int, typer.Option(min=2, help="Cycles of a window.")] = 16,
    window_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for each window.")] = 3.0,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Windows solved at once.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the solver.")] = 0,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the result is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Improve an entry's schedule with windows of CP-SAT, and keep it if it gets shorter; Ctrl-C keeps the best so far.

    Example: slotsmith improve tree_hash:height=10,rounds=16,batch=256 --time-limit 600
    """
    board = Leaderboard(results)
    board.ensure_writable()
    found = board.find(entry, category, machine)
    again = rebuild(board, found)
    prepared = again.candidate.prepared
    settings = WindowSettings(time_limit, width=width, window_seconds=window_limit, workers=workers, seed=seed)
    with _live_view(found.id, settings, quiet=json) as watch:
        decision, progress = improve(prepared, again.candidate.decision, settings, watch)
    gained = found.cycles - decision.schedule.length
    kept = None
    if gained > 0:
        task = found.task()
        candidate = make_candidate(prepared, decision)
        validation = validate_candidate(task, candidate, inputs)
        seconds = round(found.effort.seconds + progress.seconds, 1)
        method = f"{found.effort.method}, then windows"
        effort = Effort(method, seed, found.effort.trials, seconds, workers)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        made = make_entry(
            task, found.problem, candidate, found.bound, validation, found.knobs, found.policy, effort, now
        )
        kept = made.id if board.add(made, candidate) else None
    if json:
        counts = {"windows": progress.windows, "gains": progress.gains, "sweeps": progress.sweeps}
        print_json({"entry": kept, "before": found.cycles, "cycles": decision.schedule.length, **counts})
    else:
        typer.echo(f"{found.id}: {found.cycles} -> {decision.schedule.length} cycles, bound {found.bound.cycles}")
        typer.echo(f"  {progress.gains} of {sum(progress.windows.values())} windows gained: {_counts(progress)}")
        typer.echo(f"  entry      {kept}: new best on the leaderboard" if kept else "  nothing shorter to keep")


@contextmanager
def _live_view(title: str, settings: WindowSettings, *, quiet: bool) -> Iterator[Watch]:
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
