"""Direct execution of a graph: operations in order, before any scheduling.

This is what the graph means.  It is compared with a problem's reference, and checks everything the graph promises:
that words are written before they are read, that addresses lie in their ranges, that booleans are 0 or 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

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
            if any(word not in (0, 1) for word in self._read(first, words)):
                self._fail(f"implementation {implementation.name} needs {self.names[first.buffer]} to be 0 or 1")
        writes: list[tuple[list[int | None] | list[int], int, list[int]]] = []
        for run in implementation.runs:
            writes.extend(self._slot(run, slot) for slot in range(run.count))
        for space, first_word, values in writes:
            space[first_word : first_word + len(values)] = values
            if space is self.memory:
                self.writers[first_word : first_word + len(values)] = [number] * len(values)

    def _slot(self, run: SlotRun, slot: int) -> tuple[list[int | None] | list[int], int, list[int]]:
        """What one slot writes: (buffer or memory, first word, words)."""
        opcode = run.opcode
        values = list(self._values(run, slot))
        if opcode.writes_memory:
            return self.memory, self._address(run, slot, values[0][0]), values[1]
        target = run.operands[0]
        assert isinstance(target, Operand)
        result = self._result(run, slot, values)
        return self.buffers[target.buffer], target.offset + slot * target.stride, result

    def _result(self, run: SlotRun, slot: int, values: list[list[int]]) -> list[int]:
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
                return values[0] * self.vector_length
            case Effect.CONST:
                return [values[0][0] & WORD_MASK]
            case Effect.ADD_IMMEDIATE:
                return [(values[0][0] + values[1][0]) & WORD_MASK]
            case Effect.OWN:
                return self._own(opcode, values)
            case Effect.CORE_ID:
                return [0]
            case Effect.LOAD | Effect.LOAD_VECTOR:
                address = self._address(run, slot, values[0][0])
                return self.memory[address : address + opcode.memory_words(self.vector_length)]
            case _:
                self._fail(f"{opcode.name} has no place in a graph")

    def _own(self, opcode: Opcode, values: list[list[int]]) -> list[int]:
        assert opcode.definition is not None
        lanes = self.vector_length if opcode.is_vector else 1
        sources = zip(opcode.roles[1:], values, strict=True)
        operands = [words if role.is_vector else [words[0] & WORD_MASK] * lanes for role, words in sources]
        try:
            return opcode.definition.apply(operands)
        except ZeroDivisionError:
            self._fail("division by 0")

    def _values(self, run: SlotRun, slot: int) -> Iterator[list[int]]:
        """The words of every operand that is read; an immediate is a list of one."""
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if not isinstance(operand, Operand):
                yield [operand]
            elif not role.is_written:
                first = Operand(operand.buffer, operand.offset + slot * operand.stride)
                yield self._read(first, self.vector_length if role.is_vector else 1)

    def _read(self, first: Operand, words: int) -> list[int]:
        found = []
        for word in self.buffers[first.buffer][first.offset : first.offset + words]:
            if word is None:
                self._fail(f"reads a word of {self.names[first.buffer]} that was never written")
            found.append(word)
        return found

    def _address(self, run: SlotRun, slot: int, address: int) -> int:
        assert run.memory is not None
        shift = slot * run.memory.stride
        start, stop = run.memory.start + shift, run.memory.stop + shift
        if not start <= address <= stop - run.opcode.memory_words(self.vector_length):
            self._fail(f"address {address} is not in its range {start}..{stop - 1}")
        return address

    def _fail(self, what: str) -> NoReturn:
        raise ExecutionError(f"operation {self.operation}: {what}", self.number)
