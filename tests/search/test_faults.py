"""A fault anywhere, at each use of the system in turn, loses nothing that was reported, and the next run goes on."""

import errno
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.cli.check_command import check_entries
from search.files import system
from search.files.whole_file import write_whole
from search.processes.isolate import Ending, call_isolated
from search.processes.workers import open_runner
from search.sweep.executors import ray_executor
from search.sweep.executors.executor import Call, Limits
from search.sweep.executors.processes import Processes
from tests.search.faults import Fault
from tests.search.faulty_runs import SUBJECTS, Subject, leftovers, prepared_folder, try_all
from tests.search.test_one_way import callers

STEP = 7
"""`make fuzz` tries every use."""

RAY_STEPS = {Fault.ONCE: 1, Fault.FOR_GOOD: 6, Fault.KILLED: 6}


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("subject", [each for each in SUBJECTS if each.use is None], ids=lambda subject: subject.name)
def test_nothing_that_was_reported_is_lost_and_the_next_run_goes_on(
    tmp_path: Path, subject: Subject, fault: Fault
) -> None:
    tried = list(try_all(subject, fault, tmp_path, first=1 + list(Fault).index(fault), step=STEP))
    assert len(tried) > 40 / STEP
    assert {"new_file", "write", "sync", "rename", "sync_folder"} <= set(tried[-1][1].uses)
    if fault is Fault.KILLED:
        assert all(ran.killed for _, ran in tried)
    else:
        assert any(ran.refused for _, ran in tried)


@pytest.mark.parametrize("fault", Fault)
def test_nor_where_a_call_of_ray_fails(tmp_path: Path, fault: Fault) -> None:
    (subject,) = [each for each in SUBJECTS if each.use == "ask_ray"]
    tried = list(try_all(subject, fault, tmp_path, step=RAY_STEPS[fault]))
    assert len(tried) > 15 / RAY_STEPS[fault]
    assert {use for use, _ in tried} == {"ask_ray"}


def test_every_call_of_ray_goes_through_the_seam() -> None:
    calls = {"ray.init", "ray.wait", "ray.get", "ray.nodes", "ray.cancel", "ray.shutdown"}
    source = Path(ray_executor.__file__).read_text(encoding="utf-8")
    for call in calls:
        assert call in source
        assert f"{call}(" not in source


def test_what_is_kept_goes_through_the_seam_alone() -> None:
    assert callers("fsync") == callers("mkstemp") == {"files.system"}
    assert callers("Popen") == set()
    assert callers("NamedTemporaryFile") == callers("write_bytes") == set()


def fail(*arguments: object, **options: object) -> None:
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")


def one(number: int) -> int:
    return number


def test_a_process_that_cannot_be_started_is_an_outcome_or_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "start", fail)
    outcome = call_isolated(one, (1,), 5.0, 1 << 30)
    assert (outcome.ending, outcome.why) == (
        Ending.CRASHED,
        "no process could be started: Resource temporarily unavailable",
    )
    with pytest.raises(UserError, match="cannot start a worker process: Resource"), open_runner(1) as runner:
        runner.submit(one, 1)
    with Processes(1, Limits(5.0, 1 << 30)) as executor:
        executor.submit(Call(3, one, 1))
        (ended,) = executor.wait(5.0)
    assert ended.outcome.ending is Ending.CRASHED


def test_names_are_synced_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a crash of the machine may bring the former file back."""
    synced: list[Path] = []
    monkeypatch.setattr(system, "sync_folder", synced.append)
    write_whole(tmp_path / "file", b"content")
    assert synced == [tmp_path]


def test_what_killed_writers_have_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    folder = prepared_folder(tmp_path)
    before = sorted(folder.rglob("*"))
    for name in (".probe-abcd1234", "entries/.probe-x_y_z012", "entries/.tree-1.json-abcdefgh"):
        (folder / name).touch()
    for name in (".gitignore", "entries/.keep", ".notes-of-mine.txt"):
        (folder / name).touch()
    Leaderboard(folder).ensure_writable()
    assert leftovers(folder) == [".gitignore", ".keep", ".notes-of-mine.txt"]
    assert [path for path in sorted(folder.rglob("*")) if not path.name.startswith(".")] == before


def test_entries_are_checked_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = Leaderboard(prepared_folder(tmp_path))

    def refuse(*arguments: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    for name in ("make_folder", "new_file", "write", "rename", "remove"):
        monkeypatch.setattr(system, name, refuse)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    check_entries(board, board.entries(), 1024, 0, json=False)
    out, err = capsys.readouterr()
    assert "1 entry: 1 valid" in out
    assert (
        err == f"slotsmith: cannot write the results folder {tmp_path}: Read-only file system: nothing is noted there\n"
    )
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
