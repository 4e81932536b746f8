"""Classes of alike slots, implementations, operations, versions and buffers: an equitable partition of a graph.

Two slots are alike if they use one engine with one latency, head and tail, belong to alike implementations of alike
operations, and read and write equally many versions of each class; and so for the others.  Found by colour refinement.
Constants and the names of buffers play no part.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from machine.graph.flat import FlatGraph
from search.chains import Chains


@dataclass(frozen=True)
class Alike:
    """The class of each slot, implementation, operation, version and buffer."""

    slots: Sequence[int]
    implementations: Sequence[int]
    operations: Sequence[int]
    versions: Sequence[int]
    buffers: Sequence[int]


def find_alike(flat: FlatGraph, chains: Chains) -> Alike:
    """The coarsest classes of their kind."""
    graph = _Lists.of(flat)
    slots = _classes(
        zip(
            flat.slot_engines.tolist(),
            flat.slot_latencies.tolist(),
            chains.slot_heads.tolist(),
            chains.slot_tails.tolist(),
            strict=True,
        )
    )
    operations = [0] * flat.operations
    versions = [int(operation < 0) for operation in flat.version_operations.tolist()]
    buffers = _classes(zip(flat.buffer_words.tolist(), flat.buffer_zero.tolist(), strict=True))
    count = 0
    while True:
        implementations = _classes(
            (operations[owner], place, tuple(sorted(slots[slot] for slot in made)))
            for owner, place, made in zip(graph.owners, graph.places, graph.made_of, strict=True)
        )
        operations = _classes(tuple(implementations[made] for made in each) for each in graph.implementations)
        buffers = _classes(
            (colour, tuple(sorted(versions[version] for version in held)))
            for colour, held in zip(buffers, graph.held, strict=True)
        )
        slots = _classes(
            (
                colour,
                implementations[made],
                tuple(sorted(versions[version] for version in reads)),
                tuple(sorted(versions[version] for version in writes)),
                tuple(sorted((slots[other], kind) for other, kind in before)),
                tuple(sorted((slots[other], kind) for other, kind in after)),
            )
            for colour, made, reads, writes, before, after in zip(
                slots, graph.slot_owners, graph.reads, graph.writes, graph.before, graph.after, strict=True
            )
        )
        versions = _classes(
            (
                colour,
                buffers[buffer],
                tuple(sorted(slots[slot] for slot in writers)),
                tuple(sorted(slots[slot] for slot in readers)),
            )
            for colour, buffer, writers, readers in zip(
                versions, graph.version_buffers, graph.writers, graph.readers, strict=True
            )
        )
        found = sum(len(set(each)) for each in (slots, implementations, operations, versions, buffers))
        if found == count:
            return Alike(slots, implementations, operations, versions, buffers)
        count = found


def _classes(keys: Iterable[Hashable]) -> list[int]:
    """Equal keys get equal numbers, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


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
    writers: list[list[int]]
    readers: list[list[int]]
    held: list[list[int]]

    @staticmethod
    def of(flat: FlatGraph) -> "_Lists":
        owners = flat.implementation_operations.tolist()
        firsts = flat.operation_starts.tolist()
        slots, versions = len(flat.slot_implementations), len(flat.version_words)
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
            writers=_inverse(writes, versions),
            readers=_inverse(reads, versions),
            held=held,
        )


def _inverse(items: Sequence[Sequence[int]], count: int) -> list[list[int]]:
    """For each of ``count`` items, who has it."""
    having: list[list[int]] = [[] for _ in range(count)]
    for owner, each in enumerate(items):
        for item in each:
            having[item].append(owner)
    return having
