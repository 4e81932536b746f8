"""The state of a sweep is what its journal says, as far as that was written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.bounds.bound import Bound
from search.files import journal_file
from search.files.journal_file import JOURNAL_FORMAT
from search.processes.isolate import Ending, Isolated
from search.scheduling.policy import default_policy
from search.sweep.executors.executor import Ended
from search.sweep.sweep_journal import journal_path
from search.sweep.sweep_state import SweepState, replay
from search.sweep.trial import TrialResult
from search.sweep.trial_records import AskedTrial, EndedTrial, Untried, ended_trial
from tests.search.cases import TAKEHOME
from tests.search.sweep.fakes import NINE, Shuffled, run, sweep_of

POLICY = default_policy(TAKEHOME)
ASKED = AskedTrial(7, 1, 3, 0, None, {"knob.unroll": 2})

small = st.integers(0, 1000)
texts = st.text(max_size=20)
names = st.from_regex(r"[a-zA-Z][\w. ]{0,20}", fullmatch=True).filter(str.isprintable)
points = st.dictionaries(names, st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts, max_size=4)
asked_trials = st.builds(AskedTrial, small, small, small, small, st.none() | small, points)
ended_trials = st.builds(
    EndedTrial,
    small,
    small,
    small,
    st.sampled_from([*Ending, *Untried]),
    st.none() | small,
    st.none() | st.builds(Bound, small, texts),
    st.none() | st.just(POLICY),
    small,
    st.dictionaries(names, small, max_size=3),
    st.none() | st.tuples(texts, texts),
    st.floats(0, 1e6),
)


def record(event: str, trial: AskedTrial | EndedTrial) -> dict[str, Any]:
    return {"format": JOURNAL_FORMAT, "event": event, **trial.to_json(), "time": "2026-01-02T03:04:05+00:00"}


def ended(trial: int, cycles: int | None, studies: int = 1, **more: Any) -> dict[str, Any]:
    return record("ended", EndedTrial(trial, trial % studies, trial // studies, Ending.RETURNED, cycles, **more))


# Records


@given(asked_trials)
def test_what_was_asked_comes_back_from_a_line_of_json(trial: AskedTrial) -> None:
    assert AskedTrial.from_json(json.loads(json.dumps(record("asked", trial)))) == trial


@given(ended_trials)
def test_what_has_ended_comes_back_from_a_line_of_json(trial: EndedTrial) -> None:
    assert EndedTrial.from_json(json.loads(json.dumps(record("ended", trial)))) == trial


def test_a_result_that_returned_is_kept_in_full() -> None:
    error = None
    result = TrialResult(7, 90, Bound(80, "path"), POLICY, 32, {"AllocationError": 2}, error, None)
    found = ended_trial(ASKED, Ended(7, Isolated(Ending.RETURNED, result), 1.23456))
    assert found == EndedTrial(
        7, 1, 3, Ending.RETURNED, 90, Bound(80, "path"), POLICY, 32, {"AllocationError": 2}, None, 1.235
    )
    assert found.failure is None


def test_a_result_without_a_program_is_a_failure_by_its_errors_name() -> None:
    result = TrialResult(7, schedules=32, failures={"AllocationError": 32}, error=("AllocationError", "no addresses"))
    found = ended_trial(ASKED, Ended(7, Isolated(Ending.RETURNED, result), 1.0))
    assert (found.cycles, found.schedules, found.failure) == (None, 32, "AllocationError")


@pytest.mark.parametrize(
    ("ending", "why", "error"),
    [
        (Ending.RAISED, "ValueError: bad: worse", ("ValueError", "bad: worse")),
        (Ending.RAISED, "nothing more is known", ("raised", "nothing more is known")),
        (Ending.CRASHED, "the process ended with code -11: x", ("crashed", "the process ended with code -11: x")),
        (Ending.TIMED_OUT, "killed after 300 s", ("timed out", "killed after 300 s")),
        (Ending.OUT_OF_MEMORY, "", ("out of memory", "")),
    ],
)
def test_other_endings_are_failures_by_kind(ending: Ending, why: str, error: tuple[str, str]) -> None:
    found = ended_trial(ASKED, Ended(7, Isolated(ending, None, why), 2.0))
    assert (found.ending.value, found.error, found.failure, found.schedules) == (ending.value, error, error[0], 0)


def test_every_ending_of_a_call_is_one_of_a_trial() -> None:
    endings = [ended_trial(ASKED, Ended(7, Isolated(ending, None), 1.0)).ending for ending in Ending]
    assert endings == [*Ending]


def test_journals_have_a_word_of_its_own_for_each_ending() -> None:
    words = [EndedTrial(1, 0, 1, ending).to_json()["ending"] for ending in (*Ending, *Untried)]
    assert words == ["returned", "raised", "crashed", "timed out", "out of memory", "skipped"]


def test_the_name_of_a_failure_steers_no_terminal() -> None:
    assert EndedTrial(1, 0, 1, Ending.RAISED, error=("\x1b[2J", "")).failure == "\\x1b[2J"


def test_a_skipped_trial_is_no_failure() -> None:
    assert EndedTrial(1, 0, 1, Untried.SKIPPED).failure is None


# State


def replayed(*records: dict[str, Any]) -> SweepState:
    """The state after some records of one study, each trial of which was asked for before."""
    asked = [
        record("asked", AskedTrial(each["trial"], 0, each["index"], 0, None, {}))
        for each in records
        if each["event"] == "ended"
    ]
    return replay([*asked, *records], 1)


def test_the_best_has_the_fewest_cycles_and_of_equal_ones_the_least_index() -> None:
    state = replayed(ended(3, 50), ended(1, 50), ended(0, None), ended(2, 60))
    assert state.studies[0].best == EndedTrial(1, 0, 1, Ending.RETURNED, 50)
    assert state.studies[0].cycles == {3: 50, 1: 50, 0: None, 2: 60}


def test_what_was_asked_and_has_not_ended_is_running_whatever_its_study() -> None:
    asked = [AskedTrial(number, number % 2, number // 2, 0, None, {}) for number in (3, 0, 1, 2)]
    state = replay([*(record("asked", trial) for trial in asked), ended(1, 5, 2), ended(2, None, 2)], 2)
    assert [trial.trial for trial in state.running()] == [0, 3]


def test_of_two_ends_of_a_trial_the_first_counts() -> None:
    state = replayed(ended(0, 50, schedules=3), ended(0, 40, schedules=3))
    assert state.studies[0].best is not None
    assert state.studies[0].best.cycles == 50
    assert (state.tally.trials, state.tally.schedules) == (1, 3)


def test_a_tally_counts_all_that_ended_and_failures_by_kind() -> None:
    failed = EndedTrial(2, 0, 2, Ending.CRASHED, error=("crashed", "code -11"))
    skipped = EndedTrial(3, 0, 3, Untried.SKIPPED)
    records = [ended(0, 5, schedules=32), ended(1, None, error=("GraphError", ""), schedules=32)]
    state = replayed(*records, record("ended", failed), record("ended", skipped))
    assert (state.tally.trials, state.tally.schedules) == (4, 64)
    assert state.tally.failures == {"GraphError": 1, "crashed": 1}


def test_a_sweep_has_finished_until_something_follows() -> None:
    finished = {"format": JOURNAL_FORMAT, "event": "finished", "reason": "trials"}
    assert replay([ended(0, 5), finished], 1).finished
    assert not replay([ended(0, 5), finished, ended(1, 5)], 1).finished


def test_events_of_other_kinds_are_passed_over() -> None:
    assert replayed({"format": JOURNAL_FORMAT, "event": "noted"}, ended(0, 5)).tally.trials == 1


@pytest.mark.parametrize("number", [JOURNAL_FORMAT + 1, "2", None])
def test_a_newer_format_is_refused(number: Any) -> None:
    with pytest.raises(UserError, match="it needs a newer Slotsmith"):
        replay([{**ended(0, 5), "format": number}], 1)


@pytest.mark.parametrize(
    "change", [{"study": 1}, {"study": None}, {"ending": "fine"}, {"bound": 3}, {"policy": {}}, {"error": []}]
)
def test_a_damaged_record_is_refused_in_one_line(change: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="a record is damaged"):
        replay([{**ended(0, 5), **change}], 1)


@pytest.mark.parametrize("key", ["trial", "study", "index", "cycles", "seconds", "event"])
def test_a_record_that_lacks_something_is_refused(key: str) -> None:
    damaged = ended(0, 5)
    del damaged[key]
    with pytest.raises(UserError, match=f"a record is damaged .*{key}"):
        replay([damaged], 1)


def test_a_journal_cut_anywhere_leads_to_the_state_after_its_whole_records(tmp_path: Path) -> None:
    run(sweep_of(trials=26, halving=NINE), tmp_path, Shuffled(1))
    whole, cut = journal_path(tmp_path, "night").read_bytes(), tmp_path / "cut.jsonl"
    trials: list[int] = []
    for length in range(0, len(whole), 37):
        cut.write_bytes(whole[:length])
        state = replay(journal_file.read(cut), 2)
        trials.append(state.tally.trials)
        assert len(state.running()) <= 6
    assert trials == sorted(trials)
    assert trials[-1] == 26


@pytest.mark.parametrize(
    "change",
    [{"study": -1}, {"trial": 1.5}, {"index": True}, {"rung": "0"}, {"parent": -7}, {"point": [1]}, {"study": 1 << 60}],
)
def test_numbers_that_no_trial_has_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        AskedTrial.from_json({**record("asked", ASKED), **change})


@pytest.mark.parametrize(
    "change",
    [
        {"cycles": -1},
        {"cycles": "9"},
        {"seconds": -1.0},
        {"schedules": None},
        {"failures": {"a": -1}},
        {"failures": []},
    ],
)
def test_results_that_no_trial_has_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        EndedTrial.from_json({**ended(1, 9), **change})
