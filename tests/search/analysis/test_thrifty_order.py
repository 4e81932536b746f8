"""Thrifty orders: they keep every dependence, mean the same, and hold few words at a time."""

from functools import cache
from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.flat import flatten
from machine.graph.operation import Graph, MemoryRange, Operand, Operation
from machine.model import Machine
from search.analysis.precedences import operation_order
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.analysis.rearrangement import all_implementations, rearrange
from search.analysis.relations import find_relations
from search.analysis.thrifty_order import thrifty_order
from tests.machine.graph.graphs import random_choice, random_memory
from tests.search.cases import TAKEHOME, machines, needed_words, random_graph, random_prepared

Cells = set[tuple[str, int, int]]
"""Words that an operation touches: ("buffer", number, offset) or ("memory", 0, address)."""


def cells_of(operation: Operation, machine: Machine) -> tuple[Cells, Cells]:
    """What any implementation of the operation may read, and what it may write."""
    reads: Cells = set()
    writes: Cells = set()
    for implementation in operation.implementations:
        for run in implementation.runs:
            for lane in range(run.count):
                for role, operand in zip(run.opcode.roles, run.operands, strict=True):
                    if isinstance(operand, Operand):
                        first = operand.offset + lane * operand.stride
                        words = range(first, first + (machine.vector_length if role.is_vector else 1))
                        (writes if role.is_written else reads).update(("buffer", operand.buffer, w) for w in words)
                if run.memory is not None:
                    shift = lane * run.memory.stride
                    addresses = range(run.memory.start + shift, run.memory.stop + shift)
                    (writes if run.opcode.writes_memory else reads).update(("memory", 0, a) for a in addresses)
    return reads, writes


def conflicts(graph: Graph) -> set[tuple[int, int]]:
    """Pairs of operations that touch one word which at least one of them writes: all that an order has to keep."""
    cells = [cells_of(operation, graph.machine) for operation in graph.operations]
    return {
        (a, b)
        for b, (reads, writes) in enumerate(cells)
        for a, (reads_before, writes_before) in enumerate(cells[:b])
        if writes_before & (reads | writes) or reads_before & writes
    }


def peak_of(graph: Graph, order: list[int]) -> int:
    """The most words in buffers that are in use, from the first operation on each (or the start) to the last."""
    place = {number: position for position, number in enumerate(order)}
    live = [0] * len(order)
    for buffer in graph.buffers:
        users = [
            place[number]
            for number, operation in enumerate(graph.operations)
            if any(cell[:2] == ("buffer", buffer.number) for cell in set().union(*cells_of(operation, graph.machine)))
        ]
        if users:
            for position in range(0 if buffer.zero else min(users), max(users) + 1):
                live[position] += buffer.words
    return max(live, default=0)


@cache
def order_of(prepared_seed: int, machine: Machine, operations: int | None = None) -> list[int]:
    prepared = random_prepared(prepared_seed, machine, operations)
    return thrifty_order(prepared.flat, prepared.relations).tolist()


def thrifty_words(prepared: PreparedGraph) -> int:
    """The words that a graph needs when its operations run one by one in thrifty order."""
    order = thrifty_order(prepared.flat, prepared.relations)
    form = rearrange(prepared.graph, prepared.flat, order, all_implementations(prepared.graph))
    return needed_words(prepare(form.graph))


# What an order keeps


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_operations_that_touch_one_word_keep_their_order_if_one_of_them_writes(machine: Machine) -> None:
    moved = 0
    for seed in range(12):
        graph, order = random_prepared(seed, machine).graph, order_of(seed, machine)
        assert sorted(order) == list(range(len(graph.operations)))
        place = {number: position for position, number in enumerate(order)}
        assert [(a, b) for a, b in conflicts(graph) if place[a] > place[b]] == []
        moved += order != sorted(order)
    assert moved > 6


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_a_graph_in_thrifty_order_computes_the_same(machine: Machine) -> None:
    for seed in range(12):
        random, prepared = Random(seed), random_prepared(seed, machine)
        order = order_of(seed, machine)
        graph = prepared.graph
        form = rearrange(graph, prepared.flat, np.array(order, dtype=np.int64), all_implementations(graph))
        choice, memory = random_choice(random, graph), random_memory(random)
        assert execute(form.graph, memory, [choice[number] for number in order]) == execute(graph, memory, choice)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_operations_says_all_that_conflicts_say_and_nothing_else(seed: int) -> None:
    """A conflict may be kept by way of operations between, as where a word is written three times."""
    prepared = random_prepared(seed, machines()[seed % len(machines())])
    found, expected = operation_order(prepared.flat, prepared.precedences).tolist(), conflicts(prepared.graph)
    assert {(a, b) for a, b in found} <= expected
    after: dict[int, set[int]] = {number: set() for number in range(prepared.flat.operations)}
    for a, b in sorted(found, reverse=True):
        after[a] |= {b} | after[b]
    assert {(a, b) for a, b in expected if b not in after[a]} == set()


