"""A sweep goes on after whatever ended it: no trial is lost, and none is ended twice."""

import gc
import json
import multiprocessing
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from weakref import ref

import pytest

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.files.journal_file import JOURNAL_FORMAT
from search.sweep.executors.executor import Ended
from search.sweep.executors.in_process import InProcess
from search.sweep.executors.processes import Processes
from search.sweep.sweep_file import HalvingSettings, SamplerKind, SweepFile
from search.sweep.sweep_journal import Reason, journal_path, open_journal
from search.sweep.sweep_progress import SweepProgress
from search.sweep.trial_records import AskedTrial
from tests.search.sweep.fakes import (
    LIMITS,
    NINE,
    Noting,
    Shuffled,
    answered_slowly,
    journaled,
    numbers,
    run,
    sweep_of,
    timeless,
    winners,
)
from tests.search.waiting import wait_until

PLANS = [
    (SamplerKind.RANDOM, None),
    (SamplerKind.RANDOM, NINE),
    (SamplerKind.GRID, None),
    (SamplerKind.GRID, NINE),
]
PLAN_NAMES = ["random", "random halving", "grid", "grid halving"]


# When a sweep may go on


def test_a_sweep_that_was_begun_is_not_begun_again(tmp_path: Path) -> None:
    run(sweep_of(), tmp_path)
    before = journaled(tmp_path)
    with pytest.raises(UserError, match="go on with --resume, or give the sweep another name"):
        run(sweep_of(), tmp_path)
    assert journaled(tmp_path) == before


def test_a_sweep_that_was_not_begun_may_be_resumed(tmp_path: Path) -> None:
    assert run(sweep_of(), tmp_path, resume=True).reason is Reason.TRIALS


def test_a_sweep_whose_file_has_changed_is_not_resumed(tmp_path: Path) -> None:
    run(sweep_of(), tmp_path)
    with pytest.raises(UserError, match="the sweep file has changed since"):
        run(sweep_of(seed=1), tmp_path, resume=True)


def test_budget_and_executor_may_change(tmp_path: Path) -> None:
    run(sweep_of(trials=10), tmp_path)
    outcome = run(sweep_of(trials=20, hours=1.0), tmp_path, Shuffled(1), resume=True)
    assert (outcome.progress.trials, outcome.progress.now) == (20, 10)
    assert sorted(numbers(tmp_path, "ended")) == list(range(20))
    assert [each["event"] for each in journaled(tmp_path)].count("finished") == 2


def test_a_finished_sweep_that_is_resumed_changes_nothing(tmp_path: Path) -> None:
    first = run(sweep_of(), tmp_path)
    before, board = journaled(tmp_path), winners(tmp_path)
    executor = Noting()
    again = run(sweep_of(), tmp_path, executor, resume=True)
    assert (executor.requests, again.reason) == ([], Reason.TRIALS)
    assert (journaled(tmp_path), winners(tmp_path)) == (before, board)
    assert len(list(journal_file.read(tmp_path / "journal.jsonl"))) == 1
    assert [(study.cycles, study.entry) for study in again.studies] == [
        (study.cycles, study.entry) for study in first.studies
    ]
    assert not any(study.is_record for study in again.studies)


class Record(dict[str, Any]):
    """A record that can be counted while it is in memory."""


def test_one_record_of_a_journal_is_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(sweep_of(trials=20), tmp_path)
    records, seen, most = journaled(tmp_path), list[ref[Record]](), 0

    def read(path: Path) -> Iterator[Record]:
        nonlocal most
        for record in map(Record, records):
            seen.append(ref(record))
            most = max(most, alive())
            yield record

    def alive() -> int:
        return sum(each() is not None for each in seen)

    monkeypatch.setattr(journal_file, "read", read)
    with open_journal(sweep_of(trials=20), tmp_path, resume=True) as journal:
        assert sum(len(study.ended) for study in journal.state.studies) == 20
        assert most <= 3  # the first, the one read, the one before
        assert alive() == 0


