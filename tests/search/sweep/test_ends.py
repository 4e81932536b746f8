"""Whatever ends a sweep, it keeps the best so far and says so in one line."""

import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.processes.ending_signals import ending_signals_interrupt
from search.sweep.driver import run_sweep
from search.sweep.executors.executor import Ended
from search.sweep.executors.in_process import InProcess
from search.sweep.sweep_file import SweepBudget
from search.sweep.sweep_journal import Reason
from search.sweep.sweep_progress import SweepProgress
from tests.search.sweep.fakes import (
    Noting,
    Shuffled,
    answered,
    journaled,
    numbers,
    run,
    sweep_of,
    timeless,
    winners,
)


class Uncaring(Shuffled):
    """Must be told to cancel, even where its block is left."""

    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass


def test_when_the_time_is_up_what_runs_is_cancelled_and_stays_asked(tmp_path: Path) -> None:
    class Endless(Uncaring):
        def wait(self, seconds: float) -> list[Ended]:
            return super().wait(seconds) if len(numbers(tmp_path, "ended")) < 10 else []

    executor = Endless(0)
    outcome = run(sweep_of(trials=None, hours=0.5 / 3600), tmp_path, executor)
    assert executor.cancelled
    assert outcome.reason is Reason.HOURS
    assert set(numbers(tmp_path, "ended")) < set(numbers(tmp_path, "asked"))
    assert journaled(tmp_path)[-1]["reason"] == "hours"
    assert winners(tmp_path)


def test_without_time_nothing_is_begun(tmp_path: Path) -> None:
    outcome = run(sweep_of(hours=1e-9), tmp_path)
    assert (outcome.reason, outcome.progress.trials) == (Reason.HOURS, 0)


@pytest.mark.parametrize("after", [0, 1, 7])
def test_an_interrupt_keeps_the_best_so_far(tmp_path: Path, after: int) -> None:
    class Interrupted(Uncaring):
        def wait(self, seconds: float) -> list[Ended]:
            if len(numbers(tmp_path, "ended")) >= after:
                raise KeyboardInterrupt
            return super().wait(seconds)

    executor = Interrupted(1)
    outcome = run(sweep_of(studies=1, trials=40), tmp_path, executor)
    assert executor.cancelled
    assert outcome.reason is None
    assert "finished" not in {each["event"] for each in journaled(tmp_path)}
    ended = [each["cycles"] for each in journaled(tmp_path) if each["event"] == "ended" and each["cycles"] is not None]
    best = Leaderboard(tmp_path).best()
    assert [entry.cycles for entry in best] == ([min(ended)] if ended else [])
    records = list(journal_file.read(tmp_path / "journal.jsonl"))
    assert [record["interrupted"] for record in records] == ([True] if after else [])


def test_an_interrupt_that_compiled_code_has_dropped_ends_the_sweep(tmp_path: Path) -> None:
    class Dropping(Uncaring):
        def wait(self, seconds: float) -> list[Ended]:
            if len(numbers(tmp_path, "ended")) >= 7:
                with suppress(KeyboardInterrupt):
                    signal.raise_signal(signal.SIGHUP)
            return super().wait(seconds)

    executor = Dropping(1)
    with ending_signals_interrupt():
        outcome = run(sweep_of(studies=1, trials=40), tmp_path, executor)
    assert executor.cancelled
    assert outcome.reason is None
    assert len(numbers(tmp_path, "ended")) < 40


def test_the_watch_sees_the_sweep_go_on(tmp_path: Path) -> None:
    seen: list[SweepProgress] = []
    run(sweep_of(trials=10), tmp_path, watch=seen.append)
    assert [progress.trials for progress in seen] == list(range(11))
    last = seen[-1]
    assert (last.name, last.planned, last.now, last.workers, last.limit) == ("night", 10, 10, 1, None)
    assert [study.trials for study in last.studies] == [5, 5]
    assert last.left == 0


# Folders that do not do


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    executor = Noting()
    with pytest.raises(UserError, match="cannot write the results folder"):
        run(sweep_of(), tmp_path / "file", executor)
    (tmp_path / "sweeps").touch()
    with pytest.raises(UserError, match=r"cannot write .*sweeps/night"):
        run(sweep_of(), tmp_path, executor)
    assert executor.requests == []


def test_a_disk_that_is_full_ends_the_sweep_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = journal_file.append

    def full(path: Path, record: dict[str, Any]) -> None:
        if record.get("trial") == 5 and record["event"] == "ended":
            raise OSError(28, "No space left on device")
        append(path, record)

    monkeypatch.setattr(journal_file, "append", full)
    with pytest.raises(UserError, match="No space left on device; --resume goes on"):
        run(sweep_of(), tmp_path)
    monkeypatch.setattr(journal_file, "append", append)
    run(sweep_of(), tmp_path, resume=True)
    run(sweep_of(), tmp_path / "plain")
    assert timeless(tmp_path) == timeless(tmp_path / "plain")


def test_two_sweeps_may_share_a_results_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run_sweep(
            replace(sweep_of(), name=name),
            Leaderboard(tmp_path),
            InProcess(),
            lambda progress: None,
            resume=False,
            budget=SweepBudget(None, 6),
            run=answered,
        )
    assert sorted(path.name for path in (tmp_path / "sweeps").iterdir()) == ["one", "two"]
