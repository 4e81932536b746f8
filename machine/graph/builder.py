"""The builder: a kernel calls operations in order, over virtual buffers and memory.

Vector operands are buffers of vector-length words, or a :class:`Splat`, one scalar that every lane reads: lanes read
the scalar itself, vector slots a broadcast of it that is made on first need.

Which engines an operation may issue on is found by the names of opcodes: each engine that has one for vectors gives an
implementation of one slot, each that has it for words one of a slot for each lane.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from machine.errors import GraphError, GraphTooLargeError, MissingOpcodeError
from machine.graph.broadcasts import Broadcasts
from machine.graph.lanewise import BinaryEngines, Splat, VectorOperand, slot_operands, word_operand
from machine.graph.named_opcodes import implementations_of, missing_opcode
from machine.graph.operation import Buffer, Graph, Implementation, MemoryRange, Operand, Operation, SlotRun
from machine.graph.run_check import check_run
from machine.graph.source_line import calling_lines
from machine.limits import MOST_OPERATIONS
from machine.model import Machine
from machine.opcodes import WORD_MASK

__all__ = ["BinaryEngines", "Kernel", "Splat", "VectorOperand"]


class Kernel:
    """Builds a :class:`Graph`; problems see only this.

    Attributes:
        machine: gives vector length and everything else.
        memory_words: the size of the memory the kernel runs on.

    Args:
        machine: the machine.
        memory_words: the size of the memory.
        broadcast_by_lanes: whether lanes may fill a vector with a word even where a vector slot can.
    """

    def __init__(self, machine: Machine, memory_words: int, *, broadcast_by_lanes: bool = False) -> None:
        self.machine = machine
        self.memory_words = memory_words
        self._buffers: list[Buffer] = []
        self._operations: list[Operation] = []
        self._constants: dict[int, Operand] = {}
        self._word_of: Callable[[int], Operand] | None = None
        self._broadcasts = Broadcasts(machine.vector_length)
        self._vector_of: Callable[[Operand], Buffer] = self._broadcast_anew
        self._zero: Buffer | None = None
        self._broadcast_by_lanes = broadcast_by_lanes
        self._stream = 0
        self._step = 0

    def graph(self) -> Graph:
        """Everything built so far."""
        return Graph(self.machine, self.memory_words, tuple(self._buffers), tuple(self._operations))

    @property
    def operation_count(self) -> int:
        """How many operations there are so far."""
        return len(self._operations)

    def has(self, opcode: str, *, vector: bool | None = None) -> bool:
        """Whether an engine of the machine has an opcode; for vectors or for words alone, unless ``None``."""
        return bool(self.machine.having(opcode, vector=vector))

    @contextmanager
    def at(self, stream: int, step: int = 0) -> Iterator[None]:
        """Operations built inside belong to this stream (a group, say) and step (a round)."""
        outer = self._stream, self._step
        self._stream, self._step = stream, step
        try:
            yield
        finally:
            self._stream, self._step = outer

    @contextmanager
    def broadcasting(self, vector_of: Callable[[Operand], Buffer]) -> Iterator[None]:
        """A splat's vector that is first needed inside is the one that ``vector_of`` fills with the splat's word."""
        outer, self._vector_of = self._vector_of, vector_of
        try:
            yield
        finally:
            self._vector_of = outer

    # Buffers

    def buffer(self, name: str, words: int, zero: bool = False) -> Buffer:
        """A new buffer; ``zero`` if its words may be read before they are written.

        Where scratch does not start with zeros, they are written.
        """
        if words < 1:
            raise GraphError(f"buffer {name} needs at least one word")
        buffer = Buffer(len(self._buffers), name, words, zero and self.machine.scratch_starts_zero)
        self._buffers.append(buffer)
        if zero and not buffer.zero:
            self._clear(buffer)
        return buffer

    def _clear(self, buffer: Buffer) -> None:
        """Write zeros, a vector at a time as far as possible."""
        length = self.machine.vector_length
        for first in range(0, buffer.words - buffer.words % length, length):
            self.broadcast(buffer[first], self.zero())
        for word in range(buffer.words - buffer.words % length, buffer.words):
            self.load_constant(buffer[word], 0)

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
            GraphError: no implementation, or one that the machine or the buffers do not allow; or too many operations.
        """
        if not implementations:
            raise MissingOpcodeError(f"operation {name} has no implementation on machine {self.machine.name}")
        if len(self._operations) >= MOST_OPERATIONS:
            raise GraphTooLargeError(f"the kernel has more than {MOST_OPERATIONS:,} operations: give a smaller shape")
        for implementation in implementations:
            for run in implementation.runs:
                check_run(name, run, self.machine.vector_length, self._buffers, self.memory_words)
        self._operations.append(Operation(name, tuple(implementations), self._stream, self._step, calling_lines()))
        self._broadcasts.forget(implementations[0])

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

    def lane_run(self, opcode: str, operands: Sequence[Operand | int], count: int = 1) -> SlotRun:
        """A run of slots of the first engine that has the opcode for words.

        Raises:
            MissingOpcodeError: no engine has.
        """
        found = self.machine.having(opcode, vector=False)
        if not found:
            raise missing_opcode(self.machine, opcode, opcode)
        return SlotRun(found[0], tuple(operands), count)

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
            return self._broadcasts.vector_of(operand.scalar, self._vector_of)[0]
        return operand if isinstance(operand, Operand) else operand[0]

    def _broadcast_anew(self, scalar: Operand) -> Buffer:
        vector = self.vector(f"{self._buffers[scalar.buffer].name}*")
        self.broadcast(vector, scalar)
        return vector

    # Constants

    def constant(self, value: int, sums: Sequence[tuple[Operand, Operand]] = ()) -> Operand:
        """A word that holds ``value``; made once, by :meth:`load_constant` or as one of the sums of two words."""
        value &= WORD_MASK
        if value not in self._constants:
            self._constants[value] = self._new_constant(value, sums) if self._word_of is None else self._word_of(value)
        return self._constants[value]

    def _new_constant(self, value: int, sums: Sequence[tuple[Operand, Operand]]) -> Operand:
        word = self.scalar(f"const {value:#x}")
        added = [each for pair in sums for each in implementations_of(self.machine, "+", (word, *pair), vector=False)]
        self.load_constant(word, value, added)
        return word

    def constants_by(self, word_of: Callable[[int], Operand]) -> None:
        """From now on a constant that has no word yet is in the word that ``word_of`` gives."""
        self._word_of = word_of

    @property
    def constant_values(self) -> tuple[int, ...]:
        """The values for which :meth:`constant` has made words, in their order."""
        return tuple(self._constants)

    def has_constant(self, value: int) -> bool:
        """Whether :meth:`constant` has made a word for ``value``."""
        return value & WORD_MASK in self._constants

    def load_constant(self, d: Operand, value: int, others: Sequence[Implementation] = ()) -> None:
        """``d <- value``: a ``const``, an ``add_imm`` to a zero, or one of the ``others``."""
        value &= WORD_MASK
        implementations = implementations_of(self.machine, "const", (d, value))
        if self.machine.having("add_imm") and self.machine.scratch_starts_zero:
            implementations += implementations_of(self.machine, "add_imm", (d, self.zero(), value))
        self._append("constant", [*implementations, *others], "const", "add_imm")

    def splat(self, value: int) -> Splat:
        """A vector with ``value`` in every lane."""
        return Splat(self.constant(value))

    def zero(self) -> Operand:
        """A word that holds 0: from the start, or a constant where scratch does not start with zeros."""
        if not self.machine.scratch_starts_zero:
            return self.constant(0)
        if self._zero is None:
            self._zero = self.buffer("zero", 1, zero=True)
        return self._zero[0]

    # Arithmetic

    def broadcast(self, d: VectorOperand, a: Operand) -> None:
        """Every lane of ``d`` <- ``a``: a vector slot, or lanes where no engine has one for it."""
        implementations = self.broadcast_implementations(d, a)
        most = None if self._broadcast_by_lanes else 1
        self._append("broadcast", implementations[:most], "vbroadcast", "|")

    def broadcast_implementations(self, d: VectorOperand, a: Operand) -> list[Implementation]:
        """Ways to fill ``d`` with ``a``: one vector slot, or lanes that OR it with itself."""
        lanes = implementations_of(self.machine, "|", (self.lanes(d), a, a), self.machine.vector_length, vector=False)
        return implementations_of(self.machine, "vbroadcast", (self.whole(d), a)) + lanes

    def scalar_binary(self, opcode: str, d: Operand, a: Operand, b: Operand) -> None:
        """``d <- a opcode b`` on single words."""
        self.scalar_apply(opcode, d, a, b)

    def binary(
        self,
        opcode: str,
        d: VectorOperand,
        a: VectorOperand,
        b: VectorOperand,
        *,
        leave_valu: bool = True,
        engines: BinaryEngines = BinaryEngines.EITHER,
    ) -> None:
        """``d <- a opcode b``, lane by lane: one vector slot, or a run of lanes."""
        self._append(
            opcode, self.binary_implementations(opcode, d, a, b, leave_valu=leave_valu, engines=engines), opcode
        )

    def binary_implementations(
        self,
        opcode: str,
        d: VectorOperand,
        a: VectorOperand,
        b: VectorOperand,
        *,
        leave_valu: bool = True,
        engines: BinaryEngines = BinaryEngines.EITHER,
    ) -> list[Implementation]:
        """The implementations of :meth:`binary`, for operations that have others besides.

        Engines that the machine does not have give way to the others.  Not to ``leave_valu`` is a shorter word for
        vector slots alone.
        """
        if not leave_valu:
            engines = BinaryEngines.VALU
        return self.apply_implementations(
            opcode, d, a, b, by_lanes=engines is not BinaryEngines.VALU, by_vector=engines is not BinaryEngines.ALU
        )

    def multiply_add(self, d: VectorOperand, a: VectorOperand, b: VectorOperand, c: VectorOperand) -> None:
        """``d <- a * b + c``, lane by lane; a product, then a sum, where the machine has no ``multiply_add``."""
        if self.machine.having("multiply_add"):
            self.operation("multiply_add", self._multiply_adds(d, a, b, c))
        else:
            product = self.vector("product")
            self.binary("*", product, a, b)
            self.binary("+", d, product, c)

    def multiply_add_implementation(
        self, d: VectorOperand, a: VectorOperand, b: VectorOperand, c: VectorOperand
    ) -> Implementation:
        """An implementation of :meth:`multiply_add`, for operations that have others besides.

        Raises:
            MissingOpcodeError: the machine has no ``multiply_add``.
        """
        implementations = self._multiply_adds(d, a, b, c)
        if not implementations:
            raise missing_opcode(self.machine, "multiply_add", "multiply_add")
        return implementations[0]

    def _multiply_adds(self, *operands: VectorOperand) -> list[Implementation]:
        return [
            Implementation("multiply_add", implementation.runs)
            for implementation in self.apply_implementations("multiply_add", *operands)
        ]

    def select(
        self,
        d: VectorOperand,
        condition: VectorOperand,
        a: VectorOperand,
        b: VectorOperand,
        others: Sequence[Implementation] = (),
    ) -> None:
        """``d <- a if condition else b``, lane by lane: one vector slot, or one of the ``others``.

        Lanes where no engine selects between vectors.
        """
        implementations = self.apply_implementations("vselect", d, condition, a, b)
        if not implementations:
            implementations = self.apply_implementations("select", d, condition, a, b)
        self._append("select", [*implementations, *others], "vselect", "select")

    # Opcodes by name

    def apply(self, opcode: str, d: VectorOperand, *operands: VectorOperand | int) -> None:
        """``d <- opcode(operands)``, lane by lane: one vector slot, or a run of lanes.

        For arithmetic and for the machine's own opcodes.  What these take as a word, the same for all lanes, is a word
        here; their numbers are integers.

        Raises:
            GraphError: no engine has the opcode, or it takes other operands.
        """
        self._append(opcode, self.apply_implementations(opcode, d, *operands), opcode)

    def scalar_apply(self, opcode: str, d: Operand, *operands: Operand | int) -> None:
        """``d <- opcode(operands)`` on single words, for arithmetic and for the machine's own opcodes.

        Raises:
            GraphError: no engine has the opcode for words, or it takes other operands.
        """
        found = self.machine.having(opcode, vector=False)
        runs = [SlotRun(each, (d, *slot_operands(each, operands, word_operand))) for each in found]
        self._append(opcode, [Implementation(run.opcode.engine, (run,)) for run in runs], opcode)

    def apply_implementations(
        self,
        opcode: str,
        d: VectorOperand,
        *operands: VectorOperand | int,
        by_lanes: bool = True,
        by_vector: bool = True,
    ) -> list[Implementation]:
        """The implementations of :meth:`apply`, for operations that have others besides.

        By lanes where an engine has the opcode for words: if ``by_lanes``, or if there is no other way; likewise by
        vector slots.
        """
        implementations = []
        of_lanes = self.machine.having(opcode, vector=False)
        for found in self.machine.having(opcode, vector=True) if by_vector or not of_lanes else ():
            run = SlotRun(found, (self.whole(d), *slot_operands(found, operands, self.whole)))
            implementations.append(Implementation(found.engine, (run,)))
        for found in of_lanes if by_lanes or not implementations else ():
            run = SlotRun(
                found, (self.lanes(d), *slot_operands(found, operands, self.lanes)), self.machine.vector_length
            )
            implementations.append(Implementation(found.engine, (run,)))
        return implementations

    def _append(self, name: str, implementations: Sequence[Implementation], *opcodes: str) -> None:
        """Append an operation for which one of ``opcodes`` is needed."""
        if not implementations:
            raise missing_opcode(self.machine, name, *opcodes)
        self.operation(name, implementations)

    # Memory

    def load(self, d: Operand, address: Operand, memory: MemoryRange) -> None:
        """``d <- memory[address]``."""
        self._access("load", "load", (d, address), memory)

    def load_vector(self, d: VectorOperand, address: Operand, memory: MemoryRange) -> None:
        """``d`` <- the vector-length words of memory from ``address``."""
        self._access("vload", "vload", (self.whole(d), address), memory)

    def gather(self, d: VectorOperand, addresses: VectorOperand, memory: MemoryRange) -> None:
        """Every lane of ``d`` <- the memory word at that lane's address: one load slot a lane."""
        self._access("gather", "load", (self.lanes(d), self.lanes(addresses)), memory, self.machine.vector_length)

    def store(self, address: Operand, source: Operand, memory: MemoryRange) -> None:
        """``memory[address] <- source``."""
        self._access("store", "store", (address, source), memory)

    def store_vector(self, address: Operand, source: VectorOperand, memory: MemoryRange) -> None:
        """The vector-length words of memory from ``address`` <- ``source``."""
        self._access("vstore", "vstore", (address, self.whole(source)), memory)

    def _access(
        self, name: str, opcode: str, operands: tuple[Operand, Operand], memory: MemoryRange, count: int = 1
    ) -> None:
        """Append an operation of slots that access memory."""
        self._append(name, implementations_of(self.machine, opcode, operands, count, memory), opcode)
