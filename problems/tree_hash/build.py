"""Emits the whole kernel: groups enter, go through their rounds in the plan's order, and leave."""

from contextlib import AbstractContextManager, nullcontext

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, Implementation, MemoryRange, Operand
from problems.knobs import KnobSettings
from problems.tree_hash.layout import Layout
from problems.tree_hash.plan import Plan, Visit, make_plan
from problems.tree_hash.records import Records
from problems.tree_hash.setup import Setup
from problems.tree_hash.tables import Tables
from problems.tree_hash.walkers import Walkers

_GROUPS_BACK = 4
"""An address is the sum of one so many groups back: a short chain, of few words held."""


def build_tree_hash(kernel: Kernel, layout: Layout, knobs: KnobSettings, *, with_indices: bool) -> None:
    """Emit ``tree_hash`` for one layout; the indices are output only if asked for."""
    builder = _Builder(kernel, make_plan(layout, kernel.machine, knobs, with_indices=with_indices))
    for chunk in builder.plan.visits():
        for visit in chunk:
            with kernel.at(stream=visit.group, step=visit.round), builder.broadcasts(visit):
                builder.visit(visit)
    builder.return_borrowed()


class _Builder:
    """The groups between their first and last round."""

    def __init__(self, kernel: Kernel, plan: Plan) -> None:
        self._kernel = kernel
        self.plan = plan
        self._setup = Setup(kernel, plan)
        self._tables = Tables(kernel, plan, self._setup)
        self._records = Records(kernel, plan, self._setup, self._tables)
        self._walkers: dict[int, Walkers] = {}
        self._waiting: dict[int, Buffer | None] = {}
        self._value_addresses: dict[int, Operand] = {}

    def broadcasts(self, visit: Visit) -> AbstractContextManager[None]:
        """Constants that only later rounds need reach vectors through memory."""
        if visit.round < self.plan.stored_broadcasts_from or not self.plan.broadcast_places:
            return nullcontext()
        return self._kernel.broadcasting(self._records.broadcast)

    def visit(self, visit: Visit) -> None:
        """Emit one round of one group, with its loads before the first and its stores after the last."""
        if visit.round == 0:
            value = self._load_values(visit.group)
            self._walkers[visit.group] = Walkers(
                self._kernel, self.plan, self._tables, self._records, visit.group, value
            )
        walkers = self._walkers[visit.group]
        walkers.round(visit.round, with_indices=self.plan.with_indices)
        if visit.round == self.plan.layout.rounds - 1:
            self._store(visit.group, self.plan.layout.values_at, walkers.value, self._value_address(visit.group))
            if self.plan.with_indices:
                self._finish_indices(visit.group, walkers)
            del self._walkers[visit.group]

    def _finish_indices(self, group: int, walkers: Walkers) -> None:
        """Store a group's indices, unless their place is borrowed; at the root they are 0, as in the image."""
        first = self.plan.layout.indices_at + self._first(group)
        indices = None if self.plan.final_indices is None else walkers.index()
        if self.plan.borrows(range(first, first + self._count(group))):
            self._waiting[group] = indices
        elif indices is not None:
            self._store(group, self.plan.layout.indices_at, indices)

    def return_borrowed(self) -> None:
        """Store the indices whose places were borrowed."""
        zero = self._kernel.vector("zero", zero=True) if None in self._waiting.values() else None
        for group, indices in self._waiting.items():
            source = zero if indices is None else indices
            assert source is not None
            with self._kernel.at(stream=group, step=self.plan.layout.rounds - 1):
                self._store(group, self.plan.layout.indices_at, source)

    def _load_values(self, group: int) -> Buffer:
        first, count = self._first(group), self._count(group)
        at = self.plan.layout.values_at + first
        length = self._kernel.machine.vector_length
        if count == length:
            value = self._kernel.vector(f"value.{group}")
            self._kernel.load_vector(value, self._entry_address(group, at), MemoryRange(at, at + length))
            return value
        # Lanes without a walker compute from 0: harmless, and cheaper than leaving them out.
        value = self._kernel.vector(f"value.{group}", zero=True)
        for lane in range(count):
            address = self._kernel.constant(at + lane)
            self._kernel.load(value[lane], address, MemoryRange(at + lane, at + lane + 1))
        return value

    def _store(self, group: int, region: int, source: Buffer, address: Operand | None = None) -> None:
        at, count = region + self._first(group), self._count(group)
        if count == self._kernel.machine.vector_length:
            where = self._setup.word(at) if address is None else address
            self._kernel.store_vector(where, source, MemoryRange(at, at + count))
            return
        for lane in range(count):
            memory = MemoryRange(at + lane, at + lane + 1)
            self._kernel.store(self._kernel.constant(at + lane), source[lane], memory)

    def _entry_address(self, group: int, at: int) -> Operand:
        """The address of a group's values, in a word that the group ``groups_in_flight`` before it has left.

        Waiting for that word is what keeps a schedule to that many groups.
        """
        place = group % self.plan.groups_in_flight
        if place not in self._value_addresses:
            self._value_addresses[place] = self._kernel.scalar(f"values address {place}")
        self._kernel.load_constant(self._value_addresses[place], at, self._from_earlier(group, place))
        return self._value_addresses[place]

    def _from_earlier(self, group: int, place: int) -> list[Implementation]:
        """The address of a group's values as a sum, from that of a group that has its own still."""
        word = self._value_addresses[place]
        if not self.plan.setup.adds_addresses:
            return []
        length = self._kernel.machine.vector_length
        back = min(_GROUPS_BACK, self.plan.groups_in_flight - 1)
        if back == 0 or group < back or self.plan.batch_grouping > 1 or self.plan.unroll < self.plan.layout.rounds:
            return self._setup.sums(word, self.plan.layout.values_at + self._first(group))[0]
        step = self._setup.word(back * length)
        earlier = self._value_addresses[(group - back) % self.plan.groups_in_flight]
        return [Implementation("sum", (self._kernel.lane_run("+", (word, earlier, step)),))]

    def _value_address(self, group: int) -> Operand | None:
        """The address to store a full group's values at; ``None`` for one that is not full."""
        if self._count(group) < self._kernel.machine.vector_length:
            return None
        address = self._value_addresses[group % self.plan.groups_in_flight]
        if self.plan.reload_addresses:
            self._kernel.load_constant(address, self.plan.layout.values_at + self._first(group))
        return address

    def _first(self, group: int) -> int:
        return group * self._kernel.machine.vector_length

    def _count(self, group: int) -> int:
        return min(self._kernel.machine.vector_length, self.plan.layout.batch - self._first(group))
