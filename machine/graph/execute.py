"""Direct execution of a graph: operations in order, before any scheduling.

This is what the graph means.  It is compared with a problem's reference, and checks everything the graph promises:
that words are written before they are read, that addresses lie in their ranges, that booleans are 0 or 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, cast

from machine.errors import GraphError
from machine.graph.operation import Graph, Implementation, Operand, Operation, SlotRun
from machine.opcodes import ARITHMETIC, WORD_MASK, Effect, Opcode

NOBODY = -1
"""Has written a word that no operation has written."""


class ExecutionError(GraphError):
    """An operation breaks a promise of the graph on an input.

    Attributes:
        operation: its number in the graph.
    """

    def __init__(self, message: str, operation: int = NOBODY) -> None:
        super().__init__(message)
        self.operation = operation


@dataclass(frozen=True, slots=True)
class Execution:
    """What a graph has done to memory.

    Attributes:
        memory: the final memory.
        writers: for each word, the number of the operation that wrote it last, or :data:`NOBODY`.
    """

    memory: list[int]
    writers: list[int]


def execute(graph: Graph, memory: Sequence[int], implementations: Sequence[int] | None = None) -> list[int]:
    """Run ``graph`` on ``memory`` (not modified) and return the final memory.

    Args:
        graph: the graph.
        memory: ``graph.memory_words`` words below 2^32.
        implementations: which implementation of each operation to run, -1 to leave an operation out; the first of
            each where not given.

    Raises:
        GraphError: the graph breaks one of its promises on this input, or divides by 0.
    """
    return trace_execution(graph, memory, implementations).memory


def trace_execution(graph: Graph, memory: Sequence[int], implementations: Sequence[int] | None = None) -> Execution:
    """Run ``graph`` as :func:`execute` does, and tell who has written what.

    Raises:
        ExecutionError: the graph breaks one of its promises on this input, or divides by 0.
        GraphError: it runs on another number of words.
    """
    if len(memory) != graph.memory_words:
        raise GraphError(f"the graph runs on {graph.memory_words} words of memory, not {len(memory)}")
    run = _Run(graph, [int(word) for word in memory])
    for number, operation in enumerate(graph.operations):
        choice = 0 if implementations is None else implementations[number]
        if choice >= 0:
            run.execute(number, operation, operation.implementations[choice])
    return Execution(run.memory, run.writers)


_Space = list[int | None] | list[int]
"""The words of a buffer, or of memory."""

_Write = tuple[_Space, int, list[int]]
"""Where to, the first word, and the words."""


class _Run:
    def __init__(self, graph: Graph, memory: list[int]) -> None:
        self.memory = memory
        self.vector_length = graph.machine.vector_length
        self.buffers: list[list[int | None]] = [[0 if b.zero else None] * b.words for b in graph.buffers]
        self.names = [buffer.name for buffer in graph.buffers]
        self.writers = [NOBODY] * len(memory)
        self.operation, self.number = "", NOBODY

    def execute(self, number: int, operation: Operation, implementation: Implementation) -> None:
        self.operation, self.number = operation.name, number
        for first, words in implementation.booleans:
            if any(word not in (0, 1) for word in self._read(first, words, 1)):
                self._fail(f"implementation {implementation.name} needs {self.names[first.buffer]} to be 0 or 1")
        writes: list[_Write] = []
        for run in implementation.runs:
            writes += self._store(run) if run.opcode.writes_memory else self._compute(run)
        for space, first_word, values in writes:
            space[first_word : first_word + len(values)] = values
            if space is self.memory:
                self.writers[first_word : first_word + len(values)] = [number] * len(values)

    def _store(self, run: SlotRun) -> list[_Write]:
        addresses, values = self._values(run)
        words = run.opcode.memory_words(self.vector_length)
        return [
            (self.memory, self._address(run, slot, address, words), values[slot * words : (slot + 1) * words])
            for slot, address in enumerate(addresses)
        ]

    def _compute(self, run: SlotRun) -> list[_Write]:
        target = run.operands[0]
        assert isinstance(target, Operand)
        words = self.vector_length if run.opcode.roles[0].is_vector else 1
        result = self._result(run, self._values(run))
        buffer, first, stride = self.buffers[target.buffer], target.offset, target.stride
        if run.count == 1 or stride == words:
            return [(buffer, first, result)]
        return [(buffer, first + n * stride, result[n * words : (n + 1) * words]) for n in range(run.count)]

    def _result(self, run: SlotRun, values: list[list[int]]) -> list[int]:
        """What all slots of a run write, one after the other."""
        opcode = run.opcode
        match opcode.effect:
            case Effect.BINARY:
                try:
                    return list(map(ARITHMETIC[opcode.name], *values))
                except ZeroDivisionError:
                    self._fail("division by 0")
            case Effect.MULTIPLY_ADD:
                return [(a * b + c) & WORD_MASK for a, b, c in zip(*values, strict=True)]
            case Effect.SELECT:
                return [a if condition else b for condition, a, b in zip(*values, strict=True)]
            case Effect.BROADCAST:
                return self._spread(values[0])
            case Effect.CONST:
                return [word & WORD_MASK for word in values[0]]
            case Effect.ADD_IMMEDIATE:
                return [(a + b) & WORD_MASK for a, b in zip(*values, strict=True)]
            case Effect.OWN:
                return self._own(opcode, values)
            case Effect.CORE_ID:
                return [0] * run.count
            case Effect.LOAD | Effect.LOAD_VECTOR:
                words = opcode.memory_words(self.vector_length)
                starts = [self._address(run, slot, address, words) for slot, address in enumerate(values[0])]
                return [word for start in starts for word in self.memory[start : start + words]]
            case _:
                self._fail(f"{opcode.name} has no place in a graph")

    def _own(self, opcode: Opcode, values: list[list[int]]) -> list[int]:
        assert opcode.definition is not None
        sources = zip(opcode.roles[1:], values, strict=True)
        masked = ((role, words if role.is_vector else [word & WORD_MASK for word in words]) for role, words in sources)
        operands = [self._spread(words) if opcode.is_vector and not role.is_vector else words for role, words in masked]
        try:
            return opcode.definition.apply(operands)
        except ZeroDivisionError:
            self._fail("division by 0")

    def _spread(self, words: list[int]) -> list[int]:
        """Each word in all lanes of a vector."""
        return [word for word in words for _ in range(self.vector_length)]

    def _values(self, run: SlotRun) -> list[list[int]]:
        """The words of every operand that is read, slot after slot; an immediate is a word."""
        return [
            self._read(operand, self.vector_length if role.is_vector else 1, run.count)
            if isinstance(operand, Operand)
            else [operand] * run.count
            for role, operand in zip(run.opcode.roles, run.operands, strict=True)
            if not role.is_written
        ]

    def _read(self, first: Operand, words: int, count: int) -> list[int]:
        """So many words from an operand on, for each of the slots of a run."""
        buffer, start, stride = self.buffers[first.buffer], first.offset, first.stride
        if count == 1 or stride == words:
            found = buffer[start : start + words * count]
        else:
            found = [word for n in range(count) for word in buffer[start + n * stride : start + n * stride + words]]
        if None in found:
            self._fail(f"reads a word of {self.names[first.buffer]} that was never written")
        return cast(list[int], found)

    def _address(self, run: SlotRun, slot: int, address: int, words: int) -> int:
        assert run.memory is not None
        shift = slot * run.memory.stride
        start, stop = run.memory.start + shift, run.memory.stop + shift
        if not start <= address <= stop - words:
            self._fail(f"address {address} is not in its range {start}..{stop - 1}")
        return address

    def _fail(self, what: str) -> NoReturn:
        raise ExecutionError(f"operation {self.operation}: {what}", self.number)
