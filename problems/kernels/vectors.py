"""Arrays between memory and scratch, by vectors where they have a vector of words, and by single words elsewhere."""

from collections.abc import Callable, Iterable

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, MemoryRange, Operand

Pair = tuple[VectorOperand, VectorOperand]
"""Two vectors to multiply."""


def covering(words: range, length: int) -> list[range]:
    """Ranges of ``length`` words that cover ``words``; the last is moved back over the one before where it must be.

    Fewer words than ``length`` are one short range.
    """
    if len(words) <= length:
        return [words]
    return [range(start, start + length) for start in (*words[: len(words) - length : length], words[-length])]


def load_words(kernel: Kernel, name: str, words: range, room: int = 0) -> Buffer:
    """These words of memory, in a buffer that has ``room``, and a vector, at the least; what follows them is 0."""
    size = max(len(words), kernel.machine.vector_length, room)
    buffer = kernel.buffer(name, size, zero=size > len(words))
    load_into(kernel, buffer, 0, words)
    return buffer


def load_into(kernel: Kernel, buffer: Buffer, offset: int, words: range) -> None:
    """These words of memory, to ``buffer`` from ``offset`` on."""
    length = kernel.machine.vector_length
    for part in covering(words, length):
        first = offset + part.start - words.start
        if len(part) == length:
            kernel.load_vector(buffer[first], kernel.constant(part.start), MemoryRange(part.start, part.stop))
            continue
        for lane, address in enumerate(part):
            kernel.load(buffer[first + lane], kernel.constant(address), MemoryRange(address, address + 1))


def store_words(kernel: Kernel, words: range, source: VectorOperand) -> None:
    """To these words of memory, the words of scratch from ``source`` on."""
    length = kernel.machine.vector_length
    first = kernel.whole(source)
    for part in covering(words, length):
        moved = Operand(first.buffer, first.offset + part.start - words.start)
        if len(part) == length:
            kernel.store_vector(kernel.constant(part.start), moved, MemoryRange(part.start, part.stop))
            continue
        for lane, address in enumerate(part):
            word = Operand(moved.buffer, moved.offset + lane)
            kernel.store(kernel.constant(address), word, MemoryRange(address, address + 1))


def broadcast(kernel: Kernel, d: VectorOperand, word: Operand) -> None:
    """Every lane of ``d`` <- ``word``: one vector slot, or lanes that OR it with itself."""
    kernel.operation("broadcast", kernel.broadcast_implementations(d, word))


def broadcasts(kernel: Kernel, name: str, words: Buffer, count: int) -> list[Buffer]:
    """The first ``count`` words of a buffer, each in every lane of a vector of its own."""
    made = [kernel.vector(f"{name} {number}") for number in range(count)]
    for number, vector in enumerate(made):
        broadcast(kernel, vector, words[number])
    return made


def sum_of_products(kernel: Kernel, name: str, pairs: Iterable[Pair]) -> Buffer:
    """The sum of the products of pairs of vectors, one at least: a product, then a chain of multiply_adds."""
    total: Buffer | None = None
    for a, b in pairs:
        longer = kernel.vector(name)
        if total is None:
            kernel.binary("*", longer, a, b)
        else:
            kernel.multiply_add(longer, a, b, total)
        total = longer
    assert total is not None
    return total


def map_words(kernel: Kernel, source: range, target: range, function: Callable[[Buffer], VectorOperand]) -> None:
    """The words of ``source``, vector by vector, through ``function``, to ``target``; each vector is a stream."""
    parts = zip(*(covering(words, kernel.machine.vector_length) for words in (source, target)), strict=True)
    for stream, (read, written) in enumerate(parts):
        with kernel.at(stream):
            store_words(kernel, written, function(load_words(kernel, "word", read)))
