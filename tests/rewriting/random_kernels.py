"""Seeded kernels of arithmetic that invites rewriting: masks, shifts, bits, selects, constants and gathers."""

from random import Random

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, Graph, MemoryRange
from machine.model import Machine
from tests.generators import EDGE_WORDS

LENGTH = 8
TABLE = range(0, 16)
MEMORY_WORDS = 96

_OPCODES = ("+", "-", "*", "^", "&", "|", "<<", ">>", "<", "==", "%", "//")
_BY_CONSTANT = ("<<", ">>", "%", "//")
_SMALL = (1, 2, 3, 4, 5, 8, 9, 12, 16, 31, 32)


class KernelWriter:
    """Emits random operations on the vectors made so far, in two streams that are alike, or are not."""

    def __init__(self, random: Random, machine: Machine) -> None:
        self.random = random
        self.kernel = Kernel(machine, MEMORY_WORDS)

    def graph(self, operations: int) -> Graph:
        seed = self.random.random()
        alike = self.random.random() < 0.7
        for stream in range(2):
            random = Random(seed if alike else seed + stream)
            with self.kernel.at(stream):
                self._stream(random, stream, operations)
        return self.kernel.graph()

    def _stream(self, random: Random, stream: int, operations: int) -> None:
        values: list[Buffer] = []
        for number in range(2):
            value, start = self.kernel.vector("value"), 16 + 8 * (2 * stream + number)
            self.kernel.load_vector(value, self.kernel.constant(start), MemoryRange(start, start + LENGTH))
            values.append(value)
        for _ in range(operations):
            values.append(self._operation(random, values))
        for number, value in enumerate(random.sample(values[2:], 2)):
            start = 48 + 8 * (2 * stream + number)
            self.kernel.store_vector(self.kernel.constant(start), value, MemoryRange(start, start + LENGTH))

    def _operation(self, random: Random, values: list[Buffer]) -> Buffer:
        made = self.kernel.vector("made")
        recent = values[-5:]
        kind = random.random()
        if kind < 0.1:
            self.kernel.multiply_add(
                made, random.choice(recent), self._source(random, recent), self._source(random, recent)
            )
        elif kind < 0.22:
            condition = random.choice(recent)
            if random.random() < 0.6:
                condition = self._bit(random, condition)
            self.kernel.select(made, condition, self._source(random, recent), self._source(random, recent))
        elif kind < 0.3:
            self._gather(random, made, random.choice(recent))
        elif kind < 0.4:
            shifted = self.kernel.vector("shifted")
            word = random.choice(recent)
            self.kernel.binary(random.choice(("<<", ">>")), shifted, word, self.kernel.splat(random.choice(_SMALL)))
            self.kernel.binary(random.choice("^+|"), made, word, shifted)
        else:
            opcode = random.choice(_OPCODES)
            by = self.kernel.splat(random.choice(_SMALL)) if opcode in _BY_CONSTANT else self._source(random, recent)
            self.kernel.binary(opcode, made, random.choice(recent), by)
        return made

    def _bit(self, random: Random, word: Buffer) -> Buffer:
        bit = self.kernel.vector("bit")
        opcode, constant = random.choice((("&", 1), ("%", 2), (">>", 31), ("<", 1000), ("==", 0)))
        self.kernel.binary(opcode, bit, word, self.kernel.splat(constant))
        return bit

    def _gather(self, random: Random, made: Buffer, word: Buffer) -> None:
        address, start = self.kernel.vector("address"), random.choice((0, 4, 8))
        mask = random.choice((1, 3, 7))
        self.kernel.binary("&", address, word, self.kernel.splat(mask))
        if start:
            moved = self.kernel.vector("address")
            self.kernel.binary("+", moved, address, self.kernel.splat(start))
            address = moved
        self.kernel.gather(made, address, MemoryRange(TABLE.start, TABLE.stop))

    def _source(self, random: Random, values: list[Buffer]) -> VectorOperand:
        if random.random() < 0.5:
            return self.kernel.splat(random.choice(random.choice((_SMALL, EDGE_WORDS))))
        return random.choice(values)


def random_memory(random: Random) -> list[int]:
    return [
        random.choice(EDGE_WORDS) if random.random() < 0.4 else random.randrange(2**32) for _ in range(MEMORY_WORDS)
    ]
