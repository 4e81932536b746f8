"""Which operations a round is made of; that they compute the right thing is tested in ``test_build``."""

from collections import Counter
from collections.abc import Mapping

import pytest

from machine.graph.operation import Graph, SlotRun
from problems.knobs import KnobValue
from problems.tree_hash.choices import MOVABLE_OPERATIONS
from tests.problems.tree_hash.kernels import PROBLEM, build, default_knobs

SHAPE = {"height": 10, "rounds": 8, "batch": 8}

PLAIN: dict[str, KnobValue] = {
    **{f"record.{top}": "none" for top in (3, 5, 7)},
    "address.steps": "single",
    "address.constants": "either",
    "gather.biased": "no",
    "depth": "plain",
    "setup": "plain",
}
"""Rounds by selects and by gathers of single nodes, their addresses a bit at a time."""


def graph_of(changed: Mapping[str, KnobValue] | None = None, category: str = "values") -> Graph:
    return build(SHAPE, category, {**default_knobs(SHAPE, category), **PLAIN, **(changed or {})})


def operations(graph: Graph, step: int) -> Counter[str]:
    made = [op.name for op in graph.operations if op.step == step]
    return Counter(name for name in made if name not in ("constant", "broadcast", "vload", "vstore"))


def all_gathered() -> dict[str, KnobValue]:
    return {name: "none" for name in default_knobs(SHAPE, "values") if name.startswith("select.")} | {"encode": 0}


def test_a_hash_is_ten_operations() -> None:
    """Here with two XORs that decode and meet the node, one AND for the bit, and two operations for the address."""
    made = operations(graph_of(all_gathered()), step=5)
    assert made == {"multiply_add": 4 + 1, "^": 4 + 2, ">>": 2, "&": 1, "select": 1, "gather": 1}


def test_a_level_selects_between_half_as_many_nodes_each_time() -> None:
    made = operations(graph_of({"select.0.4": "all"}), step=3)
    assert made["select"] == 4 + 2 + 1
    assert made["gather"] == 0


@pytest.mark.parametrize(
    ("engines", "expected"),
    [("flow", {("flow",)}), ("multiply_add", {("multiply_add",)}), ("either", {("flow", "multiply_add")})],
)
def test_the_first_selects_of_a_level_run_where_the_knob_says(engines: str, expected: set[tuple[str, ...]]) -> None:
    graph = graph_of({"leaf.3": engines})
    selects = [op for op in graph.operations if op.step == 3 and op.name == "select"]
    leaves = {tuple(implementation.name for implementation in op.implementations) for op in selects[:4]}
    assert leaves == expected
    assert {len(op.implementations) for op in selects[4:]} == {1}


def test_the_last_round_takes_a_bit_only_for_the_indices() -> None:
    assert operations(graph_of(), step=7)["&"] == 0
    assert operations(graph_of(category="values+indices"), step=7)["&"] == 1


def test_paired_steps_gather_the_first_level_in_fewer_multiply_adds() -> None:
    gathered_at_5: dict[str, KnobValue] = {"select.0.4": "all", "select.0.5": "none", "leaf.4": "flow"}
    single = operations(graph_of(gathered_at_5), step=5)["multiply_add"]
    paired = operations(graph_of({**gathered_at_5, "address.steps": "paired"}), step=5)["multiply_add"]
    assert (single, paired) == (4 + 4, 4 + 2)


def test_nothing_leaves_valu_where_no_operation_may_move() -> None:
    graph = graph_of({f"alu.{name}": "no" for name in MOVABLE_OPERATIONS})
    assert not any(run.opcode.engine == "alu" and run.count > 1 for run in all_runs(graph))


@pytest.mark.parametrize("name", MOVABLE_OPERATIONS)
def test_every_movable_operation_has_an_alu_implementation_of_its_own(name: str) -> None:
    kept: dict[str, KnobValue] = {f"alu.{other}": "no" for other in MOVABLE_OPERATIONS if other != name}
    graph = graph_of({**kept, **all_gathered()}) if name == "decode" else graph_of(kept)
    assert any(run.opcode.engine == "alu" and run.count > 1 for run in all_runs(graph))


def all_runs(graph: Graph) -> list[SlotRun]:
    return [run for op in graph.operations for one in op.implementations for run in one.runs]


def test_a_bit_taken_off_a_constant_is_a_select_a_subtraction_or_lanes() -> None:
    graph = graph_of(all_gathered())
    steps = [op for op in graph.operations if op.step == 5 and op.name == "select"]
    assert [[one.name for one in op.implementations] for op in steps] == [["flow", "valu", "alu"]]


def test_conditions_of_implementations_are_stated() -> None:
    graph = graph_of(all_gathered())
    (step,) = [op for op in graph.operations if op.step == 5 and op.name == "select"]
    flow, *others = step.implementations
    assert flow.booleans == ()
    assert all(words == 8 for one in others for _, words in one.booleans)
    assert all(one.booleans for one in others)


def test_categories_differ_in_the_indices_alone() -> None:
    assert PROBLEM.categories == ("values", "values+indices")
    values = [op.name for op in graph_of().operations].count("vstore")
    assert [op.name for op in graph_of(category="values+indices").operations].count("vstore") == values + 1
