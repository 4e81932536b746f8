"""Own opcodes in kernels, and engines of any name."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from machine.errors import GraphError, MissingOpcodeError
from machine.graph.builder import Kernel, Splat
from machine.graph.execute import execute
from machine.graph.flat import flatten
from machine.graph.operation import Graph, MemoryRange
from machine.model import Machine, load_machine, machine_from_data, machine_to_data
from problems.knobs import default_settings
from problems.loader import BUILT_IN, load_problem
from search.scheduling.policy import default_policy

SIGNAL, POCKET, TAKEHOME = load_machine("signal"), load_machine("pocket"), load_machine("takehome")
LENGTH = SIGNAL.vector_length


def with_vector(machine: Machine = SIGNAL) -> tuple[Kernel, Any]:
    """A kernel, and a vector loaded from the first words of memory."""
    kernel = Kernel(machine, 4 * machine.vector_length)
    vector = kernel.vector("v")
    kernel.load_vector(vector, kernel.constant(0), MemoryRange(0, machine.vector_length))
    return kernel, vector


def result(kernel: Kernel, vector: Any, memory: list[int], choice: int = 0) -> list[int]:
    length = kernel.machine.vector_length
    kernel.store_vector(kernel.constant(length), vector, MemoryRange(length, 2 * length))
    graph = kernel.graph()
    chosen = [min(choice, len(operation.implementations) - 1) for operation in graph.operations]
    return execute(graph, memory + [0] * (graph.memory_words - len(memory)), chosen)[length : 2 * length]


WORDS = [(-1) ** k * k % 2**32 for k in range(LENGTH)]


@pytest.mark.parametrize("choice", [0, 1])
def test_an_own_opcode_is_a_vector_slot_or_lanes(choice: int) -> None:
    kernel, v = with_vector()
    d = kernel.vector("d")
    kernel.apply("min", d, v, kernel.splat(6))
    vector, lanes = kernel.graph().operations[-1].implementations
    assert [vector.name, lanes.name] == ["perm", "scalar"]
    assert [vector.runs[0].count, lanes.runs[0].count] == [1, LENGTH]
    assert result(kernel, d, WORDS, choice) == [min(word, 6) for word in WORDS]


def test_words_and_numbers_are_operands_too() -> None:
    kernel, v = with_vector()
    d = kernel.vector("d")
    kernel.apply("clamp", d, v, kernel.constant(-3), kernel.constant(5))
    kernel.apply("rotl_n", d, d, 4)
    clamped = [max(-3, min(5, (-1) ** k * k)) % 2**32 for k in range(LENGTH)]
    assert result(kernel, d, WORDS) == [(word << 4 | word >> 28) % 2**32 for word in clamped]


def test_own_opcodes_on_single_words() -> None:
    kernel = Kernel(SIGNAL, 1)
    word = kernel.scalar("word")
    kernel.scalar_apply("max", word, kernel.constant(5), kernel.constant(7))
    kernel.scalar_apply("-", word, word, kernel.constant(8))
    kernel.store(kernel.constant(0), word, MemoryRange(0, 1))
    assert execute(kernel.graph(), [0]) == [2**32 - 1]


def test_a_kernel_may_ask_what_its_machine_has() -> None:
    kernel = Kernel(SIGNAL, 1)
    assert kernel.has("dot4")
    assert kernel.has("dot4", vector=True)
    assert not kernel.has("dot4", vector=False)
    assert not Kernel(TAKEHOME, 1).has("dot4")


@pytest.mark.parametrize(
    ("opcode", "operands", "message"),
    [
        ("mim", ("v", "v"), "no engine has 'mim': did you mean 'min'"),
        ("min", ("v",), r"min takes 2 operands \(a, b\), not 1"),
        ("min", ("v", 5), "min takes a vector, splat or word as operand b, not 5"),
        ("rotl_n", ("v", "v"), "rotl_n takes an integer as operand n, not Buffer"),
        ("clamp", ("v", "splat", "v"), "clamp takes a word as operand low, not Splat"),
        ("vload", ("v",), "vload is not applied lane by lane"),
    ],
)
def test_wrong_operands_are_told(opcode: str, operands: tuple[Any, ...], message: str) -> None:
    kernel, v = with_vector()
    given = {"v": v, "splat": Splat(kernel.constant(1))}
    with pytest.raises(GraphError, match=message):
        kernel.apply(opcode, kernel.vector("d"), *(given.get(operand, operand) for operand in operands))


def test_an_operation_on_words_takes_no_vectors() -> None:
    kernel, v = with_vector()
    with pytest.raises(GraphError, match="takes words"):
        kernel.scalar_apply("min", kernel.scalar("d"), v, v)


def test_division_by_0_in_an_own_opcode_is_caught() -> None:
    data = machine_to_data(POCKET)
    data["engines"]["compute"]["opcodes"].append("inverse")
    data["opcodes"] = {"inverse": {"operands": ["a"], "result": "1 // a"}}
    kernel, v = with_vector(machine_from_data(data, "inverse"))
    kernel.apply("inverse", v, v)
    with pytest.raises(GraphError, match="operation inverse: division by 0"):
        result(kernel, v, [1, 2, 0, 3])


# Machines that lack what others have


def test_lanes_stand_in_for_vector_slots_that_a_machine_lacks() -> None:
    kernel, v = with_vector(POCKET)
    d = kernel.vector("d")
    kernel.broadcast(d, kernel.constant(3))
    kernel.multiply_add(d, v, d, kernel.splat(1))
    kernel.select(d, v, d, kernel.splat(9))
    assert result(kernel, d, [0, 1, 2, 3]) == [9, 4, 7, 10]
    with pytest.raises(MissingOpcodeError, match="no engine has 'multiply_add'"):
        kernel.multiply_add_implementation(d, d, d, d)


# The names of engines mean nothing


def renamed(machine: Machine) -> Machine:
    data = machine_to_data(machine)
    engines = {f"e{number}": table for number, table in enumerate(data["engines"].values())}
    for engine, table in zip(machine.engines.values(), engines.values(), strict=True):
        table["vector"] = engine.has_vector_arithmetic
    return machine_from_data({**data, "engines": engines}, "renamed")


def graph_of(name: str, machine: Machine) -> Graph:
    problem = load_problem(name)
    shape = {**problem.default_shape(), **({"height": 3, "rounds": 4, "batch": 24} if name == "tree_hash" else {})}
    kernel = Kernel(machine, problem.memory_words(shape))
    category = problem.categories[0]
    problem.build(kernel, shape, category, default_settings(problem.knobs(shape, category, machine)))
    return kernel.graph()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_machine_with_other_names_of_engines_has_the_same_graphs(name: str) -> None:
    here, there = (flatten(graph_of(name, machine)) for machine in (TAKEHOME, renamed(TAKEHOME)))
    assert all(np.array_equal(getattr(here, field), getattr(there, field)) for field in here._fields)


def test_a_machine_with_other_names_of_engines_has_the_same_policy() -> None:
    here, there = default_policy(TAKEHOME), default_policy(renamed(TAKEHOME))
    assert [getattr(here, field.name) for field in fields(here)] == [
        getattr(there, field.name) for field in fields(there)
    ]
