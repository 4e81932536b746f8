"""Several processes may write to one leaderboard at once."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from search.board import leaderboard
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.tasks.task import TaskName
from tests.search.board.cases import filled, scored
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, entry_of, remove


def _add_many(folder: Path, names: list[TaskName], first: int) -> None:
    board = Leaderboard(folder)
    for name in names:
        board.add(*entry_of(name))
        for cycles in (first, first - 2, first - 4):
            board.add(scored(DOUBLING, cycles), entry_of(DOUBLING)[1])


def test_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each adds tasks of its own, and both better and better entries of one task; the pages are those of the last."""
    names = [replace(DOUBLING, shape=f"words={words}") for words in range(5, 25)]
    for name in (*names, DOUBLING):
        entry_of(name)
    board = filled(tmp_path)
    context = multiprocessing.get_context("fork")
    parts = ((names[::2], 1000), (names[1::2], 999))
    writers = [context.Process(target=_add_many, args=(tmp_path, *part)) for part in parts]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    best = board.best()
    assert {entry.shape["words"]: entry.cycles for entry in best if entry.shape["words"] > 4} == {
        entry_of(name)[0].shape["words"]: entry_of(name)[0].cycles for name in names
    }
    assert board.find(f"{EXAMPLE}:words=4").cycles == 995
    page = (tmp_path / "doubling-takehome.md").read_text()
    assert all(entry.id in page for entry in best)
    assert f"| {len(best)} |" in (tmp_path / "README.md").read_text()


def _strike_many(folder: Path, names: list[TaskName]) -> None:
    board = Leaderboard(folder)
    for name in names:
        assert board.strike(entry_of(name)[0], "no") is not None
        board.rewrite_pages()


def test_processes_that_add_and_strike_at_once_lose_nothing(tmp_path: Path) -> None:
    wrong = [replace(DOUBLING, shape=f"words={words}") for words in range(30, 40)]
    right = [replace(DOUBLING, shape=f"words={words}") for words in range(40, 50)]
    for name in (*wrong, *right):
        entry_of(name)
    board = filled(tmp_path, *wrong)
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_strike_many, args=(tmp_path, wrong)),
        context.Process(target=_add_many, args=(tmp_path, right, 1000)),
    ]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
    assert [process.exitcode for process in writers] == [0, 0]
    assert {entry.shape["words"] for entry in board.entries() if entry.struck} == set(range(30, 40))
    assert {entry.shape["words"] for entry in board.best()} == {4, *range(40, 50)}
    page = (tmp_path / "doubling-takehome.md").read_text()
    assert page.partition("## Struck")[2].count("| no |") == len(wrong)


def test_what_is_to_be_noted_of_an_entry_that_another_process_has_removed_is_not_written(tmp_path: Path) -> None:
    board, entry = filled(tmp_path, DOUBLING, SMALL_TREE), entry_of(DOUBLING)[0]
    remove(board.folder, entry)
    assert board.strike(entry, "wrong") is None
    assert board.note_other_graph(entry, "another graph") is None
    assert board.note_checked(entry, entry.hashes.problem) is None
    board.replace_bound(entry.id, entry.bound)
    assert board.entries() == [entry_of(SMALL_TREE)[0]]
    assert not board.has(entry)


def test_an_entry_that_is_removed_while_the_board_is_read_is_no_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, entry = filled(tmp_path, DOUBLING, SMALL_TREE), entry_of(DOUBLING)[0]
    load_entry = leaderboard.load_entry

    def after_a_removal(path: Path) -> Entry:
        remove(board.folder, entry)
        return load_entry(path)

    monkeypatch.setattr(leaderboard, "load_entry", after_a_removal)
    assert board.unreadable() == []
    assert board.entries() == [entry_of(SMALL_TREE)[0]]
