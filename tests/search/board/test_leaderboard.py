"""The leaderboard: only what is better is added, and everything is kept as it was found."""

import json
from dataclasses import replace
from pathlib import Path

from machine.graph.decision import decision_from_json, decision_to_json
from search.board.entry import reproduce
from search.board.leaderboard import Leaderboard
from tests.search.board.cases import RIVALLESS, files, filled, scored
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of


def test_an_entry_is_kept_with_its_program_and_decision(tmp_path: Path) -> None:
    board, (entry, candidate) = filled(tmp_path, SMALL_TREE), entry_of(SMALL_TREE)
    (kept,) = board.entries()
    assert kept == entry
    assert board.program(kept).digest == candidate.program.digest == kept.hashes.program
    decision = decision_from_json(candidate.prepared.flat, board.decision(kept))
    assert decision_to_json(decision) == decision_to_json(candidate.decision)
    assert reproduce(kept, board.decision(kept)).succeeded
    assert files(tmp_path) == [
        "README.md",
        f"entries/{entry.id}.decision.json.gz",
        f"entries/{entry.id}.json",
        f"entries/{entry.id}.program.json.gz",
        "journal.jsonl",
        "tree_hash-takehome.json",
        "tree_hash-takehome.md",
    ]


def test_only_what_is_better_is_added(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    outcomes = [board.add(scored(DOUBLING, cycles), candidate) for cycles in (100, 100, 120, 99, 100, 98)]
    assert outcomes == [True, False, False, True, False, True]
    assert [entry.cycles for entry in board.entries()] == [98, 99, 100]
    assert [entry.cycles for entry in board.best()] == [98]


def test_entries_of_other_tasks_do_not_compete(tmp_path: Path) -> None:
    board = filled(tmp_path, *RIVALLESS)
    assert len(board.entries()) == len(board.best()) == len(RIVALLESS)
    assert not any(board.add(*entry_of(name)) for name in RIVALLESS)


def test_entries_stand_by_task_then_cycles(tmp_path: Path) -> None:
    shapes = [replace(DOUBLING, shape=f"words={words}") for words in (10, 9, 2)]
    board = filled(tmp_path, *shapes)
    better = scored(shapes[0], 1)
    assert board.add(better, entry_of(shapes[0])[1])
    assert [(entry.shape["words"], entry.cycles) for entry in board.entries()][-2:] == [
        (10, 1),
        (10, entry_of(shapes[0])[0].cycles),
    ]
    assert [entry.shape["words"] for entry in board.entries()] == [2, 9, 10, 10]


def test_an_empty_board_has_no_entries(tmp_path: Path) -> None:
    board = Leaderboard(tmp_path / "not there yet")
    assert (board.entries(), board.best()) == ([], [])


def test_a_record_of_a_search_goes_to_the_journal(tmp_path: Path) -> None:
    filled(tmp_path).record({"kind": "search", "cycles": 5})
    assert json.loads((tmp_path / "journal.jsonl").read_text())["cycles"] == 5
