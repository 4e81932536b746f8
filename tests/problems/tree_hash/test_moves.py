"""Each move by itself, on several shapes: the kernel equals the reference, whichever implementations run."""

from random import Random

import pytest

from machine.graph.operation import Graph
from problems.knobs import KnobValue
from search.analysis.prepared_graph import prepare
from tests.problems.tree_hash.kernels import PROBLEM, assert_outputs, build, default_knobs, random_choice

Settings = dict[str, KnobValue]


def nothing_selected(shape: dict[str, int]) -> Settings:
    return {name: "none" for name in default_knobs(shape, "values") if name.startswith("select.")}


MOVES: dict[str, Settings] = {
    "nothing": {"address.steps": "single", "gather.biased": "no", "setup": "plain", "depth": "plain"},
    "natural records": {"record.1": "natural", "record.3": "natural", "record.5": "natural"},
    "folded records": {"record.3": "folded", "record.5": "folded", "record.7": "natural", "depth": "lean"},
    "a long chain": {"record.2": "folded", "record.4": "folded", "record.6": "folded", "depth": "lean"},
    "pointers by lanes": {"record.3": "folded", "record.lanes": "even:1", "depth": "lean"},
    "shallow rounds by folded records": {"record.3": "folded", "record.5": "folded", "depth": "shallow"},
    "shallow rounds by natural records": {"record.3": "natural", "record.5": "natural", "depth": "shallow"},
    "shallow rounds by gathers": {"encode": 4, "depth": "shallow"},
    "single steps to records": {"record.3": "natural", "record.5": "natural", "address.steps": "single"},
    "paired steps to records": {"record.3": "natural", "record.5": "natural", "address.steps": "paired"},
    "biased gathers": {"gather.biased": "yes", "encode": 0, "address.steps": "horner", "depth": "lean"},
    "constants by flow": {"address.constants": "flow", "depth": "lean"},
    "constants by arithmetic": {"address.constants": "either", "depth": "lean"},
    "gathers met early": {"encode": 0, "depth": "lean"},
    "lean setup": {"setup": "lean"},
    "full setup": {"setup": "full"},
    "shared setup": {
        "setup": "shared",
        "record.2": "folded",
        "record.4": "folded",
        "record.6": "natural",
        "broadcast.stored": 2,
        "depth": "lean",
    },
    "broadcasts through memory": {"record.3": "folded", "broadcast.stored": 2, "depth": "lean"},
    "lanes alone": {"alu.parity": "only", "alu.decode": "only", "alu.node": "only"},
}
SHAPES = [
    {"height": 0, "rounds": 3, "batch": 8},
    {"height": 1, "rounds": 5, "batch": 3},
    {"height": 4, "rounds": 7, "batch": 13},
    {"height": 5, "rounds": 9, "batch": 32},
    {"height": 6, "rounds": 6, "batch": 90},
    {"height": 8, "rounds": 14, "batch": 16},
    {"height": 9, "rounds": 12, "batch": 9},
]


def with_moves(shape: dict[str, int], category: str, moves: Settings) -> Graph:
    knobs = default_knobs(shape, category)
    tables: Settings = {name: "none" for name in knobs if name.removeprefix("record.").isdigit()}
    return build(shape, category, knobs | {name: v for name, v in (tables | moves).items() if name in knobs})


@pytest.mark.slow
@pytest.mark.parametrize("category", PROBLEM.categories)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
@pytest.mark.parametrize("move", MOVES)
def test_moves_keep_the_meaning(move: str, shape: dict[str, int], category: str) -> None:
    memories = PROBLEM.inputs(shape, 6, seed=9)[[0, 3, 5]]
    random = Random(move)
    for selected in ({}, nothing_selected(shape)):
        graph = with_moves(shape, category, selected | MOVES[move])
        assert_outputs(shape, category, graph, memories, random_choice(random, graph))


def count(graph: Graph, *names: str) -> int:
    return sum(operation.name in names for operation in graph.operations)


WIDE = {"height": 8, "rounds": 9, "batch": 256}
RECORDS: Settings = {"record.3": "folded", "record.5": "folded", "record.7": "natural", "depth": "lean"}


def test_records_serve_two_levels_with_a_load_for_each_walker() -> None:
    selected = nothing_selected(WIDE)
    gathered = with_moves(WIDE, "values", {"select.0.1": "all", "select.0.2": "all"} | selected)
    recorded = with_moves(WIDE, "values", selected | {"select.0.1": "all", "select.0.2": "all"} | RECORDS)
    assert count(gathered, "gather") == 8 * 32  # each of 8 lanes
    assert count(recorded, "gather") == 0
    by_walkers = count(recorded, "vload") - 32 - 32  # less values and pointers
    assert 3 * 256 <= by_walkers < 3 * 256 + 80  # tables are loaded from the image once


def test_each_folded_address_is_one_multiplication() -> None:
    """Level 7 comes from a pointer, so that addresses cost three operations on each group besides its four a hash."""
    graph = with_moves(WIDE, "values", nothing_selected(WIDE) | {"select.0.1": "all", "select.0.2": "all"} | RECORDS)
    assert count(graph, "multiply_add") == 32 * (4 * 9 + 3)


def test_shallow_rounds_are_at_most_nine_cycles_apart_where_nodes_are_selected() -> None:
    shape = {"height": 1, "rounds": 40, "batch": 8}
    plain, shallow = (prepare(with_moves(shape, "values", {"depth": depth})) for depth in ("plain", "shallow"))
    assert plain.chains.critical_path > 40 * 10
    assert shallow.chains.critical_path < 40 * 8.5 + 8


def test_no_word_is_made_that_nobody_reads() -> None:
    for shape in SHAPES[2:]:
        graph = build(shape, "values", default_knobs(shape, "values"))
        read: set[int] = set()
        for operation in graph.operations:
            for implementation in operation.implementations:
                for run in implementation.runs:
                    for role, operand in zip(run.opcode.roles, run.operands, strict=True):
                        if role.is_scratch and not role.is_written:
                            read.add(operand.buffer)  # type: ignore[union-attr]
        for operation in graph.operations:
            run = operation.implementations[0].runs[0]
            if not run.opcode.writes_memory:
                assert run.operands[0].buffer in read, operation  # type: ignore[union-attr]


def test_indices_are_stored_last_where_tables_have_their_place() -> None:
    shape = {"height": 8, "rounds": 12, "batch": 256}
    graph = with_moves(shape, "values+indices", RECORDS)
    last = graph.operations[-1]
    assert last.name == "vstore"
    assert_outputs(shape, "values+indices", graph, PROBLEM.inputs(shape, 6, seed=2)[[3, 5]])
