"""What it takes to repeat the trial that found an entry."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.scheduling.policy import default_policy, sample_policy
from search.strategy.stage_work import StageWork
from search.sweep.trial_recipe import TrialRecipe
from tests.search.cases import TAKEHOME

RECIPE = TrialRecipe("7:0:12", default_policy(TAKEHOME), 32, (StageWork("moves", 40.0), StageWork("cp-sat", 2.5)))


WORKS = st.builds(StageWork, st.sampled_from(["moves"]), st.integers(1, 10**9).map(float)) | st.builds(
    StageWork, st.sampled_from(["windows", "exact", "cp-sat"]), st.floats(1e-6, 1e9)
)


@given(
    seed=st.text(st.characters(exclude_categories=("C", "Z")), max_size=200),
    policy=st.integers(0, 2**32).map(lambda seed: sample_policy(TAKEHOME, Random(seed))),
    schedules=st.integers(1, 10**6),
    stages=st.lists(WORKS).map(tuple),
)
def test_a_recipe_survives_json_to_the_bit(
    seed: str, policy: Any, schedules: int, stages: tuple[StageWork, ...]
) -> None:
    recipe = TrialRecipe(seed, policy, schedules, stages)
    assert TrialRecipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


def test_a_recipe_says_its_kind() -> None:
    assert RECIPE.to_json()["kind"] == "trial"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("kind"),
        lambda data: data.update(kind="search"),
        lambda data: data.update(more=1),
        lambda data: data.update(seed=7),
        lambda data: data.update(seed="7\x1b[2J"),
        lambda data: data.update(schedules=True),
        lambda data: data.update(schedules="3"),
        lambda data: data.update(schedules=0),
        lambda data: data.update(schedules=1 << 60),
        lambda data: data.update(stages=[["cp-sat", "2"]]),
        lambda data: data.update(stages=[["cp-sat", True]]),
        lambda data: data.update(stages=[["cp-sat", -1]]),
        lambda data: data.update(stages=[["cp-sat", 1e300]]),
        lambda data: data.update(stages=[["cp-sat", 1, 1]]),
        lambda data: data.update(refinement=None),
        lambda data: data["policy"].update(order="20"),
        lambda data: data["policy"].update(engine_order=[-1]),
        lambda data: data.pop("seed"),
        lambda data: data.pop("stages"),
        lambda data: data["policy"].pop("steps"),
        lambda data: data["policy"].update(more=1),
        lambda data: data.update(policy=None),
        lambda data: data.update(schedules="many"),
        lambda data: data.update(stages=[["magic", 1]]),
        lambda data: data.update(stages=[["cp-sat"]]),
        lambda data: data.update(stages=3),
    ],
)
def test_what_is_no_recipe_is_the_users_error(spoil: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(json.dumps(RECIPE.to_json()))
    spoil(data)
    with pytest.raises(UserError, match=r"not the recipe of a trial|there is no stage 'magic'"):
        TrialRecipe.from_json(data)


FORMER = {"kind": "trial", "seed": "7:0:12", "policy": default_policy(TAKEHOME).to_json(), "schedules": 32}


@pytest.mark.parametrize(
    ("refinement", "stages"),
    [
        (None, ()),
        ({"method": "local search", "work": 400.0}, (StageWork("moves", 400.0),)),
        ({"method": "cp-sat", "work": 2.5}, (StageWork("cp-sat", 2.5),)),
    ],
)
def test_recipes_of_a_former_format_are_still_read(
    refinement: dict[str, Any] | None, stages: tuple[StageWork, ...]
) -> None:
    assert TrialRecipe.from_json({**FORMER, "refinement": refinement}) == replace(RECIPE, stages=stages)


@pytest.mark.parametrize(
    "refinement", [{"method": "magic", "work": 1}, {"method": "cp-sat"}, {"method": "cp-sat", "work": True}, 3]
)
def test_damaged_recipes_of_a_former_format_are_the_users_error(refinement: Any) -> None:
    with pytest.raises(UserError, match=r"not the recipe of a trial|there is no stage 'magic'"):
        TrialRecipe.from_json({**FORMER, "refinement": refinement})


@pytest.mark.parametrize("data", [None, 7, "recipe", ["trials"]])
def test_what_is_no_table_is_no_recipe(data: Any) -> None:
    with pytest.raises(UserError, match="not the recipe of a trial: it must be a table"):
        TrialRecipe.from_json(data)
