"""The order in which terms and stores are written: as their graph had them, as far as operands and memory allow."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rewriting.components import strong_components
from rewriting.operator_names import LANE, PACK
from rewriting.stretches import Stretches
from rewriting.terms import CONST, LOAD, VLOAD, Place, Region, TermGraph


@dataclass(frozen=True, slots=True)
class Compute:
    """A term is computed: neither a constant nor a lane, which are had with what needs them."""

    term: int


@dataclass(frozen=True, slots=True)
class CopyLane:
    """A word of a vector that others land upon goes to its lane of a pack."""

    pack: int
    lane: int


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


Step = Compute | CopyLane | LoadBlock | MapRegion | WriteStore


class CircleError(Exception):
    """Steps wait for one another, because vectors land on what is still to be read.

    Attributes:
        stretches: those in which they land.
    """

    def __init__(self, stretches: frozenset[int]) -> None:
        super().__init__(f"steps wait for one another in {len(stretches)} stretches")
        self.stretches = stretches


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
    graph: TermGraph,
    needed: Sequence[int],
    blocks: Mapping[int, int],
    operands: Mapping[int, Iterable[int]],
    stretches: Stretches,
) -> list[tuple[Step, Place]]:
    """All steps in an order that has sequential meaning, each with the place it takes.

    Args:
        graph: what is ordered.
        needed: the terms to be computed, in ascending order.
        blocks: as :func:`find_blocks` gives them.
        operands: what each of these terms reads, its alternatives included.
        stretches: what lands on what.

    Raises:
        CircleError: with these stretches there is none.
    """
    planner = _Planner(graph, blocks, stretches)
    for number in needed:
        planner.add_term(number, operands[number])
    for number in range(len(graph.stores)):
        planner.add_store(number)
    return planner.order()


class _Planner:
    def __init__(self, graph: TermGraph, blocks: Mapping[int, int], stretches: Stretches) -> None:
        self._graph = graph
        self._blocks = blocks
        self._stretches = stretches
        self._before: dict[Step, set[Step]] = {}
        self._readers: dict[int, list[Step]] = {}
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
            copied = self._copy_lanes(number)
            before.update(copied)
            self._read(step, before, [arg for arg in operands if arg not in copied.values()])
        if op in (LOAD, VLOAD):
            assert isinstance(data, Region)
            self._loads.append((step, data))
            if data.maps:
                change = MapRegion(data)
                before.add(change)
                if change not in self._before:
                    self._before[change] = set()
                    self._loads.append((change, data))

    def _read(self, step: Step, before: set[Step], operands: Iterable[int]) -> None:
        for arg in operands:
            found = self._step_of(arg)
            if found is not None:
                before.add(found)
                self._readers.setdefault(arg, []).append(step)

    def _copy_lanes(self, number: int) -> dict[Step, int]:
        """The words of a pack that are copied as soon as they have landed."""
        copied: dict[Step, int] = {}
        if self._graph.table[number].op == PACK and number not in self._stretches.landings:
            for lane, word in enumerate(self._graph.table[number].args):
                op, args, _ = self._graph.table[word]
                if op == LANE and args[0] in self._stretches.landings:
                    copied[CopyLane(number, lane)] = word
        for step, word in copied.items():
            self._read(step, self._before.setdefault(step, set()), [word])
        return copied

    def add_store(self, number: int) -> None:
        store = self._graph.stores[number]
        step = WriteStore(number)
        self._read(step, self._before.setdefault(step, set()), (store.address, store.value))

    def order(self) -> list[tuple[Step, Place]]:
        self._order_memory()
        landing = list(self._landing())
        for step, earlier, _ in landing:
            self._before[step].add(earlier)
        self._refuse_circles(landing)
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

    def _landing(self) -> Iterator[tuple[Step, Step, int]]:
        """Vectors that land on others, what they must wait for, and in which stretch that is."""
        numbers = self._graph.table.lanes()
        for stretch, overwriting in self._stretches.overwriting.items():
            for term, lanes, vector in overwriting:
                step = Compute(vector)
                read = [term, *(numbers[term, lane] for lane in lanes if (term, lane) in numbers)]
                earlier = [Compute(term), *(reader for each in read for reader in self._readers.get(each, ()))]
                yield from ((step, each, stretch) for each in earlier if each != step)

    def _refuse_circles(self, landing: Sequence[tuple[Step, Step, int]]) -> None:
        if not landing:
            return
        numbers = {step: number for number, step in enumerate(self._before)}
        waiting = {numbers[step]: {numbers[each] for each in before} for step, before in self._before.items()}
        component = strong_components(waiting)
        circles = {stretch for step, each, stretch in landing if component[numbers[step]] == component[numbers[each]]}
        if circles:
            raise CircleError(frozenset(circles))

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
        if isinstance(step, CopyLane):
            word = self._graph.table[self._graph.table[step.pack].args[step.lane]]
            return self._graph.places.get(word.args[0])
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
