"""``slotsmith watch``: it follows a journal that somebody else writes, and ends when the sweep does."""

import fcntl
import json
import threading
from pathlib import Path

import pytest

from search.cli import watch_command
from search.sweep.reporting.following import is_running, progress_of
from search.sweep.reporting.history import read_history
from tests.search.cli.conftest import Command
from tests.search.sweep.reporting.journals import TITLES, Written, save


def written() -> Written:
    sweep = Written()
    for trial, cycles in enumerate((90, None, 50, 70)):
        sweep.ran(trial, cycles, study=0)
    return sweep


def test_it_follows_until_the_sweep_ends(command: Command, tmp_path: Path) -> None:
    sweep = written()
    path = save(tmp_path / "results", sweep.records)
    sweep.ran(4, 40, study=1)
    sweep.finished()
    rest = "".join(json.dumps(record) + "\n" for record in sweep.records[-3:])

    def write() -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(rest)

    with (path.parent / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_running(path)
        timer = threading.Timer(0.5, write)
        timer.start()
        ran = command("watch", "night", "--every", 0.05)
        timer.join()
    assert ran.code == 0
    assert f"{TITLES[0]}: best 50, bound 10, gap 400.0%" in ran.err
    assert f"{TITLES[1]}: best 40" in ran.err
    assert ran.out.startswith("sweep night: 5 trials in 0:00:05, finished by trials\n")
    assert f"  {TITLES[0]}: 50 cycles, bound 10\n" in ran.out


def test_a_sweep_that_nobody_runs_is_told_to_be_interrupted(command: Command, tmp_path: Path) -> None:
    path = save(tmp_path / "results", written().records)
    assert not is_running(path)
    assert "interrupted, for nobody writes its journal" in command("watch", path, "--every", 0.05).out


def test_ctrl_c_ends_the_watching_alone(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    path = save(tmp_path / "results", written().records)
    before = path.read_bytes()
    monkeypatch.setattr(watch_command.time, "sleep", interrupt)
    ran = command("watch", "night")
    assert (ran.code, ran.out) == (0, "no longer watched; the sweep is left as it is\n")
    assert path.read_bytes() == before


def test_what_a_journal_says_of_a_running_sweep() -> None:
    sweep = written()
    progress = progress_of(read_history(sweep.records, "night"), sweep_seconds(sweep) + 10)
    assert (progress.trials, progress.workers, progress.failures) == (4, None, {"GraphError": 1})
    assert progress.studies[0].curve == ((1, 90), (3, 50))
    assert [study.trials for study in progress.studies] == [4, 0, 0]
    assert progress.seconds == 14


def sweep_seconds(sweep: Written) -> float:
    return read_history(sweep.records, "night").times[-1]


def test_a_sweep_that_is_not_there_is_refused(command: Command) -> None:
    assert "no sweep 'night'" in command("watch", "night").refusal
