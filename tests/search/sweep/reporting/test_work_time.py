"""The time of a sweep's work: that by the clock, without stretches in which nothing was at work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.sweep.reporting.work_time import LONGEST_LULL, Pause, WorkTime

SECONDS = st.integers(0, 1000).map(float)


def test_a_stretch_in_which_no_trial_ran_is_a_pause() -> None:
    """Trials end at 20 and 30; the next run begins an hour after, and its first trial takes 40 seconds."""
    time = WorkTime([0.0, 20.0, 30.0, 3670.0, 3680.0], [(20.0, 15.0), (30.0, 25.0), (3670.0, 40.0)])
    assert time.pauses == (Pause(30.0, 3600.0),)
    assert (time.clock, time.worked) == (3680.0, 80.0)
    assert [time.at(each) for each in (0.0, 30.0, 3670.0, 3680.0)] == [0.0, 30.0, 70.0, 80.0]


def test_a_stretch_in_which_a_long_trial_ran_is_none() -> None:
    time = WorkTime([0.0, 5000.0], [(5000.0, 4990.0)])
    assert (time.pauses, time.worked) == ((), 5000.0)


def test_a_driver_may_be_busy_for_a_while() -> None:
    assert WorkTime([0.0, LONGEST_LULL], []).pauses == ()
    assert WorkTime([0.0, LONGEST_LULL + 1], []).pauses == (Pause(0.0, LONGEST_LULL + 1),)


def test_what_ran_before_the_first_record_does_not_count() -> None:
    assert WorkTime([100.0, 110.0], [(110.0, 500.0)]).worked == 10.0


@given(st.lists(SECONDS, min_size=1), st.data())
def test_work_and_pauses_are_all_the_time_and_no_time_of_work_is_before_an_earlier_one(
    times: list[float], data: st.DataObject
) -> None:
    runs = [(time, data.draw(SECONDS)) for time in times]
    time = WorkTime(times, runs)
    assert time.worked + sum(pause.seconds for pause in time.pauses) == pytest.approx(time.clock)
    places = [time.at(each) for each in sorted(times)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0.0, time.worked)
    for end, seconds in runs:
        assert time.at(end) >= end - max(min(times), end - seconds)  # nothing is cut out of a run
