"""Limits that several solves share: no part is more than what is left."""

import pytest

from search.solver import purse as purse_module
from search.solver.purse import Purse
from search.solver.solve_outcome import SolveLimits


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(purse_module.time, "monotonic", lambda: now[0])
    return now


def test_parts_of_time_are_shares_but_no_more_than_what_is_left_and_a_second_at_least(clock: list[float]) -> None:
    purse = Purse(SolveLimits(20.0))
    assert (purse.part(0.5).seconds, purse.part(0.5).deterministic_time) == (10.0, None)
    clock[0] += 15.0
    assert purse.part(0.5).seconds == purse.seconds == 5.0
    clock[0] += 4.5
    assert (purse.is_low, purse.is_empty, purse.part(0.5).seconds) == (True, False, 1.0)
    clock[0] += 1.0
    assert purse.is_empty


def test_deterministic_time_is_spent_by_what_solves_tell() -> None:
    told = list[float]()
    purse = Purse(SolveLimits(20.0, deterministic_time=4.0), told.append)
    assert purse.is_counted
    purse.spend(3.0)
    assert purse.part(0.5).deterministic_time == pytest.approx(1.0)
    assert not purse.is_low
    purse.spend(0.97)
    assert (purse.is_low, purse.is_empty) == (True, False)
    purse.spend(0.5)
    assert (purse.is_empty, purse.part(0.5).deterministic_time) == (True, 0.0)
    assert told == [3.0, 0.97, 0.5]