@pytest.mark.parametrize("effects", ["load store", "store load", "store store"])
def test_memory_that_two_operations_touch_keeps_their_order(effects: str) -> None:
    kernel = Kernel(TAKEHOME, 4)
    address, memory = kernel.buffer("address", 1, zero=True)[0], MemoryRange(0, 2)
    for effect in effects.split():
        if effect == "load":
            kernel.load(kernel.scalar("word"), address, memory)
        else:
            kernel.store(address, address, memory)
    prepared = prepare(kernel.graph())
    assert operation_order(prepared.flat, prepared.precedences).tolist() == [[0, 1]]


def test_loads_of_one_word_of_memory_may_change_places() -> None:
    kernel = Kernel(TAKEHOME, 4)
    address = kernel.buffer("address", 1, zero=True)[0]
    for _ in range(2):
        kernel.load(kernel.scalar("word"), address, MemoryRange(0, 2))
    prepared = prepare(kernel.graph())
    assert operation_order(prepared.flat, prepared.precedences).tolist() == []


# How few words it needs


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_peak_is_that_of_the_graph_in_that_order_and_never_above_its_own(machine: Machine) -> None:
    lower = 0
    for seed in range(12):
        prepared, order = random_prepared(seed, machine), order_of(seed, machine)
        needed = thrifty_words(prepared)
        assert needed == peak_of(prepared.graph, order) <= needed_words(prepared)
        lower += needed < needed_words(prepared)
    assert lower > 4


def least_peak(graph: Graph) -> int:
    """The least peak of any order, by trying every set of operations as those that come first."""
    count = len(graph.operations)
    before = [0] * count
    for a, b in conflicts(graph):
        before[b] |= 1 << a
    uses = []
    for buffer in graph.buffers:
        touched = [set().union(*cells_of(operation, graph.machine)) for operation in graph.operations]
        users = sum(1 << n for n, cells in enumerate(touched) if any(c[:2] == ("buffer", buffer.number) for c in cells))
        uses.append((users, buffer.words, buffer.zero))
    least = {0: 0}
    for done in range(1 << count):
        if done not in least:
            continue
        for number in range(count):
            if done >> number & 1 or before[number] & ~done:
                continue
            now = done | 1 << number
            live = sum(words for users, words, zero in uses if users & ~done and (users & now or (zero and users)))
            least[now] = min(least.get(now, live + least[done]), max(least[done], live))
    return least[(1 << count) - 1]


def small_graph(seed: int) -> Graph:
    """Up to ten operations on buffers of one to four words, some written again."""
    random, kernel = Random(seed), Kernel(TAKEHOME, 0)
    buffers = [kernel.buffer("zero", 1, zero=True)]
    for number in range(random.randint(4, 10)):
        a, b = random.choice(buffers[-3:]), random.choice(buffers)
        if number and random.random() < 0.2:
            target = random.choice(buffers)
        else:
            target = kernel.buffer(f"b{number}", random.randint(1, 4))
            buffers.append(target)
        kernel.scalar_binary("+", target[0], a[0], b[0])
    return kernel.graph()


@pytest.mark.parametrize("seed", range(60))
def test_no_order_of_a_small_graph_needs_fewer_words(seed: int) -> None:
    graph = small_graph(seed)
    prepared = prepare(graph)
    assert thrifty_words(prepared) == least_peak(graph)


def sums_of_pairs(pairs: int) -> Kernel:
    """All constants are loaded before the first of them is used: in order they are all live at once."""
    kernel = Kernel(TAKEHOME, 0)
    total = kernel.buffer("total", 1, zero=True)[0]
    constants = [kernel.constant(100 + number) for number in range(2 * pairs)]
    for first, second in zip(constants[::2], constants[1::2], strict=True):
        product = kernel.scalar("product")
        kernel.scalar_binary("*", product, first, second)
        kernel.scalar_binary("+", total, total, product)
    return kernel


@pytest.mark.parametrize("pairs", [2, 10, 1500])
def test_constants_are_loaded_just_before_they_are_used(pairs: int) -> None:
    """A total, the zero of flow's constants, two factors and their product; however many there are of them."""
    prepared = prepare(sums_of_pairs(pairs).graph())
    assert needed_words(prepared) == 2 * pairs + 2
    assert thrifty_words(prepared) == 5


def test_streams_that_the_graph_takes_side_by_side_run_one_after_the_other() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)
    values = [kernel.buffer(f"value {number}", 8) for number in range(6)]
    for opcode in "+-*^":
        for number, value in enumerate(values):
            with kernel.at(stream=number):
                source = zero[0] if opcode == "+" else value[0]
                kernel.scalar_binary(opcode, value[0], source, zero[0])
    prepared = prepare(kernel.graph())
    assert needed_words(prepared) == 6 * 8 + 1
    assert thrifty_words(prepared) == 8 + 1


def test_the_order_is_the_same_again() -> None:
    for seed in range(4):
        graph = random_graph(seed, TAKEHOME, 60)
        orders = []
        for _ in range(2):
            flat = flatten(graph)
            orders.append(thrifty_order(flat, find_relations(flat)).tolist())
        assert orders[0] == orders[1]


def test_a_graph_without_operations_has_an_order() -> None:
    prepared: PreparedGraph = prepare(Kernel(TAKEHOME, 0).graph())
    assert thrifty_order(prepared.flat, prepared.relations).tolist() == []
