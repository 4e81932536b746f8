"""What a sweep remembers of its trials."""

from search.bounds.bound import Bound
from search.processes.isolate import Ending
from search.sweep.sweep_state import SweepState
from search.sweep.trial_records import AskedTrial, EndedTrial


def state_after(cycles: list[int]) -> SweepState:
    state = SweepState(1)
    for trial, found in enumerate(cycles):
        state.asked(AskedTrial(trial, 0, trial, 0, None, {}))
        state.ended(EndedTrial(trial, 0, trial, Ending.RETURNED, found, Bound(found - 1, "path")))
    return state


def test_bounds_are_forgotten_but_for_the_best_trials() -> None:
    (study,) = state_after([50, 40, 60]).studies
    assert study.best is not None
    assert study.best.bound == Bound(39, "path")
    assert [ended.bound for ended in study.ended.values()] == [None] * 3
    assert study.cycles == {0: 50, 1: 40, 2: 60}


def test_of_equals_the_first_is_the_best() -> None:
    (study,) = state_after([40, 40]).studies
    assert study.best is not None
    assert study.best.index == 0
