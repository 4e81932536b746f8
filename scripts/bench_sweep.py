"""Prints what sweeps lose to their driver and gain by workers; exit 1 if a line fails: `python scripts/bench_sweep.py`.

overhead: sleeping trials of 0.5 s on two workers, against the time they sleep.
speedup:  real trials on two workers, against one.

Run it on an idle machine.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from machine.model import load_machine
from search.board.leaderboard import Leaderboard
from search.sweep.driver import run_sweep
from search.sweep.executors.executor import Limits
from search.sweep.executors.opening import open_executor
from search.sweep.idle_trial import SLEEP_SECONDS, run_idle_trial
from search.sweep.study import StudySpec
from search.sweep.sweep_file import (
    ExecutorKind,
    ExecutorSettings,
    SamplerKind,
    SamplerSettings,
    SweepBudget,
    SweepFile,
    TrialSettings,
)
from search.sweep.trial import TrialRequest, TrialResult, run_trial
from search.tasks.task import TaskName

LIMITS = Limits(seconds=300.0, memory_bytes=4 << 30)
SLEEPING_TRIALS = 80
MOST_OVERHEAD = 0.05
LEAST_SPEEDUP = {ExecutorKind.PROCESSES: 1.8, ExecutorKind.RAY: 1.6}


def sweep_of(trials: int) -> SweepFile:
    """Trials on a graph of some size: each takes about a second."""
    task = TaskName("tree_hash", "height=6,rounds=8,batch=128", "values", load_machine("takehome"))
    return SweepFile(
        name="bench",
        seed=0,
        budget=SweepBudget(None, trials),
        sampler=SamplerSettings(SamplerKind.RANDOM, 10),
        trial=TrialSettings(64, 256, LIMITS),
        halving=None,
        executor=ExecutorSettings(ExecutorKind.PROCESSES),
        studies=(StudySpec(task, {}, {}, True),),
        data={"name": "bench"},
    )


def seconds(kind: ExecutorKind, workers: int, trials: int, run: Callable[[TrialRequest], TrialResult]) -> float:
    """Wall time of a sweep, its workers being up and warm."""
    settings = ExecutorSettings(kind, workers)
    with tempfile.TemporaryDirectory() as folder, open_executor(settings, LIMITS) as executor:
        for name in ("warm", "timed"):
            sweep = replace(sweep_of(trials if name == "timed" else 2 * workers), name=name)
            begun = time.monotonic()
            outcome = run_sweep(
                sweep,
                Leaderboard(Path(folder) / name),
                _Opened(executor),
                lambda progress: None,
                resume=False,
                budget=sweep.budget,
                run=run,
            )
            assert set(outcome.progress.failures) <= {"TrialError"}, outcome.progress.failures
        return time.monotonic() - begun


class _Opened:
    """An executor that stays open when a sweep leaves it."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor

    def __enter__(self) -> Any:
        return self._executor

    def __exit__(self, *_: object) -> None:
        return None


def overhead_lines() -> Iterator[tuple[str, str, bool]]:
    """What a driver loses on sleeping trials."""
    for kind in LEAST_SPEEDUP:
        ideal = SLEEPING_TRIALS * SLEEP_SECONDS / 2
        lost = seconds(kind, 2, SLEEPING_TRIALS, run_idle_trial) / ideal - 1
        yield (
            f"overhead, {kind.value}, 2 workers, {SLEEPING_TRIALS} trials of {SLEEP_SECONDS} s",
            f"{lost:.1%}",
            (lost < MOST_OVERHEAD),
        )


def speedup_lines(trials: int) -> Iterator[tuple[str, str, bool]]:
    """What a second worker gains on real trials."""
    for kind, least in LEAST_SPEEDUP.items():
        one, two = (seconds(kind, workers, trials, run_trial) for workers in (1, 2))
        yield (
            f"speed-up, {kind.value}, 2 workers, {trials} trials: {one:.1f} s, {two:.1f} s",
            f"{one / two:.2f}",
            (one / two >= least),
        )


def main(trials: Annotated[int, typer.Option(help="Real trials for each measurement.")] = 80) -> None:
    """Print the lines; exit 1 if one fails."""
    table = Table()
    for column in ("what", "measured", ""):
        table.add_column(column)
    failed = False
    for lines in (overhead_lines(), speedup_lines(trials)):
        for what, measured, holds in lines:
            table.add_row(what, measured, "ok" if holds else "FAILS")
            failed = failed or not holds
    Console().print(table)
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
