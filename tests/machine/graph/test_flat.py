"""The flat graph: lanes, versions, edges, and that its dependences are enough to keep a graph's meaning."""

from collections.abc import Callable
from itertools import product
from random import Random

import pytest

from machine.errors import GraphError
from machine.graph.builder import Kernel
from machine.graph.dependences import EdgeKind
from machine.graph.execute import execute
from machine.graph.flat import FlatGraph, edge_distance, flatten, opcode_table
from machine.graph.operation import Graph, Implementation, MemoryRange, Operand
from machine.interpreter import interpret
from machine.model import load_machine
from machine.opcodes import OPCODES
from machine.program import Program, Slot
from tests.machine.graph.graphs import GraphWriter, random_choice, random_memory, random_schedule, scheduled_program

TAKEHOME = load_machine("takehome")
RAW, WAR, WAW = EdgeKind


def slots_of(flat: FlatGraph, operation: int, implementation: int) -> list[int]:
    return list(flat.slots_of(int(flat.operation_starts[operation]) + implementation))


def reads_of(flat: FlatGraph, slot: int) -> list[int]:
    return [int(version) for version in flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]]]


def writes_of(flat: FlatGraph, slot: int) -> list[int]:
    return [int(version) for version in flat.writes[flat.write_starts[slot] : flat.write_starts[slot + 1]]]


def edges_of(flat: FlatGraph) -> list[tuple[int, int, EdgeKind]]:
    return [(a, b, EdgeKind(kind)) for a, b, kind in flat.edges.tolist()]


# Lanes and versions


def two_operations() -> FlatGraph:
    """``v <- z + z; w <- v ^ v`` on vectors: operations 0 and 1, each a valu slot or 8 alu lanes."""
    kernel = Kernel(TAKEHOME, 0)
    z, v, w = kernel.vector("z", zero=True), kernel.vector("v"), kernel.vector("w")
    kernel.binary("+", v, z, z)
    kernel.binary("^", w, v, v)
    return flatten(kernel.graph())


def test_lane_k_of_an_alu_implementation_touches_only_the_versions_of_lane_k() -> None:
    flat = two_operations()
    (whole,) = slots_of(flat, 0, 0)
    versions = writes_of(flat, whole)
    for lane, (producer, consumer) in enumerate(zip(slots_of(flat, 0, 1), slots_of(flat, 1, 1), strict=True)):
        assert writes_of(flat, producer) == [versions[lane]]
        assert reads_of(flat, consumer) == [versions[lane]] * 2


def test_every_implementation_of_an_operation_makes_the_same_versions() -> None:
    flat = two_operations()
    for operation in range(2):
        whole, lanes = slots_of(flat, operation, 0), slots_of(flat, operation, 1)
        assert writes_of(flat, whole[0]) == [version for slot in lanes for version in writes_of(flat, slot)]
        assert reads_of(flat, whole[0])[:8] == [reads_of(flat, slot)[0] for slot in lanes]


def test_versions_know_their_word_their_operation_and_the_version_they_replace() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero, word = kernel.buffer("zero", 1, zero=True), kernel.scalar("word")
    kernel.scalar_binary("+", word, zero[0], zero[0])
    kernel.scalar_binary("+", zero[0], word, word)
    kernel.scalar_binary("+", word, zero[0], word)
    flat = flatten(kernel.graph())
    assert flat.version_words.tolist() == [0, 1, 0, 1]
    assert flat.version_operations.tolist() == [-1, 0, 1, 2]
    assert flat.version_previous.tolist() == [-1, -1, 0, 1]
    assert [reads_of(flat, slot) for slot in range(3)] == [[0, 0], [1, 1], [2, 1]]
    assert [writes_of(flat, slot) for slot in range(3)] == [[1], [2], [3]]


def test_a_splat_is_one_version_that_all_lanes_read() -> None:
    kernel = Kernel(TAKEHOME, 0)
    z, v = kernel.vector("z", zero=True), kernel.vector("v")
    kernel.binary("+", v, z, kernel.splat(3))
    flat = flatten(kernel.graph())
    last = flat.operations - 1
    assert len({reads_of(flat, slot)[1] for slot in slots_of(flat, last, 1)}) == 1
    assert len(set(reads_of(flat, slots_of(flat, last, 0)[0]))) == 16