@pytest.mark.parametrize("halving", [None, NINE])
def test_points_of_settled_trials_are_in_memory_only_where_others_may_go_on_from_them(
    tmp_path: Path, halving: HalvingSettings | None
) -> None:
    """While the sweep runs; when it goes on, those of its journal are there until it has begun."""

    def alive() -> int:
        return sum(type(each) is AskedTrial for each in gc.get_objects())

    def note(progress: SweepProgress) -> None:
        if progress.trials in (1, 20, 50):
            counts[progress.trials] = alive() - before

    gc.freeze()  # what other tests have made need not be looked at again and again
    before, counts = alive(), dict[int, int]()
    run(sweep_of(trials=20, halving=halving), tmp_path, watch=note)
    run(sweep_of(trials=60, halving=halving), tmp_path, resume=True, watch=note)
    assert counts == ({1: 1, 20: 20, 50: 1} if halving is None else {1: 2, 20: 20, 50: 51})


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    run(sweep_of(), tmp_path)
    path = journal_path(tmp_path, "night")
    path.write_text(path.read_text().replace(f'"format":{JOURNAL_FORMAT}', f'"format":{JOURNAL_FORMAT + 1}'))
    with pytest.raises(UserError, match="it needs a newer Slotsmith"):
        run(sweep_of(), tmp_path, resume=True)


@pytest.mark.parametrize("drop", [0, 1])
def test_a_journal_that_lost_its_beginning_is_refused(tmp_path: Path, drop: int) -> None:
    run(sweep_of(), tmp_path)
    path = journal_path(tmp_path, "night")
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[1:] if drop == 0 else ['{"format":1}', *lines]))
    with pytest.raises(UserError, match="the first record is damaged"):
        run(sweep_of(), tmp_path, resume=True)


def test_a_sweep_runs_once_at_a_time_and_another_beside_it(tmp_path: Path) -> None:
    with open_journal(sweep_of(), tmp_path, resume=True):
        with pytest.raises(UserError, match="sweep night is running already"):
            run(sweep_of(), tmp_path, resume=True)
        with open_journal(replace(sweep_of(), name="day"), tmp_path, resume=False):
            pass
    run(sweep_of(), tmp_path, resume=True)


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    journal_path(tmp_path, "night").mkdir(parents=True)
    with pytest.raises(UserError, match=r"cannot read .*Is a directory"):
        run(sweep_of(), tmp_path, resume=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"point": {"knob.kind": "wild"}}, "trial 4 of its journal .*: knob.kind is not 'wild' in its study"),
        ({"point": {"knob.idle": 10**9}}, "knob.idle is not '1000000000'"),
        ({"point": {"knob.idle": True}}, "knob.idle is not 'True'"),
        ({"point": {"knob.\x1b[2J": 1}}, r"a name in point must be a printable text .*knob.\\u001b\[2J"),
        ({"colour": "blue"}, "colour must be left out"),
        ({"rung": 3}, "trial 4 of its journal .*: it is of another rung"),
        ({"parent": 2}, "it is of another rung"),
        ({"trial": 5}, "trial 5 cannot be number 2 of study 0"),
        ({"study": 7}, "trial 4 cannot be number 2 of study 7"),
        ({"index": 1 << 50}, "cannot be number"),
    ],
)
def test_a_trial_that_the_sweep_cannot_have_asked_for_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    run(sweep_of(), tmp_path)
    path = journal_path(tmp_path, "night")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    records = [{**each, **changes} if (each["event"], each.get("trial")) == ("asked", 4) else each for each in records]
    path.write_text("".join(json.dumps(each) + "\n" for each in records))
    with pytest.raises(UserError, match=said) as caught:
        run(sweep_of(), tmp_path, resume=True)
    assert "\x1b" not in str(caught.value)


