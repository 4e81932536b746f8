"""Sweeps with real workers: limits hold, what goes wrong is written down, and executors agree."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from search.board.entry import reproduce
from search.board.leaderboard import Leaderboard
from search.strategy.stage_work import StageWork
from search.sweep.driver import run_sweep
from search.sweep.executors.executor import Limits
from search.sweep.executors.in_process import InProcess
from search.sweep.executors.processes import Processes
from search.sweep.study import StudySpec
from search.sweep.sweep_file import HalvingSettings, SamplerKind, SweepFile
from search.sweep.trial import TrialRequest, TrialResult
from tests.search.problems import task_name
from tests.search.sweep.fakes import LIMITS, answered, journaled, numbers, run, sweep_of, winners

HALVING = HalvingSettings(2, 4, ((StageWork("moves", 20.0), StageWork("windows", 0.5)),))


def misbehave(request: TrialRequest) -> TrialResult:
    """Four trials end badly, each in its way."""
    match request.number:
        case 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        case 3:
            time.sleep(3600)
        case 5:
            bytearray(1 << 40)
        case 7:
            raise ValueError("seven")
    return replace(answered(request), cycles=90, error=None)


@pytest.mark.slow
def test_trials_that_crash_hang_or_outgrow_memory_are_written_down_and_the_sweep_goes_on(tmp_path: Path) -> None:
    outcome = run(sweep_of(trials=12), tmp_path, Processes(2, Limits(2.0, 1 << 30)), answer=misbehave)
    endings = {each["trial"]: each["ending"] for each in journaled(tmp_path) if each["event"] == "ended"}
    wanted = {1: "crashed", 3: "timed out", 5: "out of memory", 7: "raised"}
    assert endings == {number: wanted.get(number, "returned") for number in range(12)}
    assert outcome.progress.failures == {"crashed": 1, "timed out": 1, "out of memory": 1, "ValueError": 1}
    assert [study.cycles for study in outcome.studies] == [90, 90]


def real_sweep() -> SweepFile:
    """Two small tasks, all knobs and policies; real trials."""
    tree = task_name("tree_hash", "height=2,rounds=2,batch=8", "values")
    vectors = task_name("hash_vectors", "vectors=2", "all")
    sweep = sweep_of(SamplerKind.RANDOM, trials=20, halving=HALVING, schedules=3, seed=4)
    return replace(sweep, studies=tuple(StudySpec(task, {}, {}, True) for task in (tree, vectors)))


@pytest.mark.slow
def test_executors_agree_on_every_entry(tmp_path: Path) -> None:
    sweep = real_sweep()
    for name, executor in (("one", InProcess()), ("two", Processes(2, LIMITS))):
        board = Leaderboard(tmp_path / name)
        run_sweep(sweep, board, executor, lambda progress: None, resume=False, budget=sweep.budget)
    assert winners(tmp_path / "one") == winners(tmp_path / "two")
    assert sorted(numbers(tmp_path / "one", "ended")) == list(range(20))
    first, second = Leaderboard(tmp_path / "one"), Leaderboard(tmp_path / "two")
    assert [entry.hashes for entry in first.entries()] == [entry.hashes for entry in second.entries()]
    assert len(first.best()) == 2
    for entry in first.best():
        assert reproduce(entry, first.decision(entry)).succeeded
        assert first.program(entry) == second.program(entry)
