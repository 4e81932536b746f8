"""Constants are loaded, or computed from others as the knob says; with some, vectors are combined by lanes alone."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import KernelError
from machine.graph.builder import Kernel
from machine.graph.operation import Graph, Implementation, Operand
from machine.model import Machine, load_machine, machine_from_data, machine_to_data
from machine.opcodes import ARITHMETIC
from problems.language import Array, ArrayKernel, Code, Size, choice, read, written
from problems.language.constants_of import COMPUTED, CONSTANTS, Constants
from tests.problems.kernels.running import TAKEHOME, assert_executes, build, count, default_knobs, random_choice

words = st.integers(0, 2**32 - 1) | st.integers(0, 40) | st.integers(0, 31).map(lambda bit: 1 << bit)


def computed(values: Iterable[int], machine: Machine = TAKEHOME) -> dict[Operand, list[Implementation]]:
    """By word, the ways to make the constants of a kernel."""
    kernel = Kernel(machine, 64)
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


def on_words(*opcodes: str) -> Machine:
    """A machine with these opcodes of arithmetic on words."""
    data = machine_to_data(TAKEHOME)
    data["engines"]["alu"]["opcodes"] = list(opcodes)
    return machine_from_data(data, "few")


@pytest.mark.parametrize("opcodes", [("+",), ("-", "<<"), ("*",), ("^",)])
def test_what_the_machine_cannot_compute_is_no_way(opcodes: tuple[str, ...]) -> None:
    ways = computed([3, 5, 8, 2, 15, 40, 24], on_words(*opcodes)).values()
    found = {way.runs[0].opcode.name for each in ways for way in each} & ARITHMETIC.keys()
    assert found == set(opcodes) - {"^"}
    names = default_knobs(Shifts(), {"n": 64}, on_words(*opcodes))
    assert ("constants" in names) == (opcodes != ("^",))


def test_of_many_constants_addresses_are_still_sums() -> None:
    """Further apart than any of the first constants, each a vector's length after one before it."""
    apart = TAKEHOME.vector_length
    addresses = range(10**6, 10**6 + 50 * apart, apart)
    ways = [*computed([*(3**n for n in range(100)), apart, *addresses]).values()][-49:]
    assert all(any(way.runs[0].opcode.name == "+" for way in each) for each in ways)


def test_a_choice_of_the_kernels_own_has_another_name() -> None:
    with pytest.raises(KernelError, match="choice constants has the name of a knob that there is anyway"):
        type("Mine", (Shifts,), {"constants": choice("few", "many")})


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
        for chosen in (None, random_choice(Random(by_lanes), graph)):
            assert_executes(problem, shape, graph, memories, chosen)
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