def test_a_trial_whose_record_of_what_was_asked_is_damaged_is_asked_for_again(tmp_path: Path) -> None:
    run(sweep_of(), tmp_path / "plain")
    run(sweep_of(), tmp_path)
    path = journal_path(tmp_path, "night")
    lines = path.read_text().splitlines()
    asked = next(n for n, line in enumerate(lines) if '"asked"' in line and json.loads(line)["trial"] == 4)
    lines[asked] = lines[asked][:20]
    path.write_text("\n".join(lines) + "\n")
    executor = Noting()
    run(sweep_of(), tmp_path, executor, resume=True)
    assert [request.number for request in executor.requests] == [4]
    run(sweep_of(), tmp_path, executor, resume=True)
    assert len(executor.requests) == 1
    assert winners(tmp_path) == winners(tmp_path / "plain")


# What is run again


def test_what_was_running_is_run_again_and_not_asked_again(tmp_path: Path) -> None:
    class Interrupted(Noting):
        def wait(self, seconds: float) -> list[Ended]:
            if len(self.requests) == 7:
                raise KeyboardInterrupt
            return super().wait(seconds)

    first, second = Interrupted(), Noting()
    run(sweep_of(), tmp_path, first)
    left = sorted(set(numbers(tmp_path, "asked")) - set(numbers(tmp_path, "ended")))
    assert left
    run(sweep_of(), tmp_path, second, resume=True)
    assert [request.number for request in second.requests][: len(left)] == left
    before = {request.number: request for request in first.requests}
    for request in second.requests[: len(left)]:
        assert replace(request, to_beat=None) == replace(before[request.number], to_beat=None)
    assert sorted(numbers(tmp_path, "asked")) == sorted(numbers(tmp_path, "ended")) == list(range(24))


def test_what_the_leaderboard_should_have_and_has_not_is_run_once_more(tmp_path: Path) -> None:
    """As after a kill between a trial's last record and its entry."""
    run(sweep_of(), tmp_path)
    before = winners(tmp_path)
    for file in (tmp_path / "entries").iterdir():
        file.unlink()
    executor = Noting()
    outcome = run(sweep_of(), tmp_path, executor, resume=True)
    assert winners(tmp_path) == before
    assert {request.to_beat for request in executor.requests} == {None}
    assert len(executor.requests) == len(before)
    assert (outcome.progress.now, len(numbers(tmp_path, "ended"))) == (0, 24)


def test_a_smaller_budget_leaves_running_trials_beyond_it_alone(tmp_path: Path) -> None:
    run(sweep_of(trials=8), tmp_path)
    path = journal_path(tmp_path, "night")
    lines = [line for line in path.read_text().splitlines() if '"ended"' not in line]
    path.write_text("\n".join(lines) + "\n")
    run(sweep_of(trials=3), tmp_path, resume=True)
    assert numbers(tmp_path, "ended") == [0, 1, 2]


# Killed anywhere


