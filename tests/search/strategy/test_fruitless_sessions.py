"""Searches that find nothing, or what is wrong, say so and keep nothing."""

from pathlib import Path

import pytest

from machine.errors import UserError
from search.board import submission
from search.board.leaderboard import Leaderboard
from search.errors import IllegalScheduleError, WrongOutputError
from tests.search.problems import DOUBLING, task_name
from tests.search.strategy.sessions import journaled, run


def test_failures_are_named_where_no_schedule_leads_to_a_program(folder: Path) -> None:
    with pytest.raises(UserError, match=r"no schedule led to a program \(ScratchExceededError: 32\): it does not fit"):
        run(task_name("Choosy"), folder, fixed={"kind": "large"})
    assert Leaderboard(folder).entries() == []
    assert journaled(folder) == []


def test_a_winner_that_is_not_what_it_claims_to_be_is_an_error_and_never_kept(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def refuse(*arguments: object) -> None:
        raise IllegalScheduleError("no")

    monkeypatch.setattr(submission, "validate_candidate", refuse)
    with pytest.raises(IllegalScheduleError):
        run(DOUBLING, folder)
    assert Leaderboard(folder).entries() == []
    assert journaled(folder) == []


def test_a_kernel_that_does_not_reproduce_its_reference_is_an_error_by_name(folder: Path) -> None:
    with pytest.raises((UserError, WrongOutputError), match=r"WrongOutputError|memory word 0"):
        run(task_name("Wrong"), folder)
    assert Leaderboard(folder).entries() == []
