"""What a session finds is on the leaderboard before it ends; in the end one entry stands for all of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.errors import WrongOutputError
from search.processes.workers import InProcess
from search.strategy import keeping
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.session import SessionSettings, improve, search
from search.strategy.step import IMPROVE_STEPS, parse_steps
from tests.search.problems import SMALL_TREE, entry_of
from tests.search.strategy.cases import Tell, watched


class KilledError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


@pytest.fixture
def board(tmp_path: Path) -> Leaderboard:
    made = Leaderboard(tmp_path)
    made.ensure_writable()
    return made


@pytest.fixture(autouse=True)
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_PAUSE", 0.0)


def searched(board: Leaderboard, tell: Tell, schedules: int = 400) -> Entry:
    settings = SessionSettings(parse_steps("list,justification,moves"), Budget(schedules=schedules), 0, 4, {})
    return search(SMALL_TREE.load(), SMALL_TREE, settings, board, InProcess(), watched(tell)).submission.entry


def improved(board: Leaderboard, entry: Entry, tell: Tell) -> Entry:
    settings = SessionSettings(IMPROVE_STEPS, Budget(schedules=2000), 0, 4, {})
    return improve(entry, SMALL_TREE, settings, board, InProcess(), watched(tell)).submission.entry


def killed_after(cycles: int) -> Tell:
    """Killed at the first sign of life after a schedule shorter than so many cycles was reported."""
    reported: list[int] = []

    def tell(progress: Progress) -> None:
        if reported:
            raise KilledError
        if progress.cycles is not None and progress.cycles < cycles:
            reported.append(progress.cycles)

    return tell


def cycles_on(board: Leaderboard) -> list[int]:
    return [entry.cycles for entry in board.entries()]


def test_a_search_that_is_killed_leaves_its_best_on_the_board(board: Leaderboard) -> None:
    with pytest.raises(KilledError):
        searched(board, killed_after(1000))
    (entry,) = board.entries()
    assert entry.effort.method == "list, not ended"
    assert entry.validation.inputs == 4
    assert board.placed()[0].counts


def test_an_improvement_that_is_killed_leaves_its_best_beside_what_it_began_with(board: Leaderboard) -> None:
    entry, candidate = entry_of(SMALL_TREE)
    board.add(entry, candidate)
    with pytest.raises(KilledError):
        improved(board, entry, killed_after(entry.cycles))
    best, before = board.entries()
    assert best.cycles < before.cycles == entry.cycles
    assert best.effort.method == f"{entry.effort.method}, then justification, not ended"


def test_in_the_end_one_entry_stands_for_all_that_were_kept(board: Leaderboard) -> None:
    seen: set[tuple[str, ...]] = set()
    entry = searched(board, lambda progress: seen.add(tuple(each.id for each in board.entries())))
    assert len(seen - {()}) > 1
    assert all(len(ids) < 2 for ids in seen)
    assert board.entries() == [entry]
    assert "not ended" not in entry.effort.method
    assert entry.effort.repeat is not None
    assert sorted(file.name.partition(".")[0] for file in (board.folder / "entries").iterdir()) == [entry.id] * 3


def test_keeping_changes_nothing_of_what_is_found(board: Leaderboard, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = searched(board, lambda progress: None)
    monkeypatch.setattr(keeping.Keeper, "keep", lambda keeper: None)
    other = Leaderboard(board.folder / "other")
    other.ensure_writable()
    plain = searched(other, lambda progress: None)
    timeless = replace(kept.effort, seconds=0.0), replace(plain.effort, seconds=0.0)
    assert (kept.id, kept.cycles, timeless[0]) == (plain.id, plain.cycles, timeless[1])


def test_what_the_board_has_already_is_not_kept_again(board: Leaderboard) -> None:
    first = searched(board, lambda progress: None)
    before = [(file, file.stat().st_mtime_ns) for file in (board.folder / "entries").iterdir()]
    searched(board, lambda progress: None)
    assert board.entries() == [first]
    assert [(file, file.stat().st_mtime_ns) for file in (board.folder / "entries").iterdir()] == before


@pytest.mark.parametrize("error", [UserError("cannot write: no space"), WrongOutputError("wrong")])
def test_what_cannot_be_kept_now_is_left_to_the_end(
    board: Leaderboard, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*arguments: object) -> Entry:
        raise error

    monkeypatch.setattr(keeping, "validated_entry", refuse)
    entry = searched(board, lambda progress: None)
    assert board.entries() == [entry]
