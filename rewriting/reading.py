"""From an operation graph to its terms: the graph is executed with terms in place of words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from machine.errors import GraphError
from machine.graph.operation import Graph, MemoryRange, Operand, Operation, SlotRun
from machine.opcodes import Effect
from rewriting.operator_names import LANE, PACK
from rewriting.terms import (
    LOAD,
    MULTIPLY_ADD,
    SELECT,
    VLOAD,
    Landing,
    Place,
    Region,
    Store,
    TermGraph,
    TermTable,
)

Word = tuple[int, int]
"""What a scratch word holds: a term, and the lane of it where it is a vector (else -1)."""

_WORD = -1


def read_terms(graph: Graph) -> TermGraph:
    """The terms of ``graph``, those of the first implementation of each operation.

    Raises:
        GraphError: a word is read before it is written.
    """
    reader = _Reader(graph)
    for position, operation in enumerate(graph.operations):
        reader.read(position, operation)
    return TermGraph(
        graph.machine,
        graph.memory_words,
        reader.table,
        tuple(reader.stores),
        reader.places,
        landings=reader.landings.shared(),
    )


@dataclass
class _Effects:
    """What the slots of one operation write: words of scratch, and memory."""

    words: list[tuple[int, int, Word]] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.table = TermTable()
        self.stores: list[Store] = []
        self.places: dict[int, Place] = {}
        self.landings = _Landings(self.table)
        self._length = graph.machine.vector_length
        self._buffers: list[list[Word | None]] = [
            [(self.table.constant(0), _WORD) if b.zero else None] * b.words for b in graph.buffers
        ]
        self._place = Place(0)

    def read(self, position: int, operation: Operation) -> None:
        """Execute one operation: all its slots read before any of them writes."""
        self._place = Place(position, operation.stream, operation.step)
        effects = _Effects()
        known = len(self.table)
        for run in operation.implementations[0].runs:
            if not self._whole_vector(run, effects):
                for slot in range(run.count):
                    self._slot(run, slot, effects)
        for buffer, offset, word in effects.words:
            self._buffers[buffer][offset] = word
        self.stores += effects.stores
        for number in range(known, len(self.table)):
            self.places[number] = self._place

    def _whole_vector(self, run: SlotRun, effects: _Effects) -> bool:
        """Read a run of single lanes as one operation on vectors, if it is that."""
        single = run.opcode.is_vector or run.opcode.writes_memory or run.count != self._length
        if single or (run.memory is not None and run.memory.stride != 0):
            return False
        operands = []
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if isinstance(operand, Operand) and not role.is_written:
                operands.append(self._vector_at(operand))
            elif not isinstance(operand, Operand):
                operands.append(self.table.constant(operand))
        target = run.operands[0]
        assert isinstance(target, Operand)
        result = self._result(run, operands, run.memory)
        self.landings.landed(result, target)
        for lane in range(run.count):
            effects.words.append((target.buffer, target.offset + lane * target.stride, self._lane_of(result, lane)))
        return True

    def _slot(self, run: SlotRun, slot: int, effects: _Effects) -> None:
        operands = []
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if not isinstance(operand, Operand):
                operands.append(self.table.constant(operand))
            elif not role.is_written:
                first = operand.offset + slot * operand.stride
                if role.is_vector:
                    operands.append(self._vector_at(Operand(operand.buffer, first, 1)))
                else:
                    operands.append(self._single(self._word(operand.buffer, first)))
        memory = run.memory
        if memory is not None:
            memory = MemoryRange(memory.start + slot * memory.stride, memory.stop + slot * memory.stride)
        if run.opcode.writes_memory:
            assert memory is not None
            whole = run.opcode.is_vector
            effects.stores.append(Store(operands[0], operands[1], memory.start, memory.stop, whole, self._place))
            return
        result = self._result(run, operands, memory)
        target = run.operands[0]
        assert isinstance(target, Operand)
        first = target.offset + slot * target.stride
        self.landings.landed(result, Operand(target.buffer, first, 1))
        for lane in range(self._length if run.opcode.roles[0].is_vector else 1):
            effects.words.append((target.buffer, first + lane, self._lane_of(result, lane)))

    def _result(self, run: SlotRun, operands: Sequence[int], memory: MemoryRange | None) -> int:
        opcode, args = run.opcode, tuple(operands)
        match opcode.effect:
            case Effect.BINARY | Effect.OWN:
                return self.table.add(opcode.name, args)
            case Effect.ADD_IMMEDIATE:
                return self.table.add("+", args)
            case Effect.MULTIPLY_ADD:
                return self.table.add(MULTIPLY_ADD, args)
            case Effect.SELECT:
                return self.table.add(SELECT, args)
            case Effect.BROADCAST | Effect.CONST:
                return args[0]
            case Effect.CORE_ID:
                return self.table.constant(0)
            case Effect.LOAD:
                return self.table.add(LOAD, args, self._region(memory))
            case Effect.LOAD_VECTOR:
                return self.table.add(VLOAD, args, self._region(memory))
            case _:
                raise GraphError(f"{opcode.name} has no place in a graph")

    def _region(self, memory: MemoryRange | None) -> Region:
        assert memory is not None
        version = len(self.stores)
        while version > 0 and not self._touches(self.stores[version - 1], memory):
            version -= 1
        return Region(version, memory.start, memory.stop)

    @staticmethod
    def _touches(store: Store, memory: MemoryRange) -> bool:
        return store.start < memory.stop and memory.start < store.stop

    # Words and vectors

    def _word(self, buffer: int, offset: int) -> Word:
        word = self._buffers[buffer][offset]
        if word is None:
            raise GraphError("reads a word that was never written")
        return word

    def _lane_of(self, term: int, lane: int) -> Word:
        return (term, lane) if self.table.is_vector(term) else (term, _WORD)

    def _single(self, word: Word) -> int:
        term, lane = word
        return term if lane == _WORD else self.table.add(LANE, (term,), lane)

    def _vector_at(self, first: Operand) -> int:
        """The vector whose lanes stand ``stride`` words apart."""
        words = [self._word(first.buffer, first.offset + k * first.stride) for k in range(self._length)]
        term, _ = words[0]
        if all(word == words[0] for word in words):
            return self._single(words[0])
        if all(word == (term, place) for place, word in enumerate(words)):
            return term
        pack = self.table.add(PACK, tuple(self._single(word) for word in words))
        self.landings.seen(pack, first)
        return pack


class _Landings:
    """Where vectors land, and windows on them are read; buffers without windows share nothing worth keeping."""

    def __init__(self, table: TermTable) -> None:
        self._table = table
        self._landed: dict[int, list[Landing]] = {}
        self._windows: dict[int, list[Landing]] = {}

    def landed(self, term: int, first: Operand) -> None:
        """A vector is written, its lanes ``stride`` words apart."""
        if first.stride == 1 and self._table.is_vector(term):
            self._landed.setdefault(term, []).append(Landing(first.buffer, first.offset))

    def seen(self, term: int, first: Operand) -> None:
        """A vector is read that was not written as one."""
        if first.stride == 1:
            self._windows.setdefault(term, []).append(Landing(first.buffer, first.offset))

    def shared(self) -> dict[int, Landing]:
        """The first place of each term in a buffer with windows on vectors."""
        lying = {term: {place.stretch for place in places} for term, places in self._landed.items()}
        stretches = set()
        for term, places in self._windows.items():
            vectors = {self._table[word].args[0] for word in self._table[term].args if self._table[word].op == LANE}
            below = {stretch for vector in vectors for stretch in lying.get(vector, ())}
            stretches |= {place.stretch for place in places} & below
        found = {}
        for term, places in (*self._landed.items(), *self._windows.items()):
            place = next((place for place in places if place.stretch in stretches), None)
            if place is not None:
                found[term] = place
        return found