def cut_and_resumed(sweep: SweepFile, tmp_path: Path, parts: int) -> Iterator[Path]:
    """Results of a sweep whose journal was cut off at so many places and that was resumed; in ``plain``, uncut ones."""
    run(sweep, tmp_path / "plain", Shuffled(5))
    whole = journal_path(tmp_path / "plain", "night").read_bytes()
    for number, end in enumerate(range(0, len(whole), len(whole) // parts)):
        folder = tmp_path / str(number)
        path = journal_path(folder, "night")
        path.parent.mkdir(parents=True)
        path.write_bytes(whole[:end])
        run(sweep, folder, Shuffled(number), resume=True)
        yield folder


@pytest.mark.parametrize(("kind", "halving"), PLANS, ids=PLAN_NAMES)
def test_a_journal_cut_anywhere_goes_on_to_the_same_end(tmp_path: Path, kind: SamplerKind, halving: Any) -> None:
    sweep = sweep_of(kind, trials=30, halving=halving)
    for folder in cut_and_resumed(sweep, tmp_path, 12):
        assert timeless(folder) == timeless(tmp_path / "plain")
        assert winners(folder) == winners(tmp_path / "plain")


@pytest.mark.parametrize("kind", [SamplerKind.TPE, SamplerKind.CMA_ES])
def test_an_adaptive_sweep_cut_anywhere_loses_no_trial(tmp_path: Path, kind: SamplerKind) -> None:
    sweep = sweep_of(kind, trials=30, halving=NINE)
    for folder in cut_and_resumed(sweep, tmp_path, 4):
        assert sorted(numbers(folder, "ended")) == list(range(30))


def test_an_adaptive_sweep_that_was_interrupted_asks_what_it_would_have_asked(tmp_path: Path) -> None:
    """One trial at a time, so that the same is known at each."""

    class OneByOne(InProcess):
        @property
        def capacity(self) -> int:
            return 0

    sweep = sweep_of(SamplerKind.TPE, trials=24)
    run(sweep, tmp_path / "plain", OneByOne())
    for trials in (5, 15, 24):
        run(sweep_of(SamplerKind.TPE, trials=trials), tmp_path / "parts", OneByOne(), resume=True)
    points = [
        [each["point"] for each in journaled(tmp_path / name) if each["event"] == "asked"]
        for name in ("plain", "parts")
    ]
    assert points[0] == points[1]


# Killed for good


def drive(sweep: SweepFile, folder: Path, workers: int) -> None:
    """A driver process; without workers it does everything itself."""
    executor = Processes(workers, LIMITS) if workers else InProcess()
    run(sweep, folder, executor, answer=answered_slowly, resume=True)


def killed_often(sweep: SweepFile, folder: Path, workers: int, kills: int) -> None:
    """Run a sweep to its end, with a SIGKILL at so many random moments, nearly all of them while it runs."""
    random, context = Random(1), multiprocessing.get_context("fork")
    path, killed = journal_path(folder, sweep.name), 0
    for _ in range(kills):
        driver = context.Process(target=drive, args=(sweep, folder, workers))
        driver.start()
        wanted = size(path) + random.randint(0, 3000)
        wait_until(lambda wanted=wanted, driver=driver: size(path) >= wanted or not driver.is_alive())
        time.sleep(random.uniform(0.0, 0.02))
        driver.kill()
        driver.join()
        killed += driver.exitcode == -signal.SIGKILL
    assert killed > kills / 2
    driver = context.Process(target=drive, args=(sweep, folder, workers))
    driver.start()
    driver.join()
    assert driver.exitcode == 0


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "halving"), PLANS, ids=PLAN_NAMES)
def test_a_sweep_that_is_killed_ten_times_comes_to_the_same_end(
    tmp_path: Path, kind: SamplerKind, halving: Any
) -> None:
    sweep = sweep_of(kind, trials=50, halving=halving)
    killed_often(sweep, tmp_path / "killed", 0, kills=10)
    run(sweep, tmp_path / "plain")
    assert timeless(tmp_path / "killed") == timeless(tmp_path / "plain")
    assert best(tmp_path / "killed") == best(tmp_path / "plain")


@pytest.mark.slow
def test_with_worker_processes_too(tmp_path: Path) -> None:
    sweep = sweep_of(trials=80, halving=NINE)
    killed_often(sweep, tmp_path / "killed", 2, kills=3)
    run(sweep, tmp_path / "plain")
    assert timeless(tmp_path / "killed") == timeless(tmp_path / "plain")
    assert best(tmp_path / "killed") == best(tmp_path / "plain")


@pytest.mark.slow
def test_an_adaptive_sweep_that_is_killed_loses_no_trial(tmp_path: Path) -> None:
    sweep = sweep_of(SamplerKind.TPE, trials=50)
    killed_often(sweep, tmp_path, 0, kills=10)
    assert sorted(numbers(tmp_path, "ended")) == list(range(50))
    assert sorted(numbers(tmp_path, "asked")) == list(range(50))


def best(folder: Path) -> list[tuple[str, int, int]]:
    return [(entry.id, entry.cycles, entry.effort.schedules) for entry in Leaderboard(folder).best()]
