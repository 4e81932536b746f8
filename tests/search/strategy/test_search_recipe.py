"""What it takes to repeat a search whose schedules were counted."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.strategy.search_recipe import SearchRecipe
from search.strategy.step import parse_steps

printable = st.text(st.characters(exclude_categories=("C", "Z")), max_size=100)
integers = st.integers(-(1 << 53), 1 << 53)
knobs = st.dictionaries(printable.filter(bool), integers | printable)
lists = st.none() | st.just("random:0.5,moves:0.5")


@given(st.integers(1, 10**9), st.integers(0, 1 << 53), knobs, lists)
def test_a_recipe_survives_json(schedules: int, seed: int, fixed: dict[str, Any], stages: str | None) -> None:
    recipe = SearchRecipe(schedules, seed, fixed, stages)
    assert SearchRecipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert recipe.to_json()["kind"] == "search"


def test_a_recipe_of_a_former_format_counts_trials_and_has_the_default_stages() -> None:
    former = {"kind": "search", "trials": 64, "seed": 5, "fixed": {"unroll": 2}}
    assert SearchRecipe.from_json(former) == SearchRecipe(64, 5, {"unroll": 2}, None, hands_on=False)


def test_the_stages_of_a_former_recipe_keep_to_their_shares() -> None:
    stages = "random:0.5,justification:0.25,moves:0.25"
    recipe = SearchRecipe(64, 5, {}, stages)
    assert recipe.steps() == parse_steps(stages)
    former = SearchRecipe.from_json({key: value for key, value in recipe.to_json().items() if key != "hands_on"})
    assert former.steps() == tuple(replace(step, keeps_to_share=True) for step in parse_steps(stages))


RIGHT = SearchRecipe(64, 5, {"unroll": 2, "how": "add"}, "random,moves", rewrite=True).to_json()


@pytest.mark.parametrize("name", ["kind", "schedules", "seed", "fixed"])
def test_a_recipe_without_one_of_its_fields_is_the_users_error(name: str) -> None:
    with pytest.raises(UserError, match=f"not the recipe of a search: {name} must be there"):
        SearchRecipe.from_json({key: value for key, value in RIGHT.items() if key != name})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "trial"}, "kind must be one of search"),
        ({"kind": ["search"]}, "kind must be one of search"),
        ({"schedules": True}, "schedules must be an integer from 1"),
        ({"schedules": "3"}, "schedules must be an integer from 1"),
        ({"schedules": 3.0}, "schedules must be an integer from 1"),
        ({"schedules": 0}, "schedules must be an integer from 1"),
        ({"schedules": 1 << 60}, "schedules must be an integer from 1"),
        ({"seed": None}, "seed must be an integer"),
        ({"seed": -1}, "seed must be an integer from 0"),
        ({"fixed": 3}, "fixed must be a table"),
        ({"fixed": {"unroll": 2.5}}, "fixed.unroll must be an integer"),
        ({"fixed": {"unroll": True}}, "fixed.unroll must be an integer"),
        ({"fixed": {"a\x1bb": 1}}, "a name in fixed must be a printable text"),
        ({"stages": 7}, "stages must be a printable text"),
        ({"stages": "random\x1b[2J"}, "stages must be a printable text"),
        ({"rewrite": 1}, "rewrite must be true or false"),
        ({"more": 1}, "more must be left out"),
        ({"trials": 64}, "schedules must be left out"),
    ],
)
def test_a_recipe_of_wrong_values_is_the_users_error(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=f"not the recipe of a search: {said}"):
        SearchRecipe.from_json({**RIGHT, **changed})


@pytest.mark.parametrize("data", [None, 7, "recipe", ["trials"]])
def test_what_is_no_table_is_no_recipe(data: Any) -> None:
    with pytest.raises(UserError, match="not the recipe of a search: it must be a table"):
        SearchRecipe.from_json(data)