def test_arrays_describe_slots_operations_and_buffers() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "+"): 4})
    kernel = Kernel(machine, 16)
    z, v = kernel.vector("z", zero=True), kernel.vector("v")
    with kernel.at(stream=2, step=5):
        kernel.binary("+", v, z, z)
    kernel.store_vector(kernel.constant(3), v, MemoryRange(3, 11))
    graph = kernel.graph()
    flat = flatten(graph)
    opcodes = opcode_table(graph)
    engines = [engine.name for engine in machine.scored_engines]
    assert flat.operations == 3
    assert (flat.streams.tolist(), flat.steps.tolist()) == ([2, 0, 0], [5, 0, 0])
    assert [buffer.name for buffer in graph.buffers] == ["z", "v", "const 0x3", "zero"]
    assert (flat.buffer_words.tolist(), flat.buffer_zero.tolist()) == ([8, 8, 1, 1], [1, 0, 0, 1])
    assert flat.word_buffers.tolist() == [0] * 8 + [1] * 8 + [2, 3]
    add = slots_of(flat, 0, 1)
    assert {engines[engine] for engine in flat.slot_engines[add]} == {"alu"}
    assert flat.slot_latencies[add].tolist() == [4] * 8
    assert flat.slot_operands[add, 0].tolist() == list(range(8, 16))
    assert {opcodes[number] for number in flat.slot_opcodes[add]} == {OPCODES["alu", "+"]}
    (store,) = slots_of(flat, 2, 0)
    assert flat.slot_memory[store].tolist() == [3, 11]
    assert flat.slot_memory[add].tolist() == [[-1, -1]] * 8
    assert flat.slot_implementations[store] == flat.operation_starts[2]
    assert flat.implementation_operations.tolist() == [0, 0, 1, 1, 2]
    (load_constant,) = slots_of(flat, 1, 0)
    assert flat.slot_operands[load_constant].tolist()[:2] == [16, 3]


def test_an_empty_graph_is_flat() -> None:
    flat = flatten(Kernel(TAKEHOME, 0).graph())
    assert (flat.operations, len(flat.edges), len(flat.slot_opcodes)) == (0, 0, 0)


# What is refused


def test_a_word_read_before_it_is_written_is_refused() -> None:
    kernel = Kernel(TAKEHOME, 0)
    v, w = kernel.vector("v"), kernel.vector("w")
    for lane in range(7):
        kernel.load_constant(v[lane], lane)
    kernel.binary("+", w, v, v)
    with pytest.raises(GraphError, match=r"operation \+: reads a word that was never written \(buffer v\)"):
        flatten(kernel.graph())


def test_an_operation_does_not_write_what_it_reads_itself() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.scalar("word")
    kernel.scalar_binary("+", word, word, word)
    with pytest.raises(GraphError, match="never written"):
        flatten(kernel.graph())


def constants(kernel: Kernel, *words: Operand) -> Implementation:
    return Implementation("constants", tuple(kernel.run("load", "const", (word, 1)) for word in words))


def test_an_implementation_that_writes_a_word_twice_is_refused() -> None:
    kernel = Kernel(TAKEHOME, 0)
    buffer = kernel.buffer("b", 2)
    kernel.operation("twice", [constants(kernel, buffer[0], buffer[1], buffer[0])])
    with pytest.raises(GraphError, match=r"operation twice: writes a word twice \(buffer b\)"):
        flatten(kernel.graph())


def test_lanes_without_a_stride_write_a_word_twice() -> None:
    kernel = Kernel(TAKEHOME, 0)
    buffer = kernel.buffer("b", 2)
    kernel.operation("twice", [Implementation("run", (kernel.run("load", "const", (buffer[0], 1), count=2),))])
    with pytest.raises(GraphError, match="writes a word twice"):
        flatten(kernel.graph())


