"""The operation graph: buffers, operations and their implementations.

A graph is one straight-line block.  Its operations stand in an order that has plain sequential meaning; a schedule may
issue them in any order that keeps that meaning.
"""

from dataclasses import dataclass, field
from functools import cached_property

from machine.graph.source_line import SourceLine
from machine.model import Machine
from machine.opcodes import Opcode


@dataclass(frozen=True, slots=True)
class Buffer:
    """A virtual buffer of scratch words; it has an address only after allocation.

    Attributes:
        number: position in :attr:`Graph.buffers`.
        name: for traces and the scratch map of exported programs.
        words: its size.
        zero: whether its words may be read before they are written, and are 0 then.
    """

    number: int
    name: str
    words: int
    zero: bool = False

    def __getitem__(self, offset: int) -> "Operand":
        """The word at ``offset``."""
        if not 0 <= offset < self.words:
            raise IndexError(f"buffer {self.name} has {self.words} words, no word {offset}")
        return Operand(self.number, offset)


@dataclass(frozen=True, slots=True)
class Operand:
    """A scratch word: ``offset`` words into a buffer, and ``stride`` words on for each further slot of a run."""

    buffer: int
    offset: int
    stride: int = 0


@dataclass(frozen=True, slots=True)
class MemoryRange:
    """Addresses ``start`` to ``stop - 1`` that a slot can touch; ``stride`` words on for each further slot of a run."""

    start: int
    stop: int
    stride: int = 0


@dataclass(frozen=True, slots=True)
class SlotRun:
    """``count`` slots of one opcode whose operands advance by their strides: the lanes of an operation, usually.

    An integer operand is an immediate, the same in every slot.
    """

    opcode: Opcode
    operands: tuple[Operand | int, ...]
    count: int = 1
    memory: MemoryRange | None = None


@dataclass(frozen=True, slots=True)
class Implementation:
    """One way to carry out an operation: slots that may issue in different cycles.

    All slots read before any of them writes.  ``booleans`` are runs of words, as (first word, words), that must hold 0
    or 1 for this implementation to be right.
    """

    name: str
    runs: tuple[SlotRun, ...]
    booleans: tuple[tuple[Operand, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation and its implementations, all of which write the same words and have the same effect.

    ``stream`` and ``step`` say where in the kernel it stands (which group, which round), for policies to use;
    ``sources``, where it was built, the innermost call first, for people to read: nothing else depends on it.
    """

    name: str
    implementations: tuple[Implementation, ...]
    stream: int = 0
    step: int = 0
    sources: tuple[SourceLine, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Graph:
    """A kernel built for one machine, shape and setting of knobs.

    Attributes:
        machine: the machine whose opcodes it uses.
        memory_words: the size of the memory it runs on.
        buffers: virtual buffers.
        operations: operations, in an order that has sequential meaning.
    """

    machine: Machine
    memory_words: int
    buffers: tuple[Buffer, ...]
    operations: tuple[Operation, ...]

    @cached_property
    def first_words(self) -> tuple[int, ...]:
        """For each buffer, the number of its first word when all buffers are laid end to end; then their sum."""
        firsts = [0]
        for buffer in self.buffers:
            firsts.append(firsts[-1] + buffer.words)
        return tuple(firsts)
