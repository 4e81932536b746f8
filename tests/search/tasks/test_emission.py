"""Programs from decisions: what stands in which bundle, and in which order."""

from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import Decision, schedule_of
from machine.graph.flat import flatten
from machine.graph.operation import Graph, Implementation, MemoryRange
from machine.interpreter import interpret
from machine.legality import check_decision
from machine.model import Machine
from machine.program import Program
from search.analysis.prepared_graph import prepare
from search.tasks.emission import emit
from tests.machine.graph.graphs import random_choice, random_schedule
from tests.search.cases import TAKEHOME, assert_computes, machines, random_graph


def decided(graph: Graph, cycles: list[int]) -> tuple[Decision, Program]:
    """Slots at ``cycles``, and each buffer at an address of its own."""
    flat = flatten(graph)
    addresses = np.array(graph.first_words[:-1], dtype=np.int64)
    decision = Decision(schedule_of(flat, np.array(cycles, dtype=np.int64)), addresses)
    return decision, emit(graph, flat, decision)


def written_by_two_engines(first: str) -> Graph:
    """``word <- 5`` by one engine, then ``word <- 7`` by the other, then ``word`` to memory."""
    kernel = Kernel(TAKEHOME, 1)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    for number, engine in enumerate((first, "load" if first == "flow" else "flow")):
        value = 5 + 2 * number
        operands = (word, value) if engine == "load" else (word, zero, value)
        run = kernel.run(engine, "const" if engine == "load" else "add_imm", operands)
        kernel.operation("constant", [Implementation(engine, (run,))])
    kernel.store(zero, word, MemoryRange(0, 1))
    return kernel.graph()


@pytest.mark.parametrize("first", ["load", "flow"])
def test_engines_that_write_one_word_stand_in_the_order_of_the_graph(first: str) -> None:
    graph = written_by_two_engines(first)
    decision, program = decided(graph, [0, 0, 1])
    assert next(iter(program.bundles[0])) == first
    assert check_decision(graph, decision, program) == []
    assert interpret(program, [0], TAKEHOME).memory == [7]


def test_engine_orders_that_contradict_one_another_are_left_to_the_checker() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    words = kernel.scalar("first"), kernel.scalar("second")
    for word, engines in zip(words, (("load", "flow"), ("flow", "load")), strict=True):
        for engine in engines:
            operands = (word, 1) if engine == "load" else (word, zero, 2)
            run = kernel.run(engine, "const" if engine == "load" else "add_imm", operands)
            kernel.operation("constant", [Implementation(engine, (run,))])
    for word in words:
        kernel.scalar_binary("+", zero, word, zero)
    machine = kernel.machine.variant("two flows", slots={"flow": 2})
    graph = Graph(machine, 0, kernel.graph().buffers, kernel.graph().operations)
    decision, program = decided(graph, [0, 0, 0, 0, 1, 2])
    assert check_decision(graph, decision, program) != []


def test_engines_stand_in_the_machines_order_otherwise() -> None:
    kernel = Kernel(TAKEHOME, 1)
    zero, other = kernel.buffer("zero", 1, zero=True)[0], kernel.vector("other", zero=True)
    kernel.store(zero, zero, MemoryRange(0, 1))
    kernel.load_constant(kernel.scalar("constant"), 3)
    kernel.binary("+", kernel.vector("v"), other, other)
    kernel.scalar_binary("+", kernel.scalar("sum"), zero, zero)
    _, program = decided(kernel.graph(), [0, 0, -1, 0, *[-1] * 8, 0])
    assert list(program.bundles[0]) == ["alu", "valu", "load", "store"]


def test_slots_of_an_engine_stand_in_graph_order() -> None:
    kernel = Kernel(TAKEHOME, 8)
    address, source = kernel.buffer("address", 1, zero=True)[0], kernel.vector("source", zero=True)
    for _ in range(2):
        kernel.store_vector(address, source, MemoryRange(0, 8))
        kernel.store(address, source[3], MemoryRange(0, 1))
    _, program = decided(kernel.graph(), [1, 1, 3, 3])
    assert [slot[0] for slot in program.bundles[1]["store"]] == ["vstore", "store"]
    assert [slot[0] for slot in program.bundles[3]["store"]] == ["vstore", "store"]


def test_a_cycle_in_which_nothing_issues_still_costs_one() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 4})
    kernel = Kernel(machine, 1)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.store(zero, word, MemoryRange(0, 1))
    decision, program = decided(kernel.graph(), [0, 4])
    assert [sum(map(len, bundle.values())) for bundle in program.bundles] == [1, 0, 0, 0, 1]
    assert all(bundle for bundle in program.bundles)
    assert interpret(program, [9], machine).cycles == decision.schedule.length == 5


def test_a_program_ends_with_its_last_issue_though_writes_are_still_to_land() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "*"): 4})
    kernel = Kernel(machine, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    kernel.scalar_binary("*", kernel.scalar("word"), zero, zero)
    decision, program = decided(kernel.graph(), [2])
    assert len(program.bundles) == 3
    assert interpret(program, [], machine).cycles == decision.schedule.length == 6


def test_operands_are_addresses_and_immediates_stay_what_they_are() -> None:
    kernel = Kernel(TAKEHOME, 0)
    pair = kernel.buffer("pair", 2, zero=True)
    kernel.operation("add", [Implementation("flow", (kernel.run("flow", "add_imm", (pair[1], pair[0], -1)),))])
    flat = flatten(kernel.graph())
    decision = Decision(schedule_of(flat, np.zeros(1, dtype=np.int64)), np.array([100], dtype=np.int64))
    assert emit(kernel.graph(), flat, decision).bundles == ({"flow": [("add_imm", 101, 100, -1)]},)


def test_an_empty_graph_gives_an_empty_program() -> None:
    _, program = decided(Kernel(TAKEHOME, 0).graph(), [])
    assert program.bundles == ()


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_any_schedule_that_keeps_the_dependences_is_emitted_as_a_program_that_computes_the_graph(
    machine: Machine,
) -> None:
    for seed in range(12):
        random, prepared = Random(seed), prepare(random_graph(seed, machine))
        loose = random_schedule(random, prepared.flat, random_choice(random, prepared.graph), random.choice((1, 4, 20)))
        cycles = [loose.get(slot, -1) for slot in range(len(prepared.flat.slot_implementations))]
        wide = {engine.name: 1000 for engine in machine.scored_engines}
        roomy = machine.variant("roomy", slots=wide, scratch_words=100_000)
        graph = Graph(roomy, prepared.graph.memory_words, prepared.graph.buffers, prepared.graph.operations)
        decision, program = decided(graph, cycles)
        assert check_decision(graph, decision, program) == []
        assert_computes(prepare(graph), decision, program, random)
