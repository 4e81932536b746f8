"""Emits the kernel of the specification, operation by operation."""

from collections.abc import Iterator

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, MemoryRange
from problems.tree_hash.layout import HEADER_WORDS, Layout
from problems.tree_hash.reference import HASH_STAGES


def build_plainly(kernel: Kernel, layout: Layout, *, with_indices: bool) -> None:
    """Emit the kernel for one layout: group by group, round by round.

    Indices start at 0, as they do in every image.
    """
    length = kernel.machine.vector_length
    for group, first in enumerate(range(0, layout.batch, length)):
        lanes = range(first, min(first + length, layout.batch))
        with kernel.at(group):
            value = _load(kernel, layout.values_at, lanes)
        index = kernel.vector("index")
        kernel.broadcast(index, kernel.constant(0))
        for round_number in range(layout.rounds):
            with kernel.at(group, round_number):
                value, index = _round(kernel, layout, value, index)
        with kernel.at(group, layout.rounds):
            _store(kernel, layout.values_at, lanes, value)
            if with_indices:
                _store(kernel, layout.indices_at, lanes, index)


def _round(kernel: Kernel, layout: Layout, value: Buffer, index: Buffer) -> tuple[Buffer, Buffer]:
    """The value and the index after a round."""
    address = _binary(kernel, "+", index, kernel.splat(HEADER_WORDS))
    node = kernel.vector("node")
    kernel.gather(node, address, MemoryRange(HEADER_WORDS, HEADER_WORDS + layout.nodes))
    value = _hash(kernel, _binary(kernel, "^", value, node))
    parity = _binary(kernel, "%", value, kernel.splat(2))
    even = _binary(kernel, "==", parity, kernel.splat(0))
    child = kernel.vector("child")
    kernel.select(child, even, kernel.splat(1), kernel.splat(2))
    stepped = _binary(kernel, "+", _binary(kernel, "*", index, kernel.splat(2)), child)
    inside = _binary(kernel, "<", stepped, kernel.splat(layout.nodes))
    wrapped = kernel.vector("wrapped")
    kernel.select(wrapped, inside, stepped, kernel.splat(0))
    return value, wrapped


def _hash(kernel: Kernel, word: Buffer) -> Buffer:
    for op1, constant, op2, op3, shift in HASH_STAGES:
        a = _binary(kernel, op1, word, kernel.splat(constant))
        b = _binary(kernel, op3, word, kernel.splat(shift))
        word = _binary(kernel, op2, a, b)
    return word


def _binary(kernel: Kernel, opcode: str, a: VectorOperand, b: VectorOperand) -> Buffer:
    result = kernel.vector(opcode)
    kernel.binary(opcode, result, a, b)
    return result


def _load(kernel: Kernel, region: int, lanes: range) -> Buffer:
    """The words of these walkers; lanes without a walker are 0."""
    if len(lanes) == kernel.machine.vector_length:
        value = kernel.vector("value")
        start = region + lanes.start
        kernel.load_vector(value, kernel.constant(start), MemoryRange(start, start + len(lanes)))
        return value
    value = kernel.vector("value", zero=True)
    for lane, address in _addresses(region, lanes):
        kernel.load(value[lane], kernel.constant(address), MemoryRange(address, address + 1))
    return value


def _store(kernel: Kernel, region: int, lanes: range, source: Buffer) -> None:
    if len(lanes) == kernel.machine.vector_length:
        start = region + lanes.start
        kernel.store_vector(kernel.constant(start), source, MemoryRange(start, start + len(lanes)))
        return
    for lane, address in _addresses(region, lanes):
        kernel.store(kernel.constant(address), source[lane], MemoryRange(address, address + 1))


def _addresses(region: int, lanes: range) -> Iterator[tuple[int, int]]:
    return ((lane, region + walker) for lane, walker in enumerate(lanes))
