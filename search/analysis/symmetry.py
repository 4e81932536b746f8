"""Classes of alike slots, implementations, operations, versions and buffers: an equitable partition of a graph.

Two slots are alike if they use one engine with one latency, head and tail, belong to alike implementations of alike
operations, and read and write equally many versions of each class; and so for the others.  Versions, and buffers, are
alike only if operations access them alike, too: how many of the slots that read a version can be chosen depends on
which of them belong to one operation.  Found by colour refinement.  Constants and names of buffers play no part.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from machine.graph.flat import FlatGraph
from search.analysis.chains import Chains


@dataclass(frozen=True)
class Alike:
    """The class of each slot, implementation, operation, version and buffer."""

    slots: Sequence[int]
    implementations: Sequence[int]
    operations: Sequence[int]
    versions: Sequence[int]
    buffers: Sequence[int]

    @property
    def count(self) -> int:
        """How many classes there are."""
        kinds = (self.slots, self.implementations, self.operations, self.versions, self.buffers)
        return sum(len(set(each)) for each in kinds)


def find_alike(flat: FlatGraph, chains: Chains, colours: Sequence[int] | None = None) -> Alike:
    """The coarsest such partition; if operations are given colours, the coarsest in which no class has two colours."""
    graph = _Lists.of(flat)
    alike = Alike(
        slots=_classes(
            zip(
                flat.slot_engines.tolist(),
                flat.slot_latencies.tolist(),
                chains.slot_heads.tolist(),
                chains.slot_tails.tolist(),
                strict=True,
            )
        ),
        implementations=[0] * len(graph.owners),
        operations=[0] * flat.operations if colours is None else _classes(colours),
        versions=[int(operation < 0) for operation in flat.version_operations.tolist()],
        buffers=_classes(zip(flat.buffer_words.tolist(), flat.buffer_zero.tolist(), strict=True)),
    )
    count = -1
    while (found := alike.count) != count:
        alike, count = _refine(graph, alike), found
    return alike


def _refine(graph: "_Lists", alike: Alike) -> Alike:
    """Split classes whose members have different numbers of neighbours in some class."""
    implementations = _classes(
        (alike.operations[owner], place, tuple(sorted(alike.slots[slot] for slot in made)))
        for owner, place, made in zip(graph.owners, graph.places, graph.made_of, strict=True)
    )
    operations = _classes(
        (colour, tuple(implementations[made] for made in each))
        for colour, each in zip(alike.operations, graph.implementations, strict=True)
    )
    buffers = _classes(
        (
            colour,
            tuple(sorted(alike.versions[version] for version in held)),
            _by_operation(alike.slots, writers),
            _by_operation(alike.slots, readers),
        )
        for colour, held, writers, readers in zip(
            alike.buffers, graph.held, graph.buffer_writers, graph.buffer_readers, strict=True
        )
    )
    slots = _refine_slots(graph, alike, implementations)
    versions = _classes(
        (colour, buffers[buffer], _by_operation(slots, writers), _by_operation(slots, readers))
        for colour, buffer, writers, readers in zip(
            alike.versions, graph.version_buffers, graph.writers, graph.readers, strict=True
        )
    )
    return Alike(slots, implementations, operations, versions, buffers)


def _refine_slots(graph: "_Lists", alike: Alike, implementations: Sequence[int]) -> list[int]:
    return _classes(
        (
            colour,
            implementations[made],
            tuple(sorted(alike.versions[version] for version in reads)),
            tuple(sorted(alike.versions[version] for version in writes)),
            tuple(sorted((alike.slots[other], kind) for other, kind in before)),
            tuple(sorted((alike.slots[other], kind) for other, kind in after)),
        )
        for colour, made, reads, writes, before, after in zip(
            alike.slots, graph.slot_owners, graph.reads, graph.writes, graph.before, graph.after, strict=True
        )
    )


def _by_operation(colours: Sequence[int], slots: "_ByOperation") -> tuple[tuple[int, ...], ...]:
    """The classes of some operations' slots, apart by operation."""
    return tuple(sorted(tuple(sorted(colours[slot] for slot in each)) for each in slots))


def _classes(keys: Iterable[Hashable]) -> list[int]:
    """Equal keys get equal numbers, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


_ByOperation = list[list[int]]
"""Slots that access something, as often as they do, apart by operation."""


@dataclass(frozen=True)
class _Lists:
    """A flat graph as lists: what belongs to what, what reads and writes what, what must follow what."""

    owners: list[int]
    places: list[int]
    made_of: list[range]
    implementations: list[range]
    slot_owners: list[int]
    reads: list[list[int]]
    writes: list[list[int]]
    before: list[list[tuple[int, int]]]
    after: list[list[tuple[int, int]]]
    version_buffers: list[int]
    writers: list[_ByOperation]
    readers: list[_ByOperation]
    held: list[list[int]]
    buffer_writers: list[_ByOperation]
    buffer_readers: list[_ByOperation]

    @staticmethod
    def of(flat: FlatGraph) -> "_Lists":
        owners = flat.implementation_operations.tolist()
        firsts = flat.operation_starts.tolist()
        operations = flat.implementation_operations[flat.slot_implementations].tolist()
        slots, versions = len(operations), len(flat.version_words)
        reads = [flat.reads[a:b].tolist() for a, b in pairwise(flat.read_starts.tolist())]
        writes = [flat.writes[a:b].tolist() for a, b in pairwise(flat.write_starts.tolist())]
        before: list[list[tuple[int, int]]] = [[] for _ in range(slots)]
        after: list[list[tuple[int, int]]] = [[] for _ in range(slots)]
        for slot, later, kind in flat.edges.tolist():
            before[later].append((slot, kind))
            after[slot].append((later, kind))
        version_buffers = flat.word_buffers[flat.version_words].tolist()
        held: list[list[int]] = [[] for _ in range(len(flat.buffer_words))]
        for version, buffer in enumerate(version_buffers):
            held[buffer].append(version)
        return _Lists(
            owners=owners,
            places=[made - firsts[owner] for made, owner in enumerate(owners)],
            made_of=[flat.slots_of(made) for made in range(len(owners))],
            implementations=[range(a, b) for a, b in pairwise(firsts)],
            slot_owners=flat.slot_implementations.tolist(),
            reads=reads,
            writes=writes,
            before=before,
            after=after,
            version_buffers=version_buffers,
            writers=_accessing(writes, versions, operations),
            readers=_accessing(reads, versions, operations),
            held=held,
            buffer_writers=_accessing([[version_buffers[v] for v in each] for each in writes], len(held), operations),
            buffer_readers=_accessing([[version_buffers[v] for v in each] for each in reads], len(held), operations),
        )


def _accessing(items: Sequence[Sequence[int]], count: int, operations: Sequence[int]) -> list[_ByOperation]:
    """For each of ``count`` items, the slots that have it; ``items`` and ``operations`` are by slot."""
    having: list[dict[int, list[int]]] = [defaultdict(list) for _ in range(count)]
    for slot, (each, operation) in enumerate(zip(items, operations, strict=True)):
        for item in each:
            having[item][operation].append(slot)
    return [list(by_operation.values()) for by_operation in having]
