"""What an entry records of the trial that found it."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.scheduling.policy import default_policy, sample_policy
from search.sweep.refinement import Method, Refinement
from search.sweep.trial_recipe import TrialRecord
from tests.search.cases import TAKEHOME

RECORD = TrialRecord("7:0:12", default_policy(TAKEHOME), 32, Refinement(Method.CP_SAT, 2.5))


@given(
    seed=st.text(),
    policy=st.integers(0, 2**32).map(lambda seed: sample_policy(TAKEHOME, Random(seed))),
    schedules=st.integers(1, 10**6),
    refinement=st.none() | st.builds(Refinement, st.sampled_from(Method), st.floats(0, 1e9, allow_nan=False).map(abs)),
)
def test_a_record_survives_json_to_the_bit(
    seed: str, policy: Any, schedules: int, refinement: Refinement | None
) -> None:
    record = TrialRecord(seed, policy, schedules, refinement)
    assert TrialRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_a_record_says_its_kind() -> None:
    assert RECORD.to_json()["kind"] == "trial"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("seed"),
        lambda data: data.pop("refinement"),
        lambda data: data["policy"].pop("steps"),
        lambda data: data["policy"].update(more=1),
        lambda data: data.update(policy=None),
        lambda data: data.update(schedules="many"),
        lambda data: data.update(refinement={"method": "magic", "work": 1}),
        lambda data: data.update(refinement={"method": "cp-sat"}),
        lambda data: data.update(refinement=3),
    ],
)
def test_what_is_no_record_is_the_users_error(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(json.dumps(RECORD.to_json()))
    spoil(data)
    with pytest.raises(UserError, match="not the record of a trial"):
        TrialRecord.from_json(data)
