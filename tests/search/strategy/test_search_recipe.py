"""What it takes to repeat a search whose schedules were counted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.strategy.search_recipe import SearchRecipe

knobs = st.dictionaries(st.text(), st.integers() | st.text())
lists = st.none() | st.just("random:0.5,moves:0.5")


@given(st.integers(1, 10**9), st.integers(), knobs, lists)
def test_a_recipe_survives_json(schedules: int, seed: int, fixed: dict[str, Any], stages: str | None) -> None:
    recipe = SearchRecipe(schedules, seed, fixed, stages)
    assert SearchRecipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert recipe.to_json()["kind"] == "search"


def test_a_recipe_of_a_former_format_counts_trials_and_has_the_default_stages() -> None:
    former = {"kind": "search", "trials": 64, "seed": 5, "fixed": {"unroll": 2}}
    assert SearchRecipe.from_json(former) == SearchRecipe(64, 5, {"unroll": 2}, None)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"schedules": 1, "seed": 0},
        {"schedules": 1, "fixed": {}},
        {"seed": 0, "fixed": {}},
        {"schedules": "many", "seed": 0, "fixed": {}},
        {"schedules": 1, "seed": None, "fixed": {}},
        {"schedules": 1, "seed": 0, "fixed": 3},
    ],
)
def test_what_is_no_recipe_is_the_users_error(data: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="not the recipe of a search"):
        SearchRecipe.from_json(data)
