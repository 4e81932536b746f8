from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from machine.errors import GraphError, MissingOpcodeError
from machine.graph.builder import BinaryEngines, Kernel, Splat
from machine.graph.execute import execute
from machine.graph.operation import Implementation, MemoryRange, Operand, SlotRun
from machine.model import Machine, load_machine
from machine.opcodes import OPCODES

TAKEHOME = load_machine("takehome")


def new_kernel(machine: Machine = TAKEHOME, memory_words: int = 32) -> Kernel:
    return Kernel(machine, memory_words)


def without(*keys: tuple[str, str]) -> Machine:
    """The takehome machine without some opcodes."""
    engines = {}
    for engine in TAKEHOME.engines.values():
        left = {name: opcode for name, opcode in engine.opcodes.items() if (engine.name, name) not in keys}
        engines[engine.name] = replace(engine, opcodes=left)
    return replace(TAKEHOME, engines=engines)


def names(kernel: Kernel) -> list[str]:
    return [operation.name for operation in kernel.graph().operations]


def implementations(kernel: Kernel) -> list[str]:
    return [implementation.name for implementation in kernel.graph().operations[-1].implementations]


# Constants and splats


def test_a_constant_is_loaded_once() -> None:
    kernel = new_kernel()
    assert kernel.constant(5) == kernel.constant(5) == kernel.constant(5 + 2**32)
    assert kernel.constant(-1) == kernel.constant(2**32 - 1) != kernel.constant(5)
    assert names(kernel) == ["constant", "constant"]


def test_a_constant_may_be_loaded_or_added_to_a_zero() -> None:
    kernel = new_kernel()
    kernel.constant(5)
    assert implementations(kernel) == ["load", "flow"]


def test_a_constant_uses_what_the_machine_offers() -> None:
    kernel = new_kernel(without(("load", "const")))
    kernel.constant(5)
    assert implementations(kernel) == ["flow"]
    with pytest.raises(GraphError, match="no implementation"):
        new_kernel(without(("load", "const"), ("flow", "add_imm"))).constant(5)


def test_a_splat_is_broadcast_on_first_need_only() -> None:
    kernel = new_kernel()
    splat, d = kernel.splat(5), kernel.vector("d")
    assert kernel.lanes(splat) == kernel.constant(5)
    assert names(kernel) == ["constant"]
    assert kernel.whole(splat) == kernel.whole(splat)
    kernel.binary("+", d, splat, splat)
    assert names(kernel) == ["constant", "broadcast", "+"]


def test_a_splat_of_a_word_written_again_is_broadcast_again() -> None:
    kernel = new_kernel(memory_words=16)
    word, d, e = kernel.scalar("word"), kernel.vector("d"), kernel.vector("e")
    zero = kernel.vector("zeros", zero=True)
    for vector, value in ((d, 3), (e, 4)):
        kernel.load_constant(word, value)
        kernel.binary("+", vector, zero, Splat(word))
    kernel.store_vector(kernel.constant(0), d, MemoryRange(0, 8))
    kernel.store_vector(kernel.constant(8), e, MemoryRange(8, 16))
    graph = kernel.graph()
    last = [len(operation.implementations) - 1 for operation in graph.operations]
    for choice in (None, last):
        assert execute(graph, [0] * 16, choice) == [3] * 8 + [4] * 8


# Vector operands


def test_a_vector_may_lie_inside_a_longer_buffer() -> None:
    kernel = new_kernel()
    long = kernel.buffer("long", 20, zero=True)
    assert kernel.whole(long[5]) == Operand(long.number, 5)
    assert kernel.lanes(long[5]) == Operand(long.number, 5, 1)
    kernel.binary("+", long[12], long[0], long[5])
    with pytest.raises(GraphError, match="leaves buffer long"):
        kernel.binary("+", long[13], long[0], long[5])


def test_vectors_have_the_length_of_the_machine() -> None:
    assert new_kernel(TAKEHOME.variant("v", vector_length=5)).vector("v").words == 5


# Which implementations an operation has


def test_a_binary_operation_is_one_valu_slot_or_a_lane_slot_each() -> None:
    kernel = new_kernel()
    d, a = kernel.vector("d"), kernel.vector("a", zero=True)
    kernel.binary("+", d, a, a)
    valu, alu = kernel.graph().operations[-1].implementations
    assert [run.count for run in (*valu.runs, *alu.runs)] == [1, 8]


def test_a_binary_operation_may_be_kept_on_valu_where_the_machine_has_it_there() -> None:
    for machine, expected in ((TAKEHOME, ["valu"]), (without(("valu", "+")), ["alu"])):
        kernel = new_kernel(machine)
        d, a = kernel.vector("d"), kernel.vector("a", zero=True)
        kernel.binary("+", d, a, a, engines=BinaryEngines.VALU)
        assert implementations(kernel) == expected


def test_a_binary_operation_on_no_engine_is_refused() -> None:
    kernel = new_kernel(without(("valu", "+"), ("alu", "+")))
    d, a = kernel.vector("d"), kernel.vector("a", zero=True)
    with pytest.raises(GraphError, match="no implementation"):
        kernel.binary("+", d, a, a)


def test_an_opcode_the_machine_lacks_is_refused() -> None:
    kernel = new_kernel(without(("valu", "multiply_add")))
    d, a = kernel.vector("d"), kernel.vector("a", zero=True)
    with pytest.raises(MissingOpcodeError, match="machine takehome: no engine has 'multiply_add'"):
        kernel.multiply_add_implementation(d, a, a, a)


