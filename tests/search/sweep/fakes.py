"""Sweeps whose trials cost nothing: requests are answered from a hash of what they ask for."""

import hashlib
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import numpy as np

from machine.graph.decision import Decision, Schedule
from machine.model import machine_to_data
from machine.program import Program
from problems.loader import digest_today
from search.board.entry import Effort, Entry, Hashes
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.files import journal_file
from search.processes.isolate import attempt
from search.strategy.stage_work import StageWork
from search.sweep.driver import Run, run_sweep
from search.sweep.executors.executor import Call, Ended, Executor, Limits
from search.sweep.executors.in_process import InProcess
from search.sweep.study import StudySpec
from search.sweep.study_outcome import SweepOutcome
from search.sweep.sweep_file import (
    ExecutorKind,
    ExecutorSettings,
    HalvingSettings,
    SamplerKind,
    SamplerSettings,
    SweepBudget,
    SweepFile,
    TrialSettings,
)
from search.sweep.sweep_journal import journal_path
from search.sweep.sweep_progress import Watch
from search.sweep.trial import Found, TrialRequest, TrialResult
from search.tasks.validation import Validation
from tests.search.problems import task_name

NINE = HalvingSettings(3, 9, ((StageWork("moves", 10.0),), (StageWork("moves", 30.0),)))
"""Brackets of 9, 3 and 1."""

BRACKET = 9 + 3 + 1

LIMITS = Limits(300.0, 4 << 30)

SHAPES = ("words=4,spare=2", "words=8,spare=2", "words=12,spare=2")


def sweep_of(
    kind: SamplerKind = SamplerKind.RANDOM,
    *,
    studies: int = 2,
    trials: int | None = 24,
    hours: float | None = None,
    halving: HalvingSettings | None = None,
    seed: int = 0,
    schedules: int = 1,
) -> SweepFile:
    """A sweep over the two knobs of a small problem, whose grid has 30 points, for some of its shapes."""
    return SweepFile(
        name="night",
        seed=seed,
        budget=SweepBudget(hours, trials),
        sampler=SamplerSettings(kind, 4),
        trial=TrialSettings(schedules, 4, LIMITS),
        halving=halving,
        executor=ExecutorSettings(ExecutorKind.IN_PROCESS),
        studies=tuple(StudySpec(task_name("Choosy", shape), {}, {}, False) for shape in SHAPES[:studies]),
        data={"name": "night"},
    )


def run(
    sweep: SweepFile,
    folder: Path,
    executor: AbstractContextManager[Executor] | None = None,
    *,
    answer: Run | None = None,
    resume: bool = False,
    watch: Watch = lambda progress: None,
) -> SweepOutcome:
    """Run a sweep with its own budget, in this process if nothing else is said.

    Nothing is synced to the disk, which other tests keep busy, for a process that is killed loses nothing by that; and
    the leaderboard's pages, which have tests of their own, are not written.
    """
    where = executor or InProcess()
    with patch("os.fsync"), patch.object(Leaderboard, "render"):
        return run_sweep(
            sweep, Leaderboard(folder), where, watch, resume=resume, budget=sweep.budget, run=answer or answered
        )


# Answers


def cycles_of(request: TrialRequest) -> int:
    """From 30 to 129 for a fresh trial; a refined one is the shorter the more work there was."""
    asked = json.dumps([request.task.shape, request.knobs, request.policy.seed if request.stages else 0])
    number = hashlib.sha256(asked.encode()).digest()[0] % 100 + 30
    return max(1, number // 2 - int(sum(work.amount for work in request.stages))) if request.stages else number


def answered(request: TrialRequest) -> TrialResult:
    """Fails for one kind of knobs in three."""
    tried = request.schedules
    if request.knobs["kind"] == "broken":
        return TrialResult(request.number, schedules=tried, failures={"GraphError": tried}, error=("GraphError", "no"))
    cycles = cycles_of(request)
    found = found_of(request, cycles) if request.to_beat is None or cycles < request.to_beat else None
    return TrialResult(request.number, cycles, Bound(20, "hash"), request.policy, tried, {}, None, found)


def answered_slowly(request: TrialRequest) -> TrialResult:
    time.sleep(0.02)
    return answered(request)


def found_of(request: TrialRequest, cycles: int) -> Found:
    """An entry that says who has found it."""
    task = request.task
    program = hashlib.sha256(f"{task.shape} {request.number} {cycles}".encode()).hexdigest()
    entry = Entry(
        id=f"choosy-{program[:10]}",
        problem=task.problem,
        shape={name: int(value) for name, value in (part.split("=") for part in task.shape.split(","))},
        category=task.category,
        machine=machine_to_data(task.machine),
        cycles=cycles,
        bound=Bound(20, "hash"),
        validation=Validation(cycles, request.inputs, 0, ("none",)),
        hashes=Hashes(program, "0" * 64, digest_today(task.problem) or "", task.machine.digest),
        knobs=request.knobs,
        policy=request.policy.to_json(),
        effort=Effort("sweep", 0, 0, 0.0, 0),
        versions={},
        found="2026-01-02T03:04:05+00:00",
    )
    nothing = np.zeros(0, dtype=np.int64)
    return Found(entry, Decision(Schedule(nothing, nothing, cycles), nothing), Program(()))


# Executors


class Shuffled:
    """Runs what it is given in a random order, some calls at a time."""

    def __init__(self, seed: int, capacity: int = 4) -> None:
        self._random = Random(seed)
        self._queue: list[Call] = []
        self.capacity = capacity

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cancel()

    def submit(self, call: Call) -> None:
        self._queue.append(call)

    def wait(self, seconds: float) -> list[Ended]:
        self._random.shuffle(self._queue)
        count = self._random.randint(0, min(self.capacity, len(self._queue)))
        ending, self._queue = self._queue[:count], self._queue[count:]
        return [Ended(call.number, attempt(call.function, (call.argument,)), 0.25) for call in ending]

    def cancel(self) -> None:
        self._queue.clear()


class Noting(InProcess):
    """Keeps the requests that it was given, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[TrialRequest] = []

    def submit(self, call: Call) -> None:
        self.requests.append(call.argument)
        super().submit(call)


# What is left on disk


def journaled(folder: Path) -> list[dict[str, Any]]:
    """The records of the sweep's journal."""
    return list(journal_file.read(journal_path(folder, "night")))


def timeless(folder: Path) -> list[str]:
    """The records without times, in an order of their own: what may not depend on timing."""
    kept = [{key: value for key, value in each.items() if key not in ("time", "seconds")} for each in journaled(folder)]
    return sorted(json.dumps(record, sort_keys=True) for record in kept)


def numbers(folder: Path, event: str) -> list[int]:
    """The trials of the records of one kind, in the journal's order."""
    return [record["trial"] for record in journaled(folder) if record["event"] == event]


def winners(folder: Path) -> list[tuple[str, int, str, int]]:
    """The leaderboard's entries: what a sweep's timing must not change."""
    return [
        (entry.id, entry.cycles, entry.shape_text, entry.effort.schedules) for entry in Leaderboard(folder).entries()
    ]
