"""What a sweep remembers of its trials."""

from search.bounds.bound import Bound
from search.processes.isolate import Ending
from search.sweep.sweep_state import SweepState
from search.sweep.trial_records import AskedTrial, EndedTrial


def state_after(cycles: list[int], *, are_continued: bool = True) -> SweepState:
    state = SweepState(1, are_continued=are_continued)
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


def test_of_a_settled_trial_the_cycles_stay() -> None:
    state = state_after([50, 40, 60], are_continued=False)
    (study,) = state.studies
    study.settled(1)
    assert ([*study.asked], [*study.ended]) == ([0, 2], [0, 2])
    assert study.cycles == {0: 50, 1: 40, 2: 60}
    assert study.curve == [(1, 50), (2, 40)]
    assert all(map(study.is_known, range(3)))
    assert not study.is_known(3)
    assert state.running() == []
    state.ended(EndedTrial(1, 0, 1, Ending.RETURNED, 30))
    assert study.cycles[1] == 40, "of two ends of one trial the first counts"


def test_of_equals_the_first_is_the_best() -> None:
    (study,) = state_after([40, 40]).studies
    assert study.best is not None
    assert study.best.index == 0
