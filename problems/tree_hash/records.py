"""Builds tables of records in memory, and loads records for a group's walkers.

Records are loaded one word apart, into overlapping places: those of even lanes into one stretch of scratch, those of
odd lanes into another, so that two words of each survive the next load.  These are the children.  The node is XORed,
and a pointer stored, by slots of a lane before the next record of the same parity lands on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, Implementation, MemoryRange, Operand, SlotRun
from problems.tree_hash.plan import Plan
from problems.tree_hash.record_tables import CHILDREN, NODE, POINTER, Linear, RecordTable
from problems.tree_hash.setup import Setup
from problems.tree_hash.tables import ENCODING, Tables


@dataclass(frozen=True, slots=True)
class Loaded:
    """Records of a group's walkers.

    Attributes:
        landed: both stretches.
        odd: offset of the second stretch.
        pointer: the records' last words, in a vector, if they were asked for.
    """

    landed: Buffer
    odd: int
    pointer: Buffer | None


class Records:
    """The tables of a plan, built on first need."""

    def __init__(self, kernel: Kernel, plan: Plan, setup: Setup, tables: Tables) -> None:
        self._kernel = kernel
        self._plan = plan
        self._setup = setup
        self._tables = tables
        self._length = kernel.machine.vector_length
        self._wanted = _words_of_tables(plan)
        self._built: set[int] = set()
        self._pointers: dict[int, Operand] = {}
        self._turn = 0

    # Tables

    def build(self, table: RecordTable) -> None:
        """Build the blocks that hold a table's words, unless that has been done."""
        origin = table.folding.start if table.folding is not None else table.start
        for start in range(
            origin + (table.span.start - origin) // self._length * self._length, table.span.stop, self._length
        ):
            if start not in self._built and any(start + k in self._wanted for k in range(self._length)):
                self._built.add(start)
                with self._kernel.at(stream=self._stream(table), step=table.top):
                    self._build_block(start)

    def _stream(self, table: RecordTable) -> int:
        """Tables are for all groups, and wanted later the deeper they are: each is as urgent as a later group."""
        return self._plan.table_delay * sum(top <= table.top for top in self._plan.tables)

    def _build_block(self, start: int) -> None:
        sources = {k: self._wanted.get(start + k) for k in range(self._length)}
        if self._leaves_spare_words:
            sources = {k: source for k, source in sources.items() if source is not None}
        block = self._kernel.vector(f"records at {start}", zero=len(sources) < self._length)
        runs = [self._word(block[k], source) for k, source in sources.items()]
        self._tables.load_before_overwriting(start)
        self._kernel.operation("records", [Implementation("alu", tuple(runs))])
        self._pointers |= {source: block[k] for k, source in sources.items() if isinstance(source, int)}
        address = self._setup.word(start)
        self._kernel.store_vector(address, block, MemoryRange(start, start + self._length))

    def _word(self, target: Operand, source: "_Node | int | None") -> SlotRun:
        """The slot that makes a word: a node, encoded; a pointer, as a sum; where there is none, the root."""
        if isinstance(source, int):
            return self._pointer(target, source)
        node = source or _Node(0, 0)
        raw = self._tables.raw(node.level, node.number)
        return self._kernel.lane_run("^", (target, raw, self._setup.word(ENCODING)))

    def _pointer(self, target: Operand, value: int) -> SlotRun:
        """A pointer as the sum of two constants, or as one made before and a step, of which few differ."""
        if not self._pointers or not self._plan.setup.is_shared:
            return self._kernel.lane_run("+", (target, *self._setup.summands(value)))
        known = self._setup.nearest(value, self._pointers)
        step = self._setup.word(abs(value - known))
        return self._kernel.lane_run("+" if known < value else "-", (target, self._pointers[known], step))

    @property
    def _leaves_spare_words(self) -> bool:
        """Whether words of a table that hold nothing stay what they are at the start."""
        return self._plan.setup.is_shared and self._kernel.machine.scratch_starts_zero

    # Records

    def load(
        self, table: RecordTable, address: Buffer, value: Buffer, met: Buffer, pointers: "Pointers | None"
    ) -> Loaded:
        """Load the records of a group and XOR their nodes to ``value``, into ``met``.

        Args:
            table: where they are.
            address: of each walker's record.
            value: the live value.
            met: the value with the node.
            pointers: takes the pointers, if they are wanted.
        """
        last_even, last_odd = (self._length - 1) // 2 * 2, (self._length - 2) // 2 * 2 + 1
        odd = last_even + self._length - 1
        landed = self._kernel.buffer("records", odd + last_odd + self._length)
        span = MemoryRange(table.span.start, table.span.stop - table.record_words + self._length)
        for lane in range(self._length):
            at = lane + odd * (lane % 2)
            self._kernel.load_vector(landed[at], address[lane], span)
            self._kernel.scalar_binary("^", met[lane], value[lane], landed[at + NODE])
            if pointers is not None:
                pointers.take(lane, landed[at + POINTER])
        return Loaded(landed, odd, None if pointers is None else pointers.vector())

    def child(self, loaded: Loaded, bit: Buffer, value: Buffer, met: Buffer) -> None:
        """XOR to ``value`` the children to which ``bit`` leads, into ``met``."""
        kernel = self._kernel
        runs = []
        for lanes, stretch in ((range(0, self._length, 2), 0), (range(1, self._length, 2), loaded.odd)):
            chosen = kernel.vector("child")
            right, left = loaded.landed[stretch + CHILDREN], loaded.landed[stretch + CHILDREN + 1]
            kernel.select(chosen, bit, left, right)
            operands = tuple(Operand(vector.number, lanes.start, 2) for vector in (met, value, chosen))
            runs.append(kernel.lane_run("^", operands, len(lanes)))
        kernel.operation("^", [Implementation("alu", tuple(runs))])

    def broadcast(self, word: Operand) -> Buffer:
        """A vector filled with ``word`` through memory, which spares a compute operation."""
        self._turn += 1
        place = self._plan.broadcast_places[self._turn % len(self._plan.broadcast_places)]
        self._tables.load_before_overwriting(place)
        through = PointersThroughMemory(self._kernel, self._setup, place)
        for lane in range(self._length):
            through.take(lane, word)
        return through.vector()

    def pointers(self, place: int | None) -> "Pointers":
        """What takes pointers to a vector: through the vector of memory at ``place``, or by lanes if there is none."""
        if place is None:
            return PointersByLanes(self._kernel)
        self._tables.load_before_overwriting(place)
        return PointersThroughMemory(self._kernel, self._setup, place)


