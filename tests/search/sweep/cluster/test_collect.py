"""What a job has sent makes the results folder here what the one there was, and nothing that is wrong gets in."""

from pathlib import Path
from typing import Any

import pytest

from machine.errors import UserError
from problems.tree_hash import TreeHash
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.recheck import Verdict, recheck
from search.files import journal_file
from search.sweep.cluster.collect import Collector, Kept, Refused
from search.sweep.cluster.job_log import Item
from tests.search.sweep.cluster.sent import files, of_kind, run, sent
from tests.search.sweep.small_sweep import write_sweep


def board_in(folder: Path) -> Leaderboard:
    board = Leaderboard(folder)
    board.ensure_writable()
    return board


def take_all(board: Leaderboard, items: list[Item], tasks: set[tuple[str, str, str, str]] | None = None) -> list[Any]:
    collector = Collector(board, tasks)
    return [taken for item in items if (taken := collector.take(item)) is not None]


def best(board: Leaderboard) -> dict[str, int]:
    return {entry.id: entry.cycles for entry in board.best()}


def test_entries_journal_and_run_are_here_afterwards(tmp_path: Path) -> None:
    there, here = Leaderboard(tmp_path / "there"), board_in(tmp_path / "here")
    run(write_sweep(tmp_path / "small.toml"), there.folder)
    taken = take_all(here, sent())
    assert all(isinstance(each, Kept) for each in taken)
    assert best(here) == best(there)
    assert len(list(journal_file.read(here.folder / "sweeps/small/journal.jsonl"))) == 1 + 6 + 6 + 1
    (record,) = journal_file.read(here.folder / "journal.jsonl")
    assert (record["kind"], record["sweep"], record["points"]) == ("sweep", "small", 6)
    assert [recheck(here.folder, entry, 8).verdict for entry in here.entries()] == [Verdict.VALID] * len(taken)


def test_a_sweep_that_came_back_goes_on_here(tmp_path: Path) -> None:
    here = board_in(tmp_path / "results")
    take_all(here, sent())
    path = write_sweep(tmp_path / "small.toml")
    path.write_text(path.read_text(encoding="utf-8").replace("trials = 6", "trials = 8"), encoding="utf-8")
    run(path, here.folder, resume=True)
    events = [record["event"] for record in journal_file.read(here.folder / "sweeps/small/journal.jsonl")]
    assert (events.count("begun"), events.count("ended"), events[-1]) == (1, 8, "finished")


def test_what_comes_again_changes_nothing(tmp_path: Path) -> None:
    here = board_in(tmp_path)
    assert take_all(here, sent())
    before = files(tmp_path)
    assert take_all(here, sent()) == []
    assert files(tmp_path) == before


def test_an_entry_that_is_no_better_is_not_kept(tmp_path: Path) -> None:
    here = board_in(tmp_path)
    *worse, last = [item for item in of_kind("entry") if item["entry"]["problem"] == "tree_hash"]
    (kept,) = take_all(here, [last])
    assert isinstance(kept.entry, Entry)
    assert take_all(here, [*worse, last]) == []


def test_an_entry_need_not_beat_those_for_a_problem_that_was_edited_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = board_in(tmp_path)
    item = [item for item in of_kind("entry") if item["entry"]["problem"] == "tree_hash"][-1]
    monkeypatch.setattr(TreeHash, "digest", lambda self: "be" * 32)
    (old,) = take_all(here, [item])
    assert here.best() == [old.entry]
    monkeypatch.undo()
    (new,) = take_all(here, [item])
    assert here.best() == [new.entry]
    assert new.entry.hashes.program == old.entry.hashes.program
    assert len(here.entries()) == 2


def test_only_entries_for_the_sweeps_tasks_are_taken(tmp_path: Path) -> None:
    here = board_in(tmp_path)
    key = ("hash_vectors", "vectors=2", "all", "takehome")
    taken = take_all(here, of_kind("entry"), {key})
    assert {entry.key for entry in here.entries()} == {key}
    refused = [each for each in taken if isinstance(each, Refused)]
    assert refused
    assert all("not one of the sweep's" in each.reason for each in refused)


def searched(**changed: Any) -> Item:
    (item,) = of_kind("search")
    return {"kind": "search", "record": item["record"] | changed}


HOSTILE: dict[str, Item] = {
    "of no kind": {},
    "of another kind": {"kind": "delete", "what": "everything"},
    "of an odd kind": {"kind": ["entry"]},
    "an empty entry": {"kind": "entry"},
    "an entry of odd parts": {"kind": "entry", "entry": {"id": 7, "cycles": []}, "program": None},
    "an empty journal": {"kind": "journal"},
    "a journal elsewhere": {"kind": "journal", "sweep": "../up", "digest": "d", "lines": ["{}"]},
    "a journal of odd lines": {"kind": "journal", "sweep": "night", "digest": "d", "lines": 7},
    "no run": {"kind": "search"},
    "a run of another kind": searched(kind="search"),
    "a run of words": searched(schedules="many"),
    "a run below 0": searched(seconds=-1.0),
    "a run without end": searched(seconds=float("inf")),
    "a run of truth": searched(workers=True),
    "a run of half a schedule": searched(schedules=1.5),
    "a run of too many workers": searched(workers=1 << 40),
    "a run of unknown fields": searched(more=1),
    "a run of two counts": searched(trials=1),
    "a run of an odd sweep": searched(sweep="small\x1b[2J"),
    "a run of odd studies": searched(studies=[{"problem": "tree_hash"}]),
    "a run of odd failures": searched(failures={"TrialError": -1}),
    "a run of an odd end": searched(reason="tired"),
    "a run that is a list": {"kind": "search", "record": [1]},
}


@pytest.mark.parametrize("item", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_right_is_refused_and_leaves_nothing_behind(tmp_path: Path, item: Item) -> None:
    here = board_in(tmp_path / "results")
    before = files(tmp_path)
    (refused,) = take_all(here, [item])
    assert isinstance(refused, Refused)
    assert "\n" not in refused.what + refused.reason
    assert {name: content for name, content in files(tmp_path).items() if content} == {
        name: content for name, content in before.items() if content
    }
    here.rewrite_pages()


def test_a_run_that_is_wrong_is_told_field_by_field(tmp_path: Path) -> None:
    (refused,) = take_all(board_in(tmp_path), [searched(seconds="long")])
    assert refused.reason == 'no record of a sweep: seconds must be a number from 0 to 1e+12, not "long"'


def test_a_run_of_a_version_that_called_schedules_trials_is_taken(tmp_path: Path) -> None:
    here, item = board_in(tmp_path), searched(trials=12)
    del item["record"]["schedules"]
    assert take_all(here, [item]) == []
    (record,) = journal_file.read(here.folder / "journal.jsonl")
    assert record["trials"] == 12


def test_a_folder_that_cannot_be_written_ends_it(tmp_path: Path) -> None:
    here = board_in(tmp_path)
    (tmp_path / "sweeps").write_text("in the way", encoding="utf-8")
    with pytest.raises(UserError, match="cannot write"):
        take_all(here, of_kind("journal"))
