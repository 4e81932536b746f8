"""Kernels as somebody new to the machine would write them: one operation for each of the formula."""

from collections.abc import Callable

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, Graph, MemoryRange
from machine.model import Machine

LENGTH = 8
VECTORS = 4
MEMORY_WORDS = 256
OUTPUT = range(160, 160 + LENGTH * VECTORS)

Emit = Callable[["Writer", list[Buffer]], Buffer]


class Writer:
    """Emits operations into buffers of their own."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def op(self, opcode: str, a: VectorOperand | int, b: VectorOperand | int) -> Buffer:
        made = self.kernel.vector(opcode)
        self.kernel.binary(opcode, made, self._operand(a), self._operand(b))
        return made

    def choose(self, condition: Buffer, a: VectorOperand | int, b: VectorOperand | int) -> Buffer:
        made = self.kernel.vector("select")
        self.kernel.select(made, condition, self._operand(a), self._operand(b))
        return made

    def look_up(self, table: range, index: Buffer) -> Buffer:
        made = self.kernel.vector("found")
        self.kernel.gather(made, self.op("+", index, table.start), MemoryRange(table.start, table.stop))
        return made

    def _operand(self, a: VectorOperand | int) -> VectorOperand:
        return self.kernel.splat(a) if isinstance(a, int) else a


def saxpy(w: Writer, read: list[Buffer]) -> Buffer:
    return w.op("+", w.op("*", read[0], 3), read[1])


def fnv1a(w: Writer, read: list[Buffer]) -> Buffer:
    state = w.op("*", w.op("^", read[0], 0x811C9DC5), 0x01000193)
    return w.op("*", w.op("^", state, read[1]), 0x01000193)


def stencil(w: Writer, read: list[Buffer]) -> Buffer:
    doubled = w.op("*", read[1], 2)
    return w.op("//", w.op("+", w.op("+", read[0], doubled), read[2]), 4)


def linear_congruence(w: Writer, read: list[Buffer]) -> Buffer:
    state = read[0]
    for _ in range(3):
        state = w.op("+", w.op("*", state, 1664525), 1013904223)
    return state


def polynomial_by_powers(w: Writer, read: list[Buffer]) -> Buffer:
    x = read[0]
    square = w.op("*", x, x)
    return w.op("+", w.op("+", w.op("*", square, 5), w.op("*", x, 7)), 9)


def collatz_step(w: Writer, read: list[Buffer]) -> Buffer:
    x = read[0]
    even = w.op("==", w.op("%", x, 2), 0)
    return w.choose(even, w.op("//", x, 2), w.op("+", w.op("*", x, 3), 1))


def binary_search(w: Writer, read: list[Buffer]) -> Buffer:
    """Three steps in a table of eight words."""
    low = w.op("*", read[0], 0)
    for step in (4, 2, 1):
        middle = w.op("+", low, step)
        less = w.op("<", w.look_up(range(96, 104), middle), read[0])
        low = w.choose(less, middle, low)
    return low


def maximum(w: Writer, read: list[Buffer]) -> Buffer:
    best = read[0]
    for other in read[1:]:
        best = w.choose(w.op("<", best, other), other, best)
    return best


def grey(w: Writer, read: list[Buffer]) -> Buffer:
    total = w.op("*", read[0], 77)
    total = w.op("+", total, w.op("*", read[1], 150))
    return w.op("//", w.op("+", total, w.op("*", read[2], 29)), 256)


def sign(w: Writer, read: list[Buffer]) -> Buffer:
    negative = w.op("==", w.op("//", read[0], 0x8000_0000), 1)
    return w.choose(negative, 0xFFFF_FFFF, 1)


KERNELS: dict[str, Emit] = {
    emit.__name__: emit
    for emit in (
        saxpy,
        fnv1a,
        stencil,
        linear_congruence,
        polynomial_by_powers,
        collatz_step,
        binary_search,
        maximum,
        grey,
        sign,
    )
}


def build(machine: Machine, emit: Emit) -> Graph:
    """Four vectors of each of three arrays through a kernel."""
    kernel = Kernel(machine, MEMORY_WORDS)
    for vector in range(VECTORS):
        with kernel.at(vector):
            read = []
            for array in range(3):
                start = LENGTH * (array * VECTORS + vector)
                word = kernel.vector("word")
                kernel.load_vector(word, kernel.constant(start), MemoryRange(start, start + LENGTH))
                read.append(word)
            result = emit(Writer(kernel), read)
            start = OUTPUT.start + LENGTH * vector
            kernel.store_vector(kernel.constant(start), result, MemoryRange(start, start + LENGTH))
    return kernel.graph()
