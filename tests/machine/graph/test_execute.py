"""The meaning of a graph: operations one after the other, each reading everything before it writes."""

from collections.abc import Callable

import pytest

from machine.errors import GraphError
from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Implementation, MemoryRange, Operand
from machine.model import load_machine

TAKEHOME = load_machine("takehome")
WHOLE = MemoryRange(0, 32)


def kernel_with_vector(words: int = 32) -> tuple[Kernel, Operand]:
    """A kernel, and a vector that holds memory words 0 to 7."""
    kernel = Kernel(TAKEHOME, words)
    vector = kernel.vector("v")
    kernel.load_vector(vector, kernel.constant(0), MemoryRange(0, 8))
    return kernel, vector[0]


def output(kernel: Kernel, vector: Operand, memory: list[int], choice: int = 0) -> list[int]:
    """What ``vector`` holds at the end, running implementation ``choice`` of operations that have one."""
    kernel.store_vector(kernel.constant(8), vector, MemoryRange(8, 16))
    graph = kernel.graph()
    chosen = [min(choice, len(operation.implementations) - 1) for operation in graph.operations]
    return execute(graph, memory, chosen)[8:16]


MEMORY = [3, 1, 4, 1, 5, 9, 2, 6] + [0] * 24


@pytest.mark.parametrize("choice", [0, 1])
def test_operations_run_in_their_order(choice: int) -> None:
    kernel, v = kernel_with_vector()
    kernel.binary("+", v, v, v)
    kernel.binary("+", v, v, kernel.splat(1))
    assert output(kernel, v, MEMORY, choice) == [7, 3, 9, 3, 11, 19, 5, 13]


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("shift", [-1, 1, 3])
def test_an_operation_reads_all_its_operands_before_it_writes_however_its_lanes_are_spread(
    shift: int, choice: int
) -> None:
    kernel = Kernel(TAKEHOME, 32)
    long = kernel.buffer("long", 16, zero=True)
    kernel.load_vector(long[4], kernel.constant(0), MemoryRange(0, 8))
    kernel.binary("+", long[4 + shift], long[4], long[4])
    assert output(kernel, long[4 + shift], MEMORY, choice) == [2 * word for word in MEMORY[:8]]


def test_a_select_takes_a_where_the_condition_is_not_0() -> None:
    kernel, v = kernel_with_vector()
    d = kernel.vector("d")
    kernel.select(d, v, kernel.splat(7), kernel.splat(9))
    assert output(kernel, d[0], [5, 0, 1, 0, 2**31, 0, 0, 1] + [0] * 24) == [7, 9, 7, 9, 7, 9, 9, 7]


def test_multiply_add_and_broadcast_and_constants_wrap() -> None:
    kernel, v = kernel_with_vector()
    d = kernel.vector("d")
    kernel.multiply_add(d, v, kernel.splat(2**31), kernel.splat(-1))
    odd, even = 2**31 - 1, 2**32 - 1
    expected = [odd, odd, even, odd, odd, odd, even, even]
    assert output(kernel, d[0], MEMORY, choice=0) == expected
    kernel, v = kernel_with_vector()
    d = kernel.vector("d")
    kernel.multiply_add(d, v, kernel.splat(2**31), kernel.splat(-1))
    assert output(kernel, d[0], MEMORY, choice=1) == expected


def test_a_gather_reads_each_lane_where_its_address_says() -> None:
    kernel, v = kernel_with_vector()
    d = kernel.vector("d")
    kernel.gather(d, v, MemoryRange(0, 10))
    assert output(kernel, d[0], MEMORY) == [MEMORY[address] for address in MEMORY[:8]]


def test_stores_and_loads_of_single_words() -> None:
    kernel = Kernel(TAKEHOME, 4)
    word, total = kernel.scalar("word"), kernel.scalar("total")
    kernel.load(word, kernel.constant(1), MemoryRange(1, 2))
    kernel.scalar_binary("*", total, word, word)
    kernel.store(kernel.constant(3), total, MemoryRange(3, 4))
    assert execute(kernel.graph(), [0, 9, 0, 0]) == [0, 9, 0, 81]


def test_a_load_sees_the_store_before_it() -> None:
    kernel = Kernel(TAKEHOME, 4)
    word = kernel.scalar("word")
    kernel.store(kernel.constant(1), kernel.constant(7), MemoryRange(1, 2))
    kernel.load(word, kernel.constant(1), MemoryRange(0, 4))
    kernel.store(kernel.constant(0), word, MemoryRange(0, 1))
    assert execute(kernel.graph(), [0, 0, 0, 0]) == [7, 7, 0, 0]


def test_core_id_is_0() -> None:
    kernel = Kernel(TAKEHOME, 1)
    word = kernel.scalar("word")
    kernel.operation("coreid", [Implementation("flow", (kernel.run("flow", "coreid", (word,)),))])
    kernel.store(kernel.constant(0), word, MemoryRange(0, 1))
    assert execute(kernel.graph(), [5]) == [0]


def test_the_memory_given_is_not_modified() -> None:
    kernel = Kernel(TAKEHOME, 1)
    kernel.store(kernel.constant(0), kernel.constant(7), MemoryRange(0, 1))
    memory = [5]
    assert execute(kernel.graph(), memory) == [7]
    assert memory == [5]


