"""The order in which terms and stores are written: as their graph had them, as far as operands and memory allow."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rewriting.terms import CONST, LANE, LOAD, VLOAD, Place, Region, TermGraph


@dataclass(frozen=True, slots=True)
class Compute:
    """A term is computed: neither a constant nor a lane, which are had with what needs them."""

    term: int


@dataclass(frozen=True, slots=True)
class LoadBlock:
    """A vector of memory words, read for the sake of single words in it."""

    start: int


@dataclass(frozen=True, slots=True)
class MapRegion:
    """Memory words are changed in place."""

    region: Region


@dataclass(frozen=True, slots=True)
class WriteStore:
    """A store, by its number."""

    number: int


Step = Compute | LoadBlock | MapRegion | WriteStore


def find_blocks(graph: TermGraph, needed: Sequence[int]) -> dict[int, int]:
    """Single words at constant addresses that are worth one vector load: the first address of the block of each.

    Only memory that no store has touched yet is read so.
    """
    length = graph.machine.vector_length
    at: dict[int, int] = {}
    for number in needed:
        op, args, region = graph.table[number]
        if op == LOAD and isinstance(region, Region) and region.version == 0 and not region.maps:
            address = graph.table[args[0]]
            if address.op == CONST:
                assert isinstance(address.data, int)
                at[address.data] = number
    blocks: dict[int, int] = {}
    pending = sorted(at)
    while pending:
        start = min(pending[0], graph.memory_words - length)
        inside = [address for address in pending if address < start + length]
        if start >= 0 and len(inside) > 1:
            blocks |= {at[address]: start for address in inside}
        pending = [address for address in pending if address not in inside]
    return blocks


def order_steps(
    graph: TermGraph, needed: Sequence[int], blocks: Mapping[int, int], operands: Mapping[int, Iterable[int]]
) -> list[tuple[Step, Place]]:
    """All steps in an order that has sequential meaning, each with the place it takes.

    Args:
        graph: what is ordered.
        needed: the terms to be computed, in ascending order.
        blocks: as :func:`find_blocks` gives them.
        operands: what each of these terms reads, its alternatives included.
    """
    planner = _Planner(graph, blocks)
    for number in needed:
        planner.add_term(number, operands[number])
    for number in range(len(graph.stores)):
        planner.add_store(number)
    return planner.order()


class _Planner:
    def __init__(self, graph: TermGraph, blocks: Mapping[int, int]) -> None:
        self._graph = graph
        self._blocks = blocks
        self._before: dict[Step, set[Step]] = {}
        self._loads: list[tuple[Step, Region]] = []

    def _step_of(self, term: int) -> Step | None:
        """The step after which a term can be read; ``None`` for a constant."""
        op, args, _ = self._graph.table[term]
        if op == CONST:
            return None
        if op == LANE:
            return self._step_of(args[0])
        return LoadBlock(self._blocks[term]) if term in self._blocks else Compute(term)

    def add_term(self, number: int, operands: Iterable[int]) -> None:
        op, _, data = self._graph.table[number]
        step = self._step_of(number)
        if step is None or op == LANE:
            return
        before = self._before.setdefault(step, set())
        if isinstance(step, Compute):
            before |= {found for arg in operands if (found := self._step_of(arg)) is not None}
        if op in (LOAD, VLOAD):
            assert isinstance(data, Region)
            self._loads.append((step, data))
            if data.maps:
                change = MapRegion(data)
                before.add(change)
                if change not in self._before:
                    self._before[change] = set()
                    self._loads.append((change, data))

    def add_store(self, number: int) -> None:
        store = self._graph.stores[number]
        steps = (self._step_of(store.address), self._step_of(store.value))
        self._before[WriteStore(number)] = {step for step in steps if step is not None}

    def order(self) -> list[tuple[Step, Place]]:
        self._order_memory()
        places = self._places()
        users: dict[Step, list[Step]] = {step: [] for step in self._before}
        waiting = {}
        for step, before in self._before.items():
            waiting[step] = len(before)
            for earlier in before:
                users[earlier].append(step)
        number = {step: n for n, step in enumerate(self._before)}
        ready = [(places[step], number[step], step) for step, count in waiting.items() if count == 0]
        heapq.heapify(ready)
        ordered: list[tuple[Step, Place]] = []
        while ready:
            place, _, step = heapq.heappop(ready)
            ordered.append((step, place))
            for user in users[step]:
                waiting[user] -= 1
                if waiting[user] == 0:
                    heapq.heappush(ready, (places[user], number[user], user))
        assert len(ordered) == len(self._before), "terms and memory wait for one another"
        return ordered

    def _order_memory(self) -> None:
        stores = self._graph.stores
        for number, store in enumerate(stores):
            touching = [n for n in range(number) if stores[n].start < store.stop and store.start < stores[n].stop]
            self._before[WriteStore(number)] |= {WriteStore(n) for n in touching}
        for step, region in self._loads:
            for number, store in enumerate(stores):
                if store.start < region.stop and region.start < store.stop:
                    if number < region.version:
                        self._before[step].add(WriteStore(number))
                    else:
                        self._before[WriteStore(number)].add(step)

    def _places(self) -> dict[Step, Place]:
        """Where each step stands: where the graph had it or, if it is new, just before the first that needs it."""
        last = Place(len(self._graph.table) + len(self._graph.stores) + 1_000_000)
        places: dict[Step, Place] = {}
        for step in reversed(self._topological()):
            own = self._own_place(step)
            if own is not None:
                places[step] = own
            place = places.setdefault(step, last)
            for earlier in self._before[step]:
                if earlier not in places or (self._own_place(earlier) is None and place < places[earlier]):
                    places[earlier] = place
        return places

    def _own_place(self, step: Step) -> Place | None:
        if isinstance(step, WriteStore):
            return self._graph.stores[step.number].place
        return self._graph.places.get(step.term) if isinstance(step, Compute) else None

    def _topological(self) -> list[Step]:
        done: dict[Step, None] = {}
        for root in self._before:
            stack: list[tuple[Step, bool]] = [(root, False)]
            while stack:
                step, expanded = stack.pop()
                if step in done:
                    continue
                if expanded:
                    done[step] = None
                else:
                    stack.append((step, True))
                    stack.extend((earlier, False) for earlier in self._before[step] if earlier not in done)
        return list(done)
