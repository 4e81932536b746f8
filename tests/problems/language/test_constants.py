"""Constants are loaded, or computed from others as the knob says; with some, vectors are combined by lanes alone."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.graph.builder import Kernel
from machine.graph.operation import Graph, Implementation, Operand
from machine.model import load_machine
from machine.opcodes import ARITHMETIC
from problems.language import Array, ArrayKernel, Code, Size, read, written
from problems.language.constants_of import COMPUTED, CONSTANTS, Constants
from tests.problems.kernels.running import TAKEHOME, assert_executes, build, count, default_knobs, random_choice

words = st.integers(0, 2**32 - 1) | st.integers(0, 40) | st.integers(0, 31).map(lambda bit: 1 << bit)


def computed(values: list[int]) -> dict[Operand, list[Implementation]]:
    """By word, the ways to make the constants of a kernel."""
    kernel = Kernel(TAKEHOME, 64)
    Constants(kernel, {CONSTANTS: COMPUTED})
    for value in values:
        kernel.constant(value)
    graph = kernel.graph()
    ways = [operation.implementations for operation in graph.operations]
    return {_written(each[0]): list(each) for each in ways}


def _written(implementation: Implementation) -> Operand:
    (run,) = implementation.runs
    assert isinstance(run.operands[0], Operand)
    return run.operands[0]


@given(st.lists(words, max_size=40, unique=True))
def test_each_way_makes_the_same_word(values: list[int]) -> None:
    known: dict[Operand, int] = {}
    for (word, ways), value in zip(computed(values).items(), values, strict=True):
        assert _written(ways[0]) == word
        assert ways[0].runs[0].operands[-1] == value
        for way in ways:
            (run,) = way.runs
            if run.opcode.name in ARITHMETIC:
                _, a, b = run.operands
                assert isinstance(a, Operand)
                assert isinstance(b, Operand)
                assert ARITHMETIC[run.opcode.name](known[a], known[b]) == value
        known[word] = value


def test_the_shortest_chain_is_offered() -> None:
    """Of 1, 2, 3 and so on, each is the sum of two halves, and not one more than the one before it."""
    depths: dict[Operand, int] = {}
    for word, ways in computed([*range(1, 65)]).items():
        sums = [way.runs[0].operands for way in ways if way.runs[0].opcode.name in ARITHMETIC]
        depths[word] = max((1 + max(depths[a], depths[b]) for _, a, b in sums), default=0)  # type: ignore[index]
    assert max(depths.values()) <= 7


class Shifts(ArrayKernel):
    """Vectors shifted by several constants."""

    n = Size(16)
    x = read("n")
    y = written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = (x[i] >> 3) ^ (x[i] >> 5) ^ (x[i] >> 8) ^ (x[i] << 7)

    def expected(self, x: object) -> object:
        return (x >> 3) ^ (x >> 5) ^ (x >> 8) ^ (x << 7)  # type: ignore[operator]


@pytest.mark.parametrize("constants", ["loaded", "computed"])
@pytest.mark.parametrize("by_lanes", range(5))
def test_the_kernel_does_the_same_whatever_the_knobs_say(constants: str, by_lanes: int) -> None:
    problem, shape = Shifts(), {"n": 16}
    memories = problem.inputs(shape, 8, seed=1)
    for name in ("takehome", "sixteen_lanes"):
        graph = build(problem, shape, {"constants": constants, "by_lanes": by_lanes}, load_machine(name))
        for choice in (None, random_choice(Random(by_lanes), graph)):
            assert_executes(problem, shape, graph, memories, choice)
    assert count(build(problem, shape, {"by_lanes": by_lanes}), "broadcast") == 4 - by_lanes


def test_knobs_are_there_where_they_change_the_graph() -> None:
    assert {"constants", "by_lanes"} <= set(default_knobs(Shifts(), {"n": 16}))
    assert "by_lanes" not in default_knobs(Shifts(), {"n": 16}, load_machine("pocket"))


def test_addresses_are_computed_only_if_they_may_be_sums() -> None:
    problem, shape = Shifts(), {"n": 64}
    few, many = (build(problem, shape, {"addresses": addresses}) for addresses in ("loaded", "sums"))
    assert _sums(few) < _sums(many)


def _sums(graph: Graph) -> int:
    """Constants that may be computed."""
    return sum(len(each.implementations) > 2 for each in graph.operations if each.name == "constant")