def test_an_operation_may_be_left_out() -> None:
    kernel = Kernel(TAKEHOME, 1)
    address, word = kernel.constant(0), kernel.constant(7)
    kernel.store(address, word, MemoryRange(0, 1))
    assert execute(kernel.graph(), [5], [0, 0, 0]) == [7]
    assert execute(kernel.graph(), [5], [-1, -1, -1]) == [5]
    with pytest.raises(GraphError, match="never written"):
        execute(kernel.graph(), [5], [0, -1, 0])


# What a graph promises is checked


def test_zero_buffers_may_be_read_before_they_are_written() -> None:
    kernel = Kernel(TAKEHOME, 32)
    assert output(kernel, kernel.vector("zeros", zero=True)[0], [1] * 32) == [0] * 8


def test_other_buffers_may_not() -> None:
    kernel = Kernel(TAKEHOME, 32)
    with pytest.raises(GraphError, match="operation vstore: reads a word of v that was never written"):
        output(kernel, kernel.vector("v")[0], [1] * 32)


def test_one_unwritten_lane_is_enough() -> None:
    kernel = Kernel(TAKEHOME, 32)
    vector = kernel.vector("v")
    for lane in range(7):
        kernel.load_constant(vector[lane], lane)
    with pytest.raises(GraphError, match="never written"):
        output(kernel, vector[0], [1] * 32)


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (6, 32)])
def test_an_address_outside_its_range_is_caught(start: int, stop: int) -> None:
    emits: list[Callable[[Kernel, Operand], None]] = [
        lambda kernel, address: kernel.load(kernel.scalar("d"), address, MemoryRange(start, stop)),
        lambda kernel, address: kernel.store(address, address, MemoryRange(start, stop)),
    ]
    for emit in emits:
        kernel = Kernel(TAKEHOME, 32)
        emit(kernel, kernel.constant(5))
        with pytest.raises(GraphError, match=rf"address 5 is not in its range {start}\.\.{stop - 1}"):
            execute(kernel.graph(), [0] * 32)


def test_every_word_of_a_vector_access_must_lie_in_its_range() -> None:
    kernel = Kernel(TAKEHOME, 32)
    kernel.load_vector(kernel.vector("v"), kernel.constant(5), MemoryRange(4, 12))
    with pytest.raises(GraphError, match="address 5"):
        execute(kernel.graph(), [0] * 32)


def test_ranges_with_a_stride_move_from_slot_to_slot() -> None:
    def graph_reading_from(address: int) -> Kernel:
        kernel = Kernel(TAKEHOME, 32)
        addresses = kernel.vector("addresses")
        for lane in range(8):
            kernel.load_constant(addresses[lane], address + 2 * lane)
        d = kernel.vector("d")
        operands = (kernel.lanes(d), kernel.lanes(addresses))
        run = kernel.run("load", "load", operands, 8, MemoryRange(3, 4, 2))
        kernel.operation("strided", [Implementation("load", (run,))])
        kernel.store_vector(kernel.constant(0), d, MemoryRange(0, 8))
        return kernel

    assert execute(graph_reading_from(3).graph(), list(range(32)))[:8] == [3, 5, 7, 9, 11, 13, 15, 17]
    with pytest.raises(GraphError, match=r"address 4 is not in its range 3\.\.3"):
        execute(graph_reading_from(4).graph(), list(range(32)))


@pytest.mark.parametrize("word", [2, 2**32 - 1])
def test_the_condition_of_an_implementation_is_checked_where_that_is_the_one_run(word: int) -> None:
    kernel, v = kernel_with_vector()
    d = kernel.vector("d")
    product = kernel.multiply_add_implementation(d, v, kernel.splat(4), kernel.splat(5))
    kernel.select(d, v, kernel.splat(9), kernel.splat(5), [Implementation(product.name, product.runs, ((v, 8),))])
    bits = [1, 0, 1, 1, 0, 0, 1, 0]
    memory = [*bits, *[0] * 24]
    assert output(kernel, d[0], memory, 0) == output(kernel, d[0], memory, 1) == [9 if bit else 5 for bit in bits]
    memory[7] = word
    assert output(kernel, d[0], memory, 0)[7] == 9
    with pytest.raises(GraphError, match="implementation multiply_add needs v to be 0 or 1"):
        output(kernel, d[0], memory, 1)


@pytest.mark.parametrize("opcode", ["//", "cdiv", "%"])
def test_division_by_0_is_caught(opcode: str) -> None:
    kernel = Kernel(TAKEHOME, 0)
    kernel.scalar_binary(opcode, kernel.scalar("d"), kernel.constant(1), kernel.constant(0))
    with pytest.raises(GraphError, match="division by 0"):
        execute(kernel.graph(), [])


@pytest.mark.parametrize("words", [0, 31, 33])
def test_the_memory_must_be_of_the_size_the_graph_was_built_for(words: int) -> None:
    with pytest.raises(GraphError, match="32 words"):
        execute(Kernel(TAKEHOME, 32).graph(), [0] * words)
