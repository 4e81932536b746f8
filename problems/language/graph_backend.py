"""Builds the operation graph of a kernel: vectors as long as the machine's, words loaded once, known addresses."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from machine.definition import Kind
from machine.errors import GraphTooLargeError
from machine.graph.builder import BinaryEngines, Kernel, Splat, VectorOperand
from machine.graph.operation import Buffer, MemoryRange, Operand
from machine.limits import MOST_OPERATIONS
from machine.opcodes import ARITHMETIC, Effect
from problems.kernels.lanes import LaneConstants, numbers, same
from problems.knobs import Knob, KnobSettings
from problems.language.addresses_of import ADDRESSES
from problems.language.backend import Backend
from problems.language.constants_of import CONSTANTS, Constants
from problems.language.declarations import Placed
from problems.language.loops import OVERLAP, WORDS, Loop, spans
from problems.language.own_opcodes import own_opcodes
from problems.language.residence import Residence
from problems.language.values import Span, Value
from problems.language.wholesale_knobs import (
    APART,
    BY_LANES,
    CHOICES,
    FUSED,
    OF_CHOICES,
    OF_CONSTANTS,
    PRODUCTS,
    TOTALS,
    usual_products,
    usual_totals,
    wholesale_knobs,
)

Handle = Operand | Buffer

FAR_TOO_MANY = 2
"""Times the operations that there may be: some iterations have a few less than others."""

KNOBS = frozenset({ADDRESSES, BY_LANES, CHOICES, CONSTANTS, PRODUCTS, TOTALS})
"""Names of knobs that come with kernels."""


class GraphBackend(Backend):
    """Emits operations into a kernel, with the settings of the knobs.

    A word's handle is its operand, a vector's its buffer or first operand; a vector of one lane is a word.
    """

    def __init__(self, kernel: Kernel, arrays: Mapping[str, Placed], settings: KnobSettings) -> None:
        self.kernel = kernel
        self.constants = Constants(kernel, settings)
        self.residence = Residence(kernel, self.constants, arrays, settings)
        self.products = self.totalled = self.choices = 0
        self._settings = settings
        self._by_lanes = int(settings.get(BY_LANES, 0))
        self._lane_constants: dict[int, bool] = {}
        self._as_products = int(settings.get(CHOICES, usual_products(kernel.machine)))
        self._own = {vector: own_opcodes(kernel.machine, vector=vector) for vector in (False, True)}
        self._fuse = settings.get(PRODUCTS, FUSED) != APART
        self._fuse_totals = settings.get(TOTALS, usual_totals(kernel.machine)) == FUSED
        self._constants = LaneConstants(kernel)
        self._stream = 0
        self._streams: dict[tuple[int, int], int] = {}

    def has(self, opcode: str, span: Span | None) -> bool:
        lanes = _is_vector(span)
        if opcode == "multiply_add":
            return self.kernel.has(opcode, vector=lanes)
        if opcode == "select" and lanes:
            return self.kernel.has("vselect") or self.kernel.has("select")
        return opcode in ARITHMETIC or self.kernel.has(opcode, vector=None if lanes else False)

    def fuses(self, span: Span | None) -> bool:
        found = self.has("multiply_add", span)
        self.products += found
        return found and self._fuse

    def fuses_totals(self, span: Span | None) -> bool:
        found = self.has("multiply_add", span)
        self.totalled += found
        return found and self._fuse_totals

    def selects(self, span: Span | None) -> bool:
        if not self.has("select", span):
            return False
        number, self.choices = self.choices, self.choices + 1
        return number * self._as_products % OF_CHOICES >= self._as_products

    def opcode_for(self, function: str, operands: Sequence[Value | int], span: Span | None) -> str | None:
        kinds = [_kind(operand) for operand in operands]
        found = (own.name for own in self._own[_is_vector(span)] if own.function == function and own.takes(kinds))
        return next(found, None)

    def apply(self, opcode: str, operands: Sequence[Value | int], span: Span | None) -> Handle:
        kernel = self.kernel
        if not _is_vector(span):
            word = kernel.scalar(opcode)
            kernel.scalar_apply(opcode, word, *self._words(opcode, operands))
            return word
        made = kernel.vector(opcode)
        if opcode == "select":
            condition, a, b = (self._vector(operand) for operand in operands)
            kernel.select(made, condition, a, b)
        elif self._is_for_lanes(opcode, operands):
            kernel.binary(opcode, made, *map(self._vector, operands), engines=BinaryEngines.ALU)
        else:
            kernel.apply(opcode, made, *self._vectors(opcode, operands))
        return made

    def _is_for_lanes(self, opcode: str, operands: Sequence[Value | int]) -> bool:
        """Whether a constant among the operands is one of those that are to do without a broadcast."""
        constants = [operand for operand in operands if isinstance(operand, int)]
        is_either = (
            opcode in ARITHMETIC and self.kernel.has(opcode, vector=False) and self.kernel.has(opcode, vector=True)
        )
        if not constants or not is_either:
            return False
        number = len(self._lane_constants)
        return self._lane_constants.setdefault(constants[0], number * self._by_lanes % OF_CONSTANTS < self._by_lanes)

    def _words(self, opcode: str, operands: Sequence[Value | int]) -> list[Operand | int]:
        """Operands as the opcode takes them for words."""
        kinds = self._kinds(opcode, len(operands))
        return [self._one(operand, kind) for kind, operand in zip(kinds, operands, strict=True)]

    def _vectors(self, opcode: str, operands: Sequence[Value | int]) -> list[VectorOperand | int]:
        """Operands as the opcode takes them for vectors."""
        kinds = self._kinds(opcode, len(operands))
        return [
            self._vector(operand) if kind is Kind.LANE else self._one(operand, kind)
            for kind, operand in zip(kinds, operands, strict=True)
        ]

    def _kinds(self, opcode: str, count: int) -> Sequence[Kind]:
        found = self.kernel.machine.having(opcode)
        own = [each.kinds for each in found if each.effect is Effect.OWN and len(each.kinds) == count]
        return own[0] if own else (Kind.LANE,) * count

    def _one(self, operand: Value | int, kind: Kind = Kind.LANE) -> Operand | int:
        """A word, or a number where the opcode has one in the slot; a vector stays one, for the builder to refuse."""
        if isinstance(operand, int):
            return operand if kind is Kind.NUMBER else self.kernel.constant(operand)
        handle: Operand = operand.handle
        return handle

    def _vector(self, operand: Value | int) -> VectorOperand:
        if isinstance(operand, int):
            return self.kernel.splat(operand)
        handle: Handle = operand.handle
        return handle if _is_vector(operand.span) else Splat(_operand(handle))

    def numbers(self, numbers_: range, span: Span) -> Handle:
        if not _is_vector(span):
            return self.kernel.constant(numbers_.start)
        lanes = numbers(0, span.count)
        scaled = lanes if numbers_.step == 1 else lanes.combine("*", same(numbers_.step, span.count))
        shifted = scaled if numbers_.start == 0 else scaled.apply("+", numbers_.start & 0xFFFF_FFFF)
        vector = self._constants.vector(shifted)
        return vector if isinstance(vector, Buffer | Operand) else self.kernel.whole(vector)

    # Memory

    def load(self, array: Placed, start: int | Value, span: Span | None) -> Handle:
        count = 1 if span is None else span.count
        if isinstance(start, int):
            return self.residence.load(array, start, count)
        memory = MemoryRange(array.words.start, array.words.stop)
        address = _operand(start.handle)
        if count == 1:
            word = self.kernel.scalar(array.name)
            self.kernel.load(word, address, memory)
            return word
        made = self.kernel.vector(array.name)
        self.kernel.load_vector(made, address, memory)
        return made

    def gather(self, array: Placed, addresses: Value, span: Span) -> Handle:
        memory = MemoryRange(array.words.start, array.words.stop)
        if not _is_vector(span):
            word = self.kernel.scalar(array.name)
            self.kernel.load(word, _operand(addresses.handle), memory)
            return word
        made = self.kernel.vector(array.name)
        self.kernel.gather(made, addresses.handle, memory)
        return made

    def store(self, array: Placed, start: int | Value, value: Value | int, span: Span | None) -> None:
        count = 1 if span is None else span.count
        self.residence.forget(array)
        if isinstance(start, int):
            address, memory = self.residence.addresses.word(start), MemoryRange(start, start + count)
        else:
            address, memory = _operand(start.handle), MemoryRange(array.words.start, array.words.stop)
        if count == 1:
            self.kernel.store(address, self._stored(value), memory)
        else:
            self.kernel.store_vector(address, self._vector(value), memory)

    def scatter(self, array: Placed, addresses: Value, value: Value | int, span: Span) -> None:
        self.residence.forget(array)
        memory = MemoryRange(array.words.start, array.words.stop)
        is_same = isinstance(value, int) or value.span is None
        for lane in range(span.count):
            address = _operand(addresses.handle, lane)
            word = self._stored(value, 0 if is_same else lane)
            self.kernel.store(address, word, memory)

    def _stored(self, value: Value | int, lane: int = 0) -> Operand:
        return self.kernel.constant(value) if isinstance(value, int) else _operand(value.handle, lane)

    def lane_words(self, value: Value) -> list[Operand]:
        count = 1 if value.span is None else value.span.count
        return [_operand(value.handle, lane) for lane in range(count)]

    # Knobs and loops

    def knobs(self) -> Iterator[Knob]:
        """The choices that what has been emitted leaves to a search."""
        yield from self.residence.knobs()
        yield from self.residence.addresses.knobs()
        yield from self.constants.knobs()
        constants = len(self._lane_constants)
        yield from wholesale_knobs(self.kernel.machine, self.products, self.totalled, self.choices, constants)

    def spans(self, loop: Loop, indices: range) -> Iterator[Span]:
        tail = OVERLAP if self.overlaps(loop) else WORDS
        return spans(indices, self.kernel.machine.vector_length, tail, loop.place)

    def overlaps(self, loop: Loop) -> bool:
        return self._settings.get(f"{loop.name}.tail") == OVERLAP

    @contextmanager
    def iteration(self, loop: Loop, number: int) -> Iterator[None]:
        group = int(self._settings.get(f"{loop.name}.group", 1))
        if number % group == 0:
            self._stream += 1
        self.residence.begin_iteration()
        before = self.kernel.operation_count
        with self.kernel.at(self._stream - 1, number % group):
            yield
        if number == 1:
            self._require_room(loop.sizes[-1], self.kernel.operation_count - before)

    def _require_room(self, indices: int, operations: int) -> None:
        """Refuse a loop at once whose iterations, if each has about so many operations, are far too many."""
        about = indices // self.kernel.machine.vector_length * operations
        if about > FAR_TOO_MANY * MOST_OPERATIONS:
            raise GraphTooLargeError(
                f"a loop of {indices:,} indices makes about {about:,} operations, and a program has at most "
                f"{MOST_OPERATIONS:,}: give a smaller shape"
            )

    def unroll(self, loop: Loop) -> int:
        return int(self._settings.get(f"{loop.name}.unroll", 4))


def _is_vector(span: Span | None) -> bool:
    return span is not None and span.count > 1


def _kind(operand: Value | int) -> Kind:
    """The narrowest kind of operand that it can be."""
    if isinstance(operand, int):
        return Kind.NUMBER
    return Kind.LANE if _is_vector(operand.span) else Kind.WORD


def _operand(handle: VectorOperand, lane: int = 0) -> Operand:
    """The word of a lane."""
    if isinstance(handle, Splat):
        return handle.scalar
    first = handle if isinstance(handle, Operand) else handle[0]
    return Operand(first.buffer, first.offset + lane)
