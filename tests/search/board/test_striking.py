"""A struck entry keeps its files and counts no more."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board.entry import ENTRY_FORMAT, reproduce
from tests.search.board.cases import filled, scored
from tests.search.problems import DOUBLING, EXAMPLE, entry_of


def test_a_struck_entry_keeps_its_files_and_says_when_and_why(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    struck = board.strike(entry, "it is wrong")
    assert struck is not None
    assert struck.struck is not None
    assert struck.struck.reason == "it is wrong"
    assert struck.struck.time[:2] == "20"
    assert board.entries() == [struck]
    assert replace(struck, struck=None) == entry
    assert board.program(struck).digest == entry.hashes.program
    assert reproduce(struck, board.decision(struck)).succeeded


def test_a_struck_entry_is_found_by_its_id_alone(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    for cycles in (50, 40):
        board.add(scored(DOUBLING, cycles), candidate)
    best = board.find(f"{EXAMPLE}:words=4")
    board.strike(best, "no")
    assert [entry.cycles for entry in board.best()] == [50]
    assert board.find(f"{EXAMPLE}:words=4").cycles == 50
    assert board.find(best.id).struck is not None
    board.strike(board.find(f"{EXAMPLE}:words=4"), "no")
    with pytest.raises(UserError, match="no entry for"):
        board.find(f"{EXAMPLE}:words=4")


def test_what_is_added_need_only_beat_what_still_counts(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    worse = scored(DOUBLING, entry.cycles + 5)
    assert not board.add(worse, candidate)
    board.strike(entry, "no")
    assert board.add(worse, candidate)
    assert board.best() == [worse]


def test_a_struck_entry_that_is_found_anew_counts_again(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, DOUBLING), entry_of(DOUBLING)
    board.strike(entry, "its program was damaged")
    assert board.add(entry, candidate)
    assert board.entries() == [entry]


def test_an_entry_that_another_process_has_changed_is_not_struck(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    assert board.strike(replace(entry, found="2020"), "no") is None
    assert board.entries() == [entry]
    assert board.strike(entry, "no") is not None
    assert board.strike(entry, "twice") is None


def test_an_entry_of_an_older_format_is_struck_in_this_one(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    path = tmp_path / "entries" / f"{entry.id}.json"
    data = json.loads(path.read_text())
    del data["struck"], data["checked"], data["other_graph"], data["effort"]["repeat"]
    data["effort"]["trials"] = data["effort"].pop("schedules")
    path.write_text(json.dumps({**data, "format": 1}))
    (old,) = board.entries()
    assert (old.format, old.struck, old.effort.repeat) == (1, None, None)
    board.strike(old, "no")
    assert json.loads(path.read_text())["format"] == ENTRY_FORMAT


def test_pages_say_what_was_struck(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING), entry_of(DOUBLING)[0]
    board.strike(entry, "it is wrong")
    board.rewrite_pages()
    assert "it is wrong" in (tmp_path / "doubling-takehome.md").read_text()
    (shown,) = json.loads((tmp_path / "doubling-takehome.json").read_text())["entries"]
    assert (shown["standing"], shown["struck"]["reason"]) == ("struck", "it is wrong")
