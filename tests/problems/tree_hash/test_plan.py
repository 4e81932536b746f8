from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.problem import Shape
from problems.tree_hash import TreeHash
from problems.tree_hash.choices import MOVABLE_OPERATIONS, declare_knobs
from problems.tree_hash.layout import Layout
from problems.tree_hash.plan import Plan, Service, Visit, make_plan
from tests.problems.tree_hash.kernels import TAKEHOME, default_knobs, random_knobs

PROBLEM = TreeHash()
HEADLINE = PROBLEM.default_shape()

shapes = st.fixed_dictionaries(
    {"height": st.integers(0, 12), "rounds": st.integers(1, 40), "batch": st.integers(1, 300)}
)


def plan_of(shape: Shape, **changed: int | str) -> Plan:
    knobs = {**default_knobs(shape, "values"), **changed}
    return make_plan(Layout.of(shape), TAKEHOME, knobs, with_indices=False)


@given(shape=shapes, seed=st.integers(0, 1000))
def test_every_shape_has_knobs_whose_values_parse_and_make_a_plan(shape: dict[str, int], seed: int) -> None:
    knobs = declare_knobs(Layout.of(shape), TAKEHOME, with_indices=False)
    assert len({knob.name for knob in knobs}) == len(knobs)
    for knob in knobs:
        assert knob.summary
        assert knob.parse(str(knob.default)) == knob.default
    make_plan(Layout.of(shape), TAKEHOME, random_knobs(Random(seed), shape, "values"), with_indices=False)


def test_every_movable_operation_has_a_knob() -> None:
    assert {f"alu.{name}" for name in MOVABLE_OPERATIONS} <= set(default_knobs(HEADLINE, "values"))


def test_service_knobs_exist_for_the_levels_a_pass_visits_and_scratch_can_hold() -> None:
    knobs = default_knobs(HEADLINE, "values")
    services = {name for name in knobs if name.startswith("select.")}
    first = {f"select.0.{level}" for level in range(1, 6)}
    second = {f"select.1.{level}" for level in range(1, 5)}
    assert services == first | second


def test_a_pass_beyond_the_third_has_the_knobs_of_the_third() -> None:
    plan = plan_of({"height": 1, "rounds": 12, "batch": 16}, **{"select.2.1": "0", "select.1.1": "none"})
    service = {number: plan.service(Visit(0, number)) for number in (3, 5, 7, 11)}
    assert service == {3: Service.GATHER, 5: Service.SELECT, 7: Service.SELECT, 11: Service.SELECT}
    assert plan.service(Visit(1, 11)) is Service.GATHER


def test_the_root_is_selected_always() -> None:
    plan = plan_of(HEADLINE, **{"select.0.1": "none"})
    assert plan.service(Visit(3, 0)) is plan.service(Visit(3, 11)) is Service.SELECT
    assert plan.service(Visit(3, 1)) is Service.GATHER


def test_levels_too_deep_for_scratch_are_gathered() -> None:
    assert plan_of(HEADLINE).service(Visit(0, 10)) is Service.GATHER


def test_the_groups_in_flight_are_a_multiple_of_those_in_lockstep() -> None:
    pairs = [(32, 5, 35), (30, 5, 30), (3, 8, 8), (8, 8, 8), (1, 1, 1), (9, 2, 10)]
    for flight, together, expected in pairs:
        assert plan_of(HEADLINE, groups_in_flight=flight, batch_grouping=together).groups_in_flight == expected


@given(shape=shapes, seed=st.integers(0, 10_000))
def test_every_group_is_visited_in_every_round_and_in_order(shape: dict[str, int], seed: int) -> None:
    plan = make_plan(Layout.of(shape), TAKEHOME, random_knobs(Random(seed), shape, "values"), with_indices=False)
    visits = [visit for chunk in plan.visits() for visit in chunk]
    groups = -(-shape["batch"] // 8)
    assert len(visits) == len(set(visits)) == groups * shape["rounds"]
    for group in range(groups):
        assert [visit.round for visit in visits if visit.group == group] == list(range(shape["rounds"]))


@given(shape=shapes, seed=st.integers(0, 10_000))
def test_no_more_groups_are_in_flight_than_asked(shape: dict[str, int], seed: int) -> None:
    plan = make_plan(Layout.of(shape), TAKEHOME, random_knobs(Random(seed), shape, "values"), with_indices=False)
    visits = [visit for chunk in plan.visits() for visit in chunk]
    flying: dict[int, int] = {}
    for visit in visits:
        place = visit.group % plan.groups_in_flight
        if visit.round == 0:
            assert place not in flying
            flying[place] = visit.group
        assert flying[place] == visit.group
        if visit.round == shape["rounds"] - 1:
            del flying[place]
    assert flying == {}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"stagger": 2}, "0.0 0.1 1.0 1.1 2.0 2.1"),
        ({"stagger": 0, "unroll": 1}, "0.0 1.0 2.0 0.1 1.1 2.1"),
        ({"stagger": 1, "unroll": 1}, "0.0 0.1 1.0 1.1 2.0 2.1"),
        ({"stagger": 0, "unroll": 2}, "0.0 0.1 1.0 1.1 2.0 2.1"),
        ({"stagger": 0, "unroll": 1, "groups_in_flight": 2}, "0.0 1.0 0.1 1.1 2.0 2.1"),
        # three groups in flight become four, a multiple of those in lockstep
        ({"stagger": 0, "unroll": 1, "batch_grouping": 2}, "0.0 1.0 2.0 0.1 1.1 2.1"),
        ({"stagger": 0, "unroll": 1, "batch_grouping": 2, "groups_in_flight": 2}, "0.0 1.0 0.1 1.1 2.0 2.1"),
        ({"stagger": 2, "batch_grouping": 2}, "0.0 1.0 0.1 1.1 2.0 2.1"),
    ],
)
def test_the_emission_order(changed: dict[str, int], expected: str) -> None:
    shape = {"height": 3, "rounds": 2, "batch": 24}
    visits = [visit for chunk in plan_of(shape, **changed).visits() for visit in chunk]
    assert " ".join(f"{visit.group}.{visit.round}" for visit in visits) == expected