def test_a_gather_is_a_load_slot_each_lane() -> None:
    kernel = new_kernel()
    d, a = kernel.vector("d"), kernel.vector("a", zero=True)
    kernel.gather(d, a, MemoryRange(0, 8))
    (run,) = kernel.graph().operations[-1].implementations[0].runs
    assert (run.opcode.name, run.count) == ("load", 8)


# Streams and steps


def test_operations_know_where_in_the_kernel_they_stand() -> None:
    kernel = new_kernel()
    kernel.constant(1)
    with kernel.at(stream=3, step=7):
        kernel.constant(2)
        with kernel.at(stream=4):
            kernel.constant(3)
        kernel.constant(4)
    kernel.constant(5)
    places = [(operation.stream, operation.step) for operation in kernel.graph().operations]
    assert places == [(0, 0), (3, 7), (4, 0), (3, 7), (0, 0)]


def test_a_place_is_left_even_through_an_error() -> None:
    kernel = new_kernel()
    with pytest.raises(RuntimeError), kernel.at(stream=3):
        raise RuntimeError
    kernel.constant(1)
    assert kernel.graph().operations[0].stream == 0


# What is refused


def run_of(
    engine: str, name: str, *operands: Operand | int, count: int = 1, memory: MemoryRange | None = None
) -> SlotRun:
    return SlotRun(OPCODES[engine, name], operands, count, memory)


@pytest.mark.parametrize(
    ("emit", "message"),
    [
        (lambda k, v, w: run_of("flow", "halt"), "halt has no place"),
        (lambda k, v, w: run_of("flow", "pause"), "pause has no place"),
        (lambda k, v, w: run_of("flow", "jump", 3), "jump has no place"),
        (lambda k, v, w: run_of("flow", "trace_write", w), "trace_write has no place"),
        (lambda k, v, w: run_of("load", "load_offset", v, v, 1, memory=MemoryRange(0, 8)), "load_offset has no place"),
        (lambda k, v, w: run_of("alu", "+", v, w), "takes 3 operands"),
        (lambda k, v, w: run_of("alu", "+", v, w, 3), "operand b of \\+ is of the wrong kind"),
        (lambda k, v, w: run_of("load", "const", v, w), "operand n of const is of the wrong kind"),
        (lambda k, v, w: run_of("valu", "+", w, v, v), "leaves buffer w"),
        (lambda k, v, w: run_of("alu", "+", Operand(v.buffer, 8), w, w), "leaves buffer v"),
        (lambda k, v, w: run_of("alu", "+", Operand(v.buffer, -1), w, w), "leaves buffer v"),
        (lambda k, v, w: run_of("alu", "+", Operand(v.buffer, 0, 1), w, w, count=9), "leaves buffer v"),
        (lambda k, v, w: run_of("alu", "+", Operand(v.buffer, 7, -1), w, w, count=9), "leaves buffer v"),
        (lambda k, v, w: run_of("load", "load", v, w), "needs a memory range"),
        (lambda k, v, w: run_of("alu", "+", v, w, w, memory=MemoryRange(0, 1)), "needs a memory range exactly where"),
        (lambda k, v, w: run_of("load", "load", v, w, memory=MemoryRange(0, 33)), "not a range of memory"),
        (lambda k, v, w: run_of("load", "load", v, w, memory=MemoryRange(-1, 2)), "not a range of memory"),
        (lambda k, v, w: run_of("load", "load", v, w, memory=MemoryRange(4, 4)), "not a range of memory"),
        (lambda k, v, w: run_of("load", "vload", v, w, memory=MemoryRange(4, 11)), "not a range of memory"),
        (
            lambda k, v, w: run_of("load", "load", Operand(0, 0, 1), w, count=8, memory=MemoryRange(25, 26, 1)),
            "not a range of memory",
        ),
        (
            lambda k, v, w: run_of("load", "load", Operand(0, 0, 1), w, count=8, memory=MemoryRange(6, 7, -1)),
            "not a range of memory",
        ),
    ],
)
def test_slots_that_make_no_sense_are_refused(emit: Callable[..., SlotRun], message: str) -> None:
    kernel = new_kernel(memory_words=32)
    vector, word = kernel.vector("v", zero=True), kernel.buffer("w", 1, zero=True)
    with pytest.raises(GraphError, match=message):
        kernel.operation("op", [Implementation("only", (emit(kernel, vector[0], word[0]),))])
    assert names(kernel) == []


def test_memory_ranges_may_reach_to_the_last_word() -> None:
    kernel = new_kernel(memory_words=32)
    vector, word = kernel.vector("v", zero=True), kernel.buffer("w", 1, zero=True)
    kernel.load(vector[0], word[0], MemoryRange(31, 32))
    kernel.load_vector(vector, word[0], MemoryRange(24, 32))
    run = run_of("load", "load", Operand(vector.number, 0, 1), word[0], count=8, memory=MemoryRange(24, 25, 1))
    kernel.operation("op", [Implementation("only", (run,))])
    assert len(names(kernel)) == 3


def test_every_implementation_is_checked() -> None:
    kernel = new_kernel()
    vector = kernel.vector("v", zero=True)
    good = kernel.binary_implementations("+", vector, vector, vector)
    bad = Implementation("bad", (run_of("alu", "+", vector[0], vector[0]),))
    with pytest.raises(GraphError, match="takes 3 operands"):
        kernel.operation("op", [*good, bad])


@pytest.mark.parametrize("words", [0, -1])
def test_a_buffer_has_at_least_one_word(words: int) -> None:
    with pytest.raises(GraphError, match="at least one word"):
        new_kernel().buffer("b", words)


@pytest.mark.parametrize("none", [(), []])
def test_an_operation_has_an_implementation(none: Sequence[Implementation]) -> None:
    with pytest.raises(GraphError, match="no implementation on machine takehome"):
        new_kernel().operation("op", none)
