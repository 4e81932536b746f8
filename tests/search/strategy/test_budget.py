"""Budgets: what counts where time plays no part, and what validation is left."""

import pytest

from machine.errors import UserError
from search.strategy.budget import Budget


def test_a_budget_without_seconds_is_counted() -> None:
    assert Budget(schedules=4).is_counted
    assert Budget(work=1.0).is_counted
    assert not Budget(1.0, 4).is_counted


@pytest.mark.parametrize(("seconds", "left"), [(0.0, 0.0), (10.0, 9.0), (60.0, 54.0), (600.0, 594.0)])
def test_validation_is_left_a_tenth_of_the_time_and_at_most_six_seconds(seconds: float, left: float) -> None:
    budget = Budget(seconds, 7, 2.0).less_validation()
    assert budget.seconds == pytest.approx(left)
    assert (budget.schedules, budget.work) == (7, 2.0)


def test_what_is_counted_is_left_as_it_is() -> None:
    assert Budget(schedules=7, work=2.0).less_validation() == Budget(schedules=7, work=2.0)


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e7])
def test_seconds_that_nothing_can_wait_for_are_refused(seconds: float) -> None:
    with pytest.raises(UserError, match="seconds are a number up to 1,000,000, not"):
        Budget(seconds)
