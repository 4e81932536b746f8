"""``slotsmith sweep``: run what a sweep file describes, all night if need be, and go on after whatever ended it."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from machine.errors import UserError
from machine.nearest import counted
from search.board.leaderboard import Leaderboard
from search.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption, print_json
from search.cli.sweep_live import sweep_view
from search.processes.ending_signals import ENDING_SIGNALS
from search.sweep.driver import run_sweep
from search.sweep.duration import duration
from search.sweep.executors.executor import Executor
from search.sweep.executors.opening import open_executor
from search.sweep.study_outcome import StudyOutcome, SweepOutcome
from search.sweep.sweep_file import ExecutorKind, ExecutorSettings, SweepBudget, load_sweep_file


def sweep_command(
    sweep: Annotated[Path, typer.Argument(help="A sweep file, in TOML.")],
    executor: Annotated[ExecutorKind | None, typer.Option(help="Where trials run, if not as the file says.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Trials at once, if not as the file says.")] = None,
    address: Annotated[str | None, typer.Option(help="Of a running Ray cluster, if not as the file says.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours for this run, if not as the file says.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials of all runs, if not as the file says.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run ended, if there was one.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    json: JsonOption = False,
) -> None:
    """Run many trials over knobs, policies and machines, and keep the best programs on the leaderboard.

    Ctrl-C, SIGTERM or SIGHUP ends the sweep and keeps the best; --resume goes on from there, or from where it was
    killed.

    Example: slotsmith sweep sweeps/overnight.toml --executor ray --hours 8 --resume
    """
    described = load_sweep_file(sweep)
    settings = _settings(described.executor, executor, workers, address)
    budget = SweepBudget(
        described.budget.hours if hours is None else hours, described.budget.trials if trials is None else trials
    )
    running = _signals_kept(open_executor(settings, described.trial.limits))
    with sweep_view(quiet=quiet or json) as watch:
        outcome = run_sweep(described, Leaderboard(results), running, watch, resume=resume, budget=budget)
    found = any(study.cycles is not None for study in outcome.studies)
    wrong = None if found else f"no trial led to a program ({_failures(outcome)}): see {outcome.journal}"
    if json:
        print_json(_summary(outcome) if found else {**_summary(outcome), "error": wrong})
    else:
        _print_outcome(outcome)
    if wrong is not None:
        typer.echo(f"slotsmith: {wrong}", err=True)  # not raised: a second document would follow the first
        raise typer.Exit(2)


@contextmanager
def _signals_kept(executor: AbstractContextManager[Executor]) -> Iterator[Executor]:
    """An executor, during which signals do what they did before: Ray has SIGTERM exit when it is loaded."""
    handlers = {each: signal.getsignal(each) for each in ENDING_SIGNALS}
    with executor as running:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        yield running


def _settings(
    given: ExecutorSettings, kind: ExecutorKind | None, workers: int | None, address: str | None
) -> ExecutorSettings:
    """The file's executor as the command line changes it; an address is Ray's alone."""
    chosen = replace(given, kind=kind or given.kind, workers=workers or given.workers)
    if address is not None and chosen.kind is not ExecutorKind.RAY:
        raise UserError(f"--address is for --executor ray, not {chosen.kind.value}")
    return replace(chosen, address=(address or given.address) if chosen.kind is ExecutorKind.RAY else None)


def _summary(outcome: SweepOutcome) -> dict[str, Any]:
    progress = outcome.progress
    return {
        "sweep": progress.name,
        "studies": [study.to_json() for study in outcome.studies],
        "points": progress.trials,
        "points_now": progress.now,
        "seconds": round(progress.seconds, 1),
        "workers": progress.workers,
        "failures": dict(progress.failures),
        "reason": outcome.reason.value if outcome.reason else None,
        "interrupted": outcome.reason is None,
        "journal": str(outcome.journal),
    }


def _print_outcome(outcome: SweepOutcome) -> None:
    progress = outcome.progress
    ended = f"ended by {outcome.reason.value}" if outcome.reason else "interrupted"
    trials = counted(progress.trials, "trial")
    typer.echo(f"sweep {progress.name}: {trials}, {progress.now} of them in {_time(outcome)}, {ended}")
    if progress.failures:
        typer.echo(f"  failed     {_failures(outcome)}")
    for study in outcome.studies:
        typer.echo(f"  {study.title}: {found_line(study)}")
    typer.echo(f"  journal    {outcome.journal}")


def found_line(study: StudyOutcome) -> str:
    """What a study has found, and what the leaderboard made of it."""
    if study.cycles is None or study.bound is None or study.gap is None:
        return "no program"
    found = f"{study.cycles} cycles, bound {study.bound.cycles}, gap {study.gap:.1%}, entry {study.entry or 'none'}"
    if study.is_record:
        return f"{found}: new best on the leaderboard"
    if study.is_standing:
        return f"{found}: the leaderboard's best already"
    return f"{found}: not better than the leaderboard's {study.standing}, not kept"


def _failures(outcome: SweepOutcome) -> str:
    counts = sorted(outcome.progress.failures.items())
    return ", ".join(f"{kind}: {count}" for kind, count in counts) or "none has ended"


def _time(outcome: SweepOutcome) -> str:
    return duration(outcome.progress.seconds)
