"""The builder: a kernel calls operations in order, over virtual buffers and memory.

Vector operands are buffers of vector-length words, or a :class:`Splat`, one scalar that every lane reads: alu lanes
read the scalar itself, vector slots a broadcast of it that is made on first need.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from machine.errors import GraphError
from machine.graph.operation import Buffer, Graph, Implementation, MemoryRange, Operand, Operation, SlotRun
from machine.model import Machine
from machine.opcodes import CONTROL, WORD_MASK, Effect


@dataclass(frozen=True, slots=True)
class Splat:
    """A scalar that stands for a vector with the same word in every lane."""

    scalar: Operand


VectorOperand = Buffer | Splat | Operand
"""A vector: a whole buffer, a splat, or the first of vector-length words inside a buffer."""


class Kernel:
    """Builds a :class:`Graph`; problems see only this.

    Attributes:
        machine: gives vector length and everything else.
        memory_words: the size of the memory the kernel runs on.
    """

    def __init__(self, machine: Machine, memory_words: int) -> None:
        self.machine = machine
        self.memory_words = memory_words
        self._buffers: list[Buffer] = []
        self._operations: list[Operation] = []
        self._constants: dict[int, Buffer] = {}
        self._broadcasts: dict[int, dict[int, Buffer]] = {}  # by buffer and offset of the scalar
        self._zero: Buffer | None = None
        self._stream = 0
        self._step = 0

    def graph(self) -> Graph:
        """Everything built so far."""
        return Graph(self.machine, self.memory_words, tuple(self._buffers), tuple(self._operations))

    @contextmanager
    def at(self, stream: int, step: int = 0) -> Iterator[None]:
        """Operations built inside belong to this stream (a group, say) and step (a round)."""
        outer = self._stream, self._step
        self._stream, self._step = stream, step
        try:
            yield
        finally:
            self._stream, self._step = outer

    # Buffers

    def buffer(self, name: str, words: int, zero: bool = False) -> Buffer:
        """A new buffer; ``zero`` if its words may be read before they are written."""
        if words < 1:
            raise GraphError(f"buffer {name} needs at least one word")
        buffer = Buffer(len(self._buffers), name, words, zero)
        self._buffers.append(buffer)
        return buffer

    def vector(self, name: str, zero: bool = False) -> Buffer:
        """A new buffer of vector-length words."""
        return self.buffer(name, self.machine.vector_length, zero)

    def scalar(self, name: str) -> Operand:
        """The word of a new one-word buffer."""
        return self.buffer(name, 1)[0]

    # Operations, in general

    def operation(self, name: str, implementations: Sequence[Implementation]) -> None:
        """Append an operation.

        Raises:
            GraphError: no implementation, or one that the machine or the buffers do not allow.
        """
        if not implementations:
            raise GraphError(f"operation {name} has no implementation on machine {self.machine.name}")
        for implementation in implementations:
            for run in implementation.runs:
                self._check(name, run)
        self._operations.append(Operation(name, tuple(implementations), self._stream, self._step))
        self._forget_broadcasts(implementations[0])

    def run(
        self,
        engine: str,
        opcode: str,
        operands: Sequence[Operand | int],
        count: int = 1,
        memory: MemoryRange | None = None,
    ) -> SlotRun:
        """A run of slots of the machine's opcode.

        Raises:
            GraphError: the machine has no such opcode.
        """
        if not self.machine.offers(engine, opcode):
            raise GraphError(f"machine {self.machine.name} has no opcode {engine}.{opcode}")
        return SlotRun(self.machine.opcode(engine, opcode), tuple(operands), count, memory)

    def _check(self, name: str, run: SlotRun) -> None:
        opcode = run.opcode
        if opcode.effect in CONTROL or opcode.effect in (Effect.LOAD_OFFSET, Effect.NOTHING):
            raise GraphError(f"operation {name}: {opcode.name} has no place in a graph")
        if len(run.operands) != len(opcode.operands):
            raise GraphError(f"operation {name}: {opcode.name} takes {len(opcode.operands)} operands")
        for (label, role), operand in zip(opcode.operands, run.operands, strict=True):
            if role.is_scratch != isinstance(operand, Operand):
                raise GraphError(f"operation {name}: operand {label} of {opcode.name} is of the wrong kind")
            if isinstance(operand, Operand):
                words = self.machine.vector_length if role.is_vector else 1
                last = operand.offset + (run.count - 1) * operand.stride
                buffer = self._buffers[operand.buffer]
                if min(operand.offset, last) < 0 or max(operand.offset, last) + words > buffer.words:
                    raise GraphError(f"operation {name}: operand {label} of {opcode.name} leaves buffer {buffer.name}")
        touched = opcode.memory_words(self.machine.vector_length)
        if (touched > 0) != (run.memory is not None):
            raise GraphError(f"operation {name}: {opcode.name} needs a memory range exactly where it touches memory")
        if run.memory is not None:
            last = (run.count - 1) * run.memory.stride
            if run.memory.stop - run.memory.start < touched or (
                run.memory.start + min(0, last) < 0 or run.memory.stop + max(0, last) > self.memory_words
            ):
                raise GraphError(f"operation {name}: memory range {run.memory} is not a range of memory")

    # Lanes

    def lanes(self, operand: VectorOperand) -> Operand:
        """The operand as single lanes read it: word k of a vector, the scalar of a splat."""
        if isinstance(operand, Splat):
            return operand.scalar
        first = operand if isinstance(operand, Operand) else operand[0]
        return Operand(first.buffer, first.offset, 1)

    def whole(self, operand: VectorOperand) -> Operand:
        """The operand as a vector slot reads it; a splat is broadcast on first need."""
        if isinstance(operand, Splat):
            return self._broadcast(operand.scalar)[0]
        return operand if isinstance(operand, Operand) else operand[0]

    def _broadcast(self, scalar: Operand) -> Buffer:
        made = self._broadcasts.setdefault(scalar.buffer, {})
        if scalar.offset not in made:
            vector = self.vector(f"{self._buffers[scalar.buffer].name}*")
            self.broadcast(vector, scalar)
            made[scalar.offset] = vector
        return made[scalar.offset]

    def _forget_broadcasts(self, implementation: Implementation) -> None:
        """Drop the broadcasts of words that ``implementation`` writes anew."""
        for run in implementation.runs:
            target = run.operands[0]
            if not isinstance(target, Operand) or not run.opcode.roles[0].is_written:
                continue
            made = self._broadcasts.get(target.buffer)
            if made:
                words = self.machine.vector_length if run.opcode.roles[0].is_vector else 1
                for first in (target.offset + slot * target.stride for slot in range(run.count)):
                    for offset in range(first, first + words):
                        made.pop(offset, None)

    # Constants

    def constant(self, value: int) -> Operand:
        """A word that holds ``value``; loaded once, see :meth:`load_constant`."""
        value &= WORD_MASK
        if value not in self._constants:
            self._constants[value] = self.buffer(f"const {value:#x}", 1)
            self.load_constant(self._constants[value][0], value)
        return self._constants[value][0]

    def load_constant(self, d: Operand, value: int) -> None:
        """``d <- value``: a load slot, or flow's ``add_imm`` to a zero."""
        value &= WORD_MASK
        implementations = []
        if self.machine.offers("load", "const"):
            implementations.append(Implementation("load", (self.run("load", "const", (d, value)),)))
        if self.machine.offers("flow", "add_imm"):
            run = self.run("flow", "add_imm", (d, self._zero_word(), value))
            implementations.append(Implementation("flow", (run,)))
        self.operation("constant", implementations)

    def splat(self, value: int) -> Splat:
        """A vector with ``value`` in every lane."""
        return Splat(self.constant(value))

    def _zero_word(self) -> Operand:
        if self._zero is None:
            self._zero = self.buffer("zero", 1, zero=True)
        return self._zero[0]

    # Arithmetic

    def broadcast(self, d: VectorOperand, a: Operand) -> None:
        """Every lane of ``d`` <- ``a``."""
        run = self.run("valu", "vbroadcast", (self.whole(d), a))
        self.operation("broadcast", [Implementation("valu", (run,))])

    def scalar_binary(self, opcode: str, d: Operand, a: Operand, b: Operand) -> None:
        """``d <- a opcode b`` on single words."""
        self.operation(opcode, [Implementation("alu", (self.run("alu", opcode, (d, a, b)),))])

    def binary(
        self, opcode: str, d: VectorOperand, a: VectorOperand, b: VectorOperand, *, leave_valu: bool = True
    ) -> None:
        """``d <- a opcode b``, lane by lane: one valu slot or, if it may ``leave_valu``, a run of alu lanes."""
        self.operation(opcode, self.binary_implementations(opcode, d, a, b, leave_valu=leave_valu))

    def binary_implementations(
        self, opcode: str, d: VectorOperand, a: VectorOperand, b: VectorOperand, *, leave_valu: bool = True
    ) -> list[Implementation]:
        """The implementations of :meth:`binary`, for operations that have others besides."""
        implementations = []
        if self.machine.offers("valu", opcode):
            run = self.run("valu", opcode, (self.whole(d), self.whole(a), self.whole(b)))
            implementations.append(Implementation("valu", (run,)))
        if self.machine.offers("alu", opcode) and (leave_valu or not implementations):
            operands = (self.lanes(d), self.lanes(a), self.lanes(b))
            lanes = self.run("alu", opcode, operands, self.machine.vector_length)
            implementations.append(Implementation("alu", (lanes,)))
        return implementations

    def multiply_add(self, d: VectorOperand, a: VectorOperand, b: VectorOperand, c: VectorOperand) -> None:
        """``d <- a * b + c``, lane by lane."""
        self.operation("multiply_add", [self.multiply_add_implementation(d, a, b, c)])

    def multiply_add_implementation(
        self, d: VectorOperand, a: VectorOperand, b: VectorOperand, c: VectorOperand
    ) -> Implementation:
        """The implementation of :meth:`multiply_add`, for operations that have others besides."""
        operands = tuple(self.whole(operand) for operand in (d, a, b, c))
        return Implementation("multiply_add", (self.run("valu", "multiply_add", operands),))

    def select(
        self,
        d: VectorOperand,
        condition: VectorOperand,
        a: VectorOperand,
        b: VectorOperand,
        others: Sequence[Implementation] = (),
    ) -> None:
        """``d <- a if condition else b``, lane by lane: one flow slot, or one of the ``others``."""
        operands = tuple(self.whole(operand) for operand in (d, condition, a, b))
        flow = Implementation("flow", (self.run("flow", "vselect", operands),))
        self.operation("select", [flow, *others])

    # Memory

    def load(self, d: Operand, address: Operand, memory: MemoryRange) -> None:
        """``d <- memory[address]``."""
        self.operation("load", [Implementation("load", (self.run("load", "load", (d, address), memory=memory),))])

    def load_vector(self, d: VectorOperand, address: Operand, memory: MemoryRange) -> None:
        """``d`` <- the vector-length words of memory from ``address``."""
        run = self.run("load", "vload", (self.whole(d), address), memory=memory)
        self.operation("vload", [Implementation("load", (run,))])

    def gather(self, d: VectorOperand, addresses: VectorOperand, memory: MemoryRange) -> None:
        """Every lane of ``d`` <- the memory word at that lane's address: one load slot a lane."""
        operands = (self.lanes(d), self.lanes(addresses))
        run = self.run("load", "load", operands, self.machine.vector_length, memory)
        self.operation("gather", [Implementation("load", (run,))])

    def store(self, address: Operand, source: Operand, memory: MemoryRange) -> None:
        """``memory[address] <- source``."""
        run = self.run("store", "store", (address, source), memory=memory)
        self.operation("store", [Implementation("store", (run,))])

    def store_vector(self, address: Operand, source: VectorOperand, memory: MemoryRange) -> None:
        """The vector-length words of memory from ``address`` <- ``source``."""
        run = self.run("store", "vstore", (address, self.whole(source)), memory=memory)
        self.operation("vstore", [Implementation("store", (run,))])
