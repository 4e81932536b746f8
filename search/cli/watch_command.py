"""``slotsmith watch``: follow a sweep that runs elsewhere."""

import time
from pathlib import Path
from typing import Annotated

import typer

from machine.nearest import counted
from search.cli.analyze_command import find_journal, load_history
from search.cli.options import DEFAULT_RESULTS, ResultsOption
from search.cli.sweep_live import sweep_view
from search.strategy.budget import MOST_SECONDS
from search.sweep.duration import duration
from search.sweep.reporting.following import is_running, progress_of
from search.sweep.reporting.history import History

_QUIET = 5.0
"""Seconds without a record after which it is looked whether anybody is writing any."""


def watch_command(
    sweep: Annotated[str, typer.Argument(help="A sweep's name, its folder or its journal.")],
    results: ResultsOption = DEFAULT_RESULTS,
    every: Annotated[
        float, typer.Option(min=0.05, max=MOST_SECONDS, help="Seconds between looks at the journal.")
    ] = 1.0,
) -> None:
    """Follow a sweep that runs elsewhere until it ends; Ctrl-C leaves it running.

    Example: slotsmith watch overnight
    """
    path = find_journal(sweep, results)
    try:
        history = _follow(path, every)
    except KeyboardInterrupt:
        typer.echo("no longer watched; the sweep is left as it is")
        return
    progress = progress_of(history, history.times[-1])
    ended = f"finished by {history.finished}" if history.finished else "interrupted, for nobody writes its journal"
    typer.echo(f"sweep {progress.name}: {counted(progress.trials, 'trial')} in {duration(progress.seconds)}, {ended}")
    for study in progress.studies:
        found = "no program" if study.cycles is None else f"{study.cycles} cycles, bound {study.bound}"
        typer.echo(f"  {study.title}: {found}")


def _follow(path: Path, every: float) -> History:
    """Show the sweep until it is over; what it came to."""
    size, changed = -1, time.monotonic()
    with sweep_view() as watch:
        while True:
            now = path.stat().st_size
            if now != size:
                size, changed = now, time.monotonic()
                history = load_history(path)
            watch(progress_of(history, time.time()))
            is_quiet = time.monotonic() - changed >= min(_QUIET, 5 * every)
            if history.finished or (is_quiet and not is_running(path)):
                return history
            time.sleep(every)
