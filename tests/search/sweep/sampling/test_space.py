"""The space of a study: its dimensions, and what points of it stand for."""

import subprocess
import sys
from dataclasses import replace
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from machine.errors import UserError
from machine.model import load_machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob, KnobValue, chosen_groups
from problems.loader import BUILT_IN, load_problem
from problems.problem import format_shape
from search.scheduling.policy import default_policy
from search.strategy.stage_work import StageWork, parse_works
from search.sweep.sampling.dimension import Point
from search.sweep.sampling.space import Space, space_of
from search.sweep.sweep_file import StudySpec
from search.tasks.task import TaskName

TAKEHOME = load_machine("takehome")
SMALL = "height=3,rounds=4,batch=32"
COUNT = IntegerKnob("count", 2, "how many", 1, 5)
HOW = ChoiceKnob("how", "fast", "which way", ("fast", "safe", "odd"))
WHICH = GroupsKnob("which", "even:2", "which groups", 4)


def study(problem: str, shape: str | None = None, **changes: Any) -> StudySpec:
    loaded = load_problem(problem)
    text = format_shape(loaded.default_shape()) if shape is None else shape
    spec = StudySpec(TaskName(problem, text, loaded.categories[0], TAKEHOME), {}, {}, False)
    return replace(spec, **changes)


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the space of some knobs."""

    def make(*knobs: Knob, **changes: Any) -> Space:
        monkeypatch.setattr(BUILT_IN["fir"], "knobs", lambda *_: knobs)
        return space_of(study("fir", **changes))

    return make


def drawn(space: Space, seed: int) -> Point:
    random = Random(seed)
    return {name: dimension.draw(random) for name, dimension in space.dimensions.items()}


# Knobs


def test_an_integer_is_a_range_and_a_choice_is_a_category(space: Any) -> None:
    assert space(COUNT, HOW).distributions == {
        "knob.count": IntDistribution(1, 5),
        "knob.how": CategoricalDistribution(("fast", "safe", "odd")),
    }


def test_groups_are_where_they_lie_and_how_many(space: Any) -> None:
    found = space(WHICH)
    assert found.distributions == {
        "knob.which.where": CategoricalDistribution(("all", "none", "first", "last", "even")),
        "knob.which.count": IntDistribution(1, 4),
    }
    assert found.knobs({"knob.which.where": "last", "knob.which.count": 3}) == {"which": "last:3"}
    assert found.knobs({"knob.which.where": "all", "knob.which.count": 3}) == {"which": "all"}


def test_a_fixed_knob_is_no_dimension_and_a_narrowed_one_is_a_category(space: Any) -> None:
    found = space(COUNT, HOW, WHICH, fixed={"how": "odd"}, narrowed={"count": (1, 5), "which": ("all", "0,2")})
    assert found.distributions == {
        "knob.count": CategoricalDistribution((1, 5)),
        "knob.which": CategoricalDistribution(("all", "0,2")),
    }
    point = {"knob.count": 5, "knob.which": "0,2"}
    assert found.knobs(point) == {"count": 5, "how": "odd", "which": "0,2"}


def test_knobs_that_a_point_does_not_mention_have_their_defaults(space: Any) -> None:
    assert space(COUNT, HOW, WHICH, policies=True).knobs({}) == {"count": 2, "how": "fast", "which": "even:2"}


@pytest.mark.parametrize("problem", BUILT_IN)
def test_the_default_point_is_that_of_the_defaults(problem: str) -> None:
    spec = study(problem, policies=True)
    task = spec.task.load()
    found = space_of(spec)
    defaults = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    assert found.knobs(found.default) == defaults
    assert found.default.keys() == found.dimensions.keys()
    assert found.policy(found.default, "s") == replace(default_policy(TAKEHOME), seed=found.policy({}, "s").seed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("all", "all"), ("none", "none"), ("first:1", "first:1"), ("last:0", "none"), ("0,3", "even:2"), ("0-3", "all")],
)
def test_groups_that_are_no_point_begin_as_many_and_even(space: Any, text: str, expected: str) -> None:
    found = space(replace(WHICH, default=text))
    assert found.knobs(found.default) == {"which": expected}


def test_a_narrowed_knob_begins_at_its_default_or_else_the_first_value(space: Any) -> None:
    assert space(COUNT, narrowed={"count": (5, 2)}).default == {"knob.count": 2}
    assert space(COUNT, narrowed={"count": (5, 1)}).default == {"knob.count": 5}


@pytest.mark.parametrize("problem", BUILT_IN)
@pytest.mark.parametrize("seed", range(5))
def test_every_point_stands_for_values_that_the_knobs_take(problem: str, seed: int) -> None:
    spec = study(problem)
    task, found = spec.task.load(), space_of(spec)
    knobs = {knob.name: knob for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    values = found.knobs(drawn(found, seed))
    assert values == {name: knob.parse(str(values[name])) for name, knob in knobs.items()}


@pytest.mark.parametrize("seed", range(20))
def test_draws_lie_in_what_optuna_is_told(seed: int) -> None:
    found = space_of(study("tree_hash", SMALL, policies=True))
    point = drawn(found, seed)
    assert point.keys() == found.distributions.keys()
    for name, distribution in found.distributions.items():
        assert distribution._contains(distribution.to_internal_repr(point[name]))


class OwnKnob(Knob):
    """A kind of knob that a user has made."""

    @property
    def range(self) -> str:
        return "anything"

    def parse(self, text: str) -> KnobValue:
        return text

    def sample(self, random: Random) -> KnobValue:
        return "x"


def test_a_knob_of_an_unknown_kind_is_refused_unless_it_is_fixed_or_narrowed(space: Any) -> None:
    own = OwnKnob("own", "x", "what it does")
    with pytest.raises(UserError, match="knob own is of a kind that sweeps do not know: fix it, or list its values"):
        space(own)
    assert space(own, fixed={"own": "y"}).knobs({}) == {"own": "y"}
    assert space(own, narrowed={"own": ("y", "z")}).distributions == {"knob.own": CategoricalDistribution(("y", "z"))}


# Policies


def test_policies_have_dimensions_only_where_they_are_searched() -> None:
    without, with_policies = (space_of(study("fir", policies=policies)).dimensions for policies in (False, True))
    assert not any(name.startswith("policy.") for name in without)
    assert {name for name in with_policies if name not in without} == {
        *(f"policy.{name}" for name in ("order", "stream", "tail", "noise", "step", "first")),
        *(f"policy.alternatives.{engine}" for engine in ("alu", "valu", "load", "flow")),
    }


def test_weights_that_are_sampled_by_size_are_searched_by_size() -> None:
    found = space_of(study("fir", policies=True)).distributions
    by_size = {name for name, each in found.items() if isinstance(each, FloatDistribution) and each.log}
    assert by_size == {"policy.order", "policy.tail", "policy.noise"}


def test_a_point_sets_the_policys_weights() -> None:
    found = space_of(study("fir", policies=True))
    point: Point = {
        "policy.order": 300.0,
        "policy.stream": 1.5,
        "policy.tail": 0.2,
        "policy.noise": 2.0,
        "policy.step": 0.75,
        "policy.alternatives.alu": -0.5,
        "policy.first": "load",
    }
    policy = found.policy(point, "seed")
    assert (policy.order, policy.stream, policy.tail, policy.noise) == (300.0, 1.5, 0.2, 2.0)
    engines = [engine.name for engine in TAKEHOME.scored_engines]
    assert policy.steps == (0.75,) * len(engines)
    assert dict(zip(engines, policy.alternatives, strict=True)) == {
        "alu": -0.5,
        "valu": 2.0,
        "load": 0.0,
        "store": 0.0,
        "flow": 0.0,
    }
    assert [engines[number] for number in policy.engine_order] == ["load", "flow", "store", "valu", "alu"]


@pytest.mark.parametrize(("name", "least"), [("order", 1.0), ("tail", 0.01), ("noise", 0.01)])
def test_the_lowest_decade_of_a_weight_by_size_is_none_at_all(name: str, least: float) -> None:
    found = space_of(study("fir", policies=True))
    for value, expected in ((least, least), (least * 0.999, 0.0), (least / 10, 0.0)):
        assert getattr(found.policy({f"policy.{name}": value}, "seed"), name) == expected


def test_the_random_part_of_a_policy_is_that_of_the_seed() -> None:
    found = space_of(study("fir", policies=True))
    one, same, other = (found.policy(found.default, seed) for seed in ("0:1:2", "0:1:2", "0:1:3"))
    assert one == same
    assert one.seed != other.seed
    assert replace(one, seed=0) == replace(other, seed=0)


@given(st.integers(0, 1000))
def test_drawn_policies_are_policies(seed: int) -> None:
    found = space_of(study("prefix_sum", policies=True))
    policy = found.policy(drawn(found, seed), "seed")
    assert sorted(policy.engine_order) == list(range(len(TAKEHOME.scored_engines)))
    assert min(policy.order, policy.stream, policy.tail, policy.noise, *policy.steps) >= 0


# Grids


def test_a_grid_is_every_setting_with_every_other_the_last_fastest(space: Any) -> None:
    found = space(COUNT, HOW, narrowed={"count": (1, 5)})
    assert found.grid_size == 6
    assert [tuple(point.values()) for point in found.grid()] == [
        (count, how) for count in (1, 5) for how in ("fast", "safe", "odd")
    ]


def test_a_grid_takes_settings_of_groups_that_differ_once_each(space: Any) -> None:
    found = space(WHICH)
    texts = [found.knobs(point)["which"] for point in found.grid()]
    chosen = [chosen_groups(text, 4) for text in texts]
    possible = ["all", "none", *(f"{where}:{n}" for where in ("first", "last", "even") for n in range(1, 5))]
    assert len(set(chosen)) == len(chosen) == found.grid_size
    assert set(chosen) == {chosen_groups(text, 4) for text in possible}


def test_of_policies_a_grid_takes_what_is_discrete(space: Any) -> None:
    found = space(COUNT, policies=True)
    points = list(found.grid())
    assert {frozenset(point) for point in points} == {frozenset(("knob.count", "policy.first"))}
    assert len({tuple(point.values()) for point in points}) == 5 * len(TAKEHOME.scored_engines)


def test_a_space_without_dimensions_has_one_point(space: Any) -> None:
    found = space(COUNT, fixed={"count": 3})
    assert list(found.grid()) == [{}]
    assert found.knobs({}) == {"count": 3}


def test_points_of_a_grid_are_known_by_number() -> None:
    found = space_of(study("prefix_sum", policies=True))
    assert [found.grid_point(number) for number in range(found.grid_size)] == list(found.grid())


def test_a_grid_that_is_too_large_is_refused(space: Any) -> None:
    wide = [IntegerKnob(f"k{n}", 1, "", 1, 1000) for n in range(2)]
    assert sum(1 for _ in islice(space(*wide).grid(), 10)) == 10
    with pytest.raises(UserError, match=r"a grid of 2\.0e\+06 points, more than 1,000,000: fix knobs"):
        space(*wide, IntegerKnob("k2", 1, "", 1, 2)).grid()


# Optuna


def test_optuna_is_loaded_only_by_those_who_need_it() -> None:
    source = (
        "import sys, search.sweep.sweep_file, search.sweep.sampling.space, search.sweep.sampling.samplers;"
        "print('optuna' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_a_missing_optuna_is_a_user_error(space: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = space(COUNT)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[sweep\]'"):
        _ = found.distributions


# Stages


NONE_OR_MOVES = (parse_works("none"), parse_works("moves:40,windows:0.5"))


def test_stages_are_a_dimension_where_there_is_a_choice_of_them(space: Any) -> None:
    assert "stages" not in space(COUNT).dimensions
    assert "stages" not in space(COUNT, stages=NONE_OR_MOVES[1:]).dimensions
    found = space(COUNT, stages=NONE_OR_MOVES)
    assert found.distributions["stages"] == CategoricalDistribution(("none", "moves:40,windows:0.5"))
    assert found.default["stages"] == "none"


def test_a_point_says_which_stages_its_trial_goes_through(space: Any) -> None:
    found = space(COUNT, stages=NONE_OR_MOVES)
    assert found.stages({"stages": "moves:40,windows:0.5"}) == (StageWork("moves", 40.0), StageWork("windows", 0.5))
    assert found.stages({"stages": "none"}) == found.stages({}) == ()
    assert space(COUNT, stages=NONE_OR_MOVES[1:]).stages({}) == NONE_OR_MOVES[1]


def test_a_grid_has_every_setting_of_the_knobs_with_every_choice_of_stages(space: Any) -> None:
    found = space(COUNT, HOW, stages=NONE_OR_MOVES)
    points = list(found.grid())
    assert found.grid_size == len(points) == 5 * 3 * 2
    assert {point["stages"] for point in points} == {"none", "moves:40,windows:0.5"}
    assert len({tuple(point.items()) for point in points}) == 30


# Rewriting


def test_rewriting_varies_only_where_a_study_lists_values() -> None:
    assert "rewrite" not in space_of(study("fir")).knobs({})
    space = space_of(study("fir", narrowed={"rewrite": ("off", "work", "depth")}))
    assert space.knobs({"knob.rewrite": "depth"})["rewrite"] == "depth"
    assert {space.knobs(point)["rewrite"] for point in space.grid()} == {"off", "work", "depth"}
    assert space_of(study("fir", fixed={"rewrite": "work"})).knobs({})["rewrite"] == "work"