@pytest.mark.parametrize(
    ("first", "second"), [((0, 1), (0, 2)), ((0, 1), (0,)), ((0,), (0, 1)), ((0, 1), (2,)), ((), (0,)), ((0,), ())]
)
def test_implementations_that_write_different_words_are_refused(
    first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    kernel = Kernel(TAKEHOME, 0)
    buffer = kernel.buffer("b", 3)
    choices = [constants(kernel, *(buffer[word] for word in words)) for words in (first, second)]
    kernel.operation("differ", choices)
    with pytest.raises(GraphError, match="operation differ: has implementations that write different words"):
        flatten(kernel.graph())


def test_implementations_may_write_the_same_words_in_another_order() -> None:
    kernel = Kernel(TAKEHOME, 0)
    buffer = kernel.buffer("b", 2)
    kernel.operation("same", [constants(kernel, buffer[0], buffer[1]), constants(kernel, buffer[1], buffer[0])])
    flat = flatten(kernel.graph())
    assert [writes_of(flat, slot) for slot in range(4)] == [[0], [1], [1], [0]]


# Order within an operation


def test_a_lane_that_overwrites_what_another_lane_reads_comes_after_it() -> None:
    kernel = Kernel(TAKEHOME, 0)
    long = kernel.buffer("long", 9, zero=True)
    kernel.binary("+", long[1], long[0], long[0])
    flat = flatten(kernel.graph())
    lanes = slots_of(flat, 0, 1)
    expected = [(lanes[k + 1], lanes[k], WAR) for k in range(7)]
    assert sorted(set(edges_of(flat))) == expected


def test_lanes_that_overwrite_what_they_read_themselves_have_no_order() -> None:
    kernel = Kernel(TAKEHOME, 0)
    v = kernel.vector("v", zero=True)
    kernel.binary("+", v, v, v)
    assert edges_of(flatten(kernel.graph())) == []


# Order through memory

Access = Callable[[Kernel, Operand, int, int], None]


def load(kernel: Kernel, word: Operand, start: int, stop: int) -> None:
    kernel.load(word, word, MemoryRange(start, stop))


def store(kernel: Kernel, word: Operand, start: int, stop: int) -> None:
    kernel.store(word, word, MemoryRange(start, stop))


@pytest.mark.parametrize(
    ("first", "second", "kind"), [(store, load, RAW), (load, store, WAR), (store, store, WAW), (load, load, None)]
)
@pytest.mark.parametrize(
    ("start", "stop", "overlap"), [(0, 8, True), (9, 10, True), (0, 5, True), (10, 20, False), (0, 4, False)]
)
def test_accesses_are_ordered_where_their_ranges_overlap(
    first: Access, second: Access, kind: EdgeKind | None, start: int, stop: int, overlap: bool
) -> None:
    kernel = Kernel(TAKEHOME, 32)
    words = [kernel.buffer("w", 1, zero=True)[0] for _ in range(2)]
    first(kernel, words[0], 4, 10)
    second(kernel, words[1], start, stop)
    found = edges_of(flatten(kernel.graph()))
    assert found == ([(0, 1, kind)] if overlap and kind is not None else [])


def test_order_holds_across_accesses_in_between() -> None:
    """The same words are a tree first and a table later; a wide range ties them together."""
    kernel = Kernel(TAKEHOME, 32)
    w = [kernel.buffer("w", 1, zero=True)[0] for _ in range(4)]
    load(kernel, w[0], 0, 8)
    store(kernel, w[1], 0, 8)
    load(kernel, w[2], 4, 5)
    store(kernel, w[3], 7, 8)
    assert edges_of(flatten(kernel.graph())) == [(0, 1, WAR), (0, 3, WAR), (1, 2, RAW), (1, 3, WAW)]


def test_an_operation_reads_memory_before_it_writes_it_and_writes_in_list_order() -> None:
    kernel = Kernel(TAKEHOME, 4)
    a, b = (kernel.buffer(name, 1, zero=True)[0] for name in "ab")
    memory = MemoryRange(0, 2)
    runs = (
        kernel.run("store", "store", (a, a), memory=memory),
        kernel.run("load", "load", (b, a), memory=memory),
        kernel.run("store", "store", (a, a), memory=MemoryRange(1, 4)),
    )
    kernel.operation("exchange", [Implementation("only", runs)])
    assert set(edges_of(flatten(kernel.graph()))) == {(1, 0, WAR), (1, 2, WAR), (0, 2, WAW)}


def test_slots_of_different_implementations_have_no_order() -> None:
    kernel = Kernel(TAKEHOME, 4)
    a = kernel.buffer("a", 1, zero=True)[0]
    run = kernel.run("store", "store", (a, a), memory=MemoryRange(0, 2))
    kernel.operation("either", [Implementation("one", (run,)), Implementation("other", (run,))])
    assert edges_of(flatten(kernel.graph())) == []


def test_a_gather_is_ordered_lane_by_lane_where_its_range_moves() -> None:
    kernel = Kernel(TAKEHOME, 16)
    v, w = kernel.vector("v", zero=True), kernel.buffer("w", 1, zero=True)
    kernel.store(w[0], w[0], MemoryRange(3, 4))
    run = kernel.run("load", "load", (kernel.lanes(v), kernel.lanes(v)), 8, MemoryRange(0, 1, 1))
    kernel.operation("strided", [Implementation("only", (run,))])
    assert [edge for edge in edges_of(flatten(kernel.graph())) if edge[2] is RAW] == [(0, 4, RAW)]


def test_there_may_be_more_edges_than_first_expected() -> None:
    kernel = Kernel(TAKEHOME, 4)
    w = kernel.buffer("w", 1, zero=True)[0]
    stores = 120
    for _ in range(stores):
        store(kernel, w, 0, 4)
    assert len(edges_of(flatten(kernel.graph()))) == stores * (stores - 1) // 2


# Distances


@pytest.mark.parametrize(("latency", "next_latency"), list(product(range(1, 6), repeat=2)))
def test_distances_are_the_least_that_keep_the_order_of_two_slots(latency: int, next_latency: int) -> None:
    """Two slots at every distance, run by the interpreter: right from ``edge_distance`` on, wrong one cycle before."""
    slow = {("load", "const"): latency, ("alu", "+"): next_latency, ("load", "load"): next_latency}
    machine = TAKEHOME.variant("slow", latencies=slow, slots={"load": 2})
    cases: dict[EdgeKind, tuple[tuple[str, Slot], tuple[str, Slot], int, int]] = {
        RAW: (("load", ("const", 0, 7)), ("alu", ("+", 5, 0, 1)), 5, 7),
        WAR: (("alu", ("-", 5, 2, 1)), ("alu", ("+", 2, 1, 1)), 5, 3),
        WAW: (("load", ("const", 0, 7)), ("alu", ("+", 0, 2, 1)), 0, 3),
    }
    idle: dict[str, list[Slot]] = {"flow": []}
    start: list[dict[str, list[Slot]]] = [{"load": [("const", 2, 3)]}, *[idle] * 20]
    for kind, (first, second, word, expected) in cases.items():
        own_latency = 1 if kind is WAR else latency
        least = edge_distance(kind, own_latency, next_latency)
        for distance in range(least - 1, least + 3):
            bundles: list[dict[str, list[Slot]]] = [{"flow": []} for _ in range(30)]
            for cycle, (engine, slot) in ((10, first), (10 + distance, second)):
                bundles[cycle].setdefault(engine, []).append(slot)
            found = interpret(Program((*start, *bundles)), [], machine).scratch[word]
            assert (found == expected) == (distance >= least), (kind, distance)


@pytest.mark.parametrize(("latency", "next_latency"), list(product(range(1, 6), repeat=2)))
def test_distances_as_specified(latency: int, next_latency: int) -> None:
    assert edge_distance(RAW, latency, next_latency) == latency
    assert edge_distance(WAR, latency, next_latency) == 1 - next_latency
    lands_no_earlier = latency - next_latency
    expected = lands_no_earlier + (lands_no_earlier < 0)
    assert edge_distance(WAW, latency, next_latency) == expected


# The dependences are enough

SPREAD = {(engine, name): 1 + position % 5 for position, (engine, name) in enumerate(OPCODES)}
ROOMY = {"alu": 1000, "valu": 1000, "load": 1000, "store": 1000, "flow": 1000}
MACHINES = (
    TAKEHOME.variant("roomy", slots=ROOMY),
    TAKEHOME.variant("slow", slots=ROOMY, latencies=SPREAD, scratch_words=3000),
    TAKEHOME.variant("narrow", slots=ROOMY, vector_length=3, latencies={("alu", "+"): 3, ("store", "store"): 2}),
)


def random_graph(random: Random, number: int) -> Graph:
    return GraphWriter(random, MACHINES[number % len(MACHINES)]).graph(operations=random.randint(3, 18))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
def test_any_schedule_that_keeps_the_dependences_keeps_the_meaning(chunk: int) -> None:
    for number in range(chunk * 60, (chunk + 1) * 60):
        random = Random(number)
        graph = random_graph(random, number)
        flat = flatten(graph)
        choice = random_choice(random, graph)
        memory = random_memory(random)
        expected = execute(graph, memory, choice)
        for spread in (1, 6, 60):
            program = scheduled_program(graph, flat, random_schedule(random, flat, choice, spread))
            found = interpret(program, memory, graph.machine)
            assert (found.fault, found.memory) == (None, expected), f"graph {number}, spread {spread}"


def means_the_same(number: int, *, ignored: EdgeKind | None = None, through_memory: bool = True) -> bool:
    random = Random(number)
    graph = random_graph(random, number)
    flat = flatten(graph)
    used = flat if through_memory else flat._replace(edges=flat.edges[:0])
    choice, memory = random_choice(random, graph), random_memory(random)
    program = scheduled_program(graph, flat, random_schedule(random, used, choice, 6, ignored))
    return interpret(program, memory, graph.machine).memory == execute(graph, memory, choice)


@pytest.mark.slow
@pytest.mark.parametrize("ignored", EdgeKind)
def test_every_kind_of_dependence_is_needed(ignored: EdgeKind) -> None:
    assert not all(means_the_same(number, ignored=ignored) for number in range(60))


@pytest.mark.slow
def test_the_order_through_memory_is_needed() -> None:
    assert not all(means_the_same(number, through_memory=False) for number in range(60))


@pytest.mark.slow
def test_all_implementations_mean_the_same() -> None:
    for number in range(200):
        random = Random(number)
        graph = random_graph(random, number)
        memory = random_memory(random)
        first = execute(graph, memory)
        assert all(execute(graph, memory, random_choice(random, graph)) == first for _ in range(3))