class PointersByLanes:
    """A compute operation for a vector of pointers."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._vector = kernel.vector("pointer")

    def take(self, lane: int, word: Operand) -> None:
        """Take the pointer of a lane, soon overwritten, from ``word``."""
        self._kernel.scalar_binary("|", self._vector[lane], word, self._kernel.zero())

    def vector(self) -> Buffer:
        """The pointers taken."""
        return self._vector


class PointersThroughMemory:
    """A store for each pointer, and one load for all; memory's vector is shared by groups in turn."""

    def __init__(self, kernel: Kernel, setup: Setup, start: int) -> None:
        self._kernel = kernel
        self._setup = setup
        self._start = start

    def take(self, lane: int, word: Operand) -> None:
        """Take the pointer of a lane, soon overwritten, from ``word``."""
        at = self._start + lane
        self._kernel.store(self._setup.word(at), word, MemoryRange(at, at + 1))

    def vector(self) -> Buffer:
        """The pointers taken."""
        vector = self._kernel.vector("pointer")
        memory = MemoryRange(self._start, self._start + self._kernel.machine.vector_length)
        self._kernel.load_vector(vector, self._setup.word(self._start), memory)
        return vector


Pointers = PointersByLanes | PointersThroughMemory


@dataclass(frozen=True, slots=True)
class _Node:
    level: int
    number: int


def _words_of_tables(plan: Plan) -> Mapping[int, "_Node | int"]:
    """What the words of tables hold, by address: nodes, and pointers as numbers."""
    words: dict[int, _Node | int] = {}
    for top, table in plan.tables.items():
        target = plan.pointer_target(top)
        for number in range(2**top):
            at = table.address(number)
            words[at + CHILDREN] = _Node(top + 1, 2 * number + 1)
            words[at + CHILDREN + 1] = _Node(top + 1, 2 * number)
            words[at + NODE] = _Node(top, number)
            if target is not None:
                words[at + POINTER] = pointer(target, top, number)
    return words


def pointer(target: Linear, top: int, number: int) -> int:
    """The address of ``target``, below node ``number`` of level ``top``, for bits of 0."""
    spelled = (1 << top) - 1 - number
    return target.origin + (target.unit * spelled << target.level - top)
