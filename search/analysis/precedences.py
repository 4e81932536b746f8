"""Which slots must precede which, and by how many cycles: the three laws of a flat graph, pair by pair.

Of two writes of a word the stronger form of the law of overwriting is asked for, as schedulers keep it.
"""

from typing import NamedTuple

import numpy as np

from machine.graph.dependences import EdgeKind, Ints
from machine.graph.flat import FlatGraph
from machine.graph.overwriting import distance_after_read, distance_after_write
from search.analysis.relations import Relations
from search.analysis.sorting import Ints32


class Precedences(NamedTuple):
    """Pairs of slots, by the later one; between slots of which not both are chosen they mean nothing.

    Attributes:
        starts: first pair of each slot, with one entry more.
        earlier: the slot that must precede it.
        distances: by at least so many cycles from issue to issue; may be 0 or less.
    """

    starts: Ints
    earlier: Ints32
    distances: Ints32


def find_precedences(flat: FlatGraph, relations: Relations) -> Precedences:
    """Every pair, with the longest of its distances."""
    latencies = flat.slot_latencies
    written, readers = _writers_of(flat.reads, flat.read_slots, relations)
    replaced = flat.version_previous[flat.writes]
    is_replacing = replaced >= 0
    replacing, previous = flat.write_slots[is_replacing], replaced[is_replacing]
    overwritten, overwriting = _writers_of(previous, replacing, relations)
    read_before, overwriting_later = _expand(relations.reader_starts, relations.readers, previous, replacing)
    before, after, kinds = flat.edges[:, 0], flat.edges[:, 1], flat.edges[:, 2]
    by_kind = np.select(
        [kinds == EdgeKind.READ_AFTER_WRITE, kinds == EdgeKind.WRITE_AFTER_READ],
        [latencies[before], distance_after_read(latencies[after])],
        _after_writes(flat, before, after),
    )
    return _by_later_slot(
        len(latencies),
        np.concatenate([written, overwritten, read_before, before]),
        np.concatenate([readers, overwriting, overwriting_later, after]),
        np.concatenate(
            [
                latencies[written],
                _after_writes(flat, overwritten, overwriting),
                distance_after_read(latencies[overwriting_later]),
                by_kind,
            ]
        ),
    )


def _writers_of(versions: Ints, slots: Ints, relations: Relations) -> tuple[Ints, Ints]:
    """Each writer of each version, beside the slot that goes with the version."""
    return _expand(relations.writer_starts, relations.writers, versions, slots)


def _expand(starts: Ints, items: Ints, owners: Ints, beside: Ints) -> tuple[Ints, Ints]:
    """All items of each owner, and for each item what stands beside its owner."""
    counts = starts[owners + 1] - starts[owners]
    ends = np.cumsum(counts)
    within = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
    return items[np.repeat(starts[owners], counts) + within], np.repeat(beside, counts)


def _after_writes(flat: FlatGraph, first: Ints, second: Ints) -> Ints:
    """Distances between slots that write the same word."""
    latencies, engines = flat.slot_latencies, flat.slot_engines
    return distance_after_write(latencies[first], latencies[second], engines[first], engines[second])


def operation_order(flat: FlatGraph, precedences: Precedences) -> Ints:
    """Rows of (operation, later operation), sorted: some slot of the first precedes some slot of the second.

    Running the operations one by one in any order that keeps these is right whichever implementations are chosen.
    """
    owners = flat.implementation_operations[flat.slot_implementations]
    later = np.repeat(np.arange(len(precedences.starts) - 1), np.diff(precedences.starts))
    a, b = owners[precedences.earlier], owners[later]
    pairs = np.unique(a[a != b] * flat.operations + b[a != b])
    return np.stack(np.divmod(pairs, max(1, flat.operations)), axis=1)


def _by_later_slot(slots: int, earlier: Ints, later: Ints, distances: Ints) -> Precedences:
    """Pairs by later slot, each once; a slot does not precede itself."""
    apart = earlier != later
    earlier, later, distances = earlier[apart], later[apart], distances[apart]
    order = np.lexsort((-distances, earlier, later))
    earlier, later, distances = earlier[order], later[order], distances[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (earlier[1:] != earlier[:-1]) | (later[1:] != later[:-1])
    starts = np.searchsorted(later[first], np.arange(slots + 1)).astype(np.int64)
    return Precedences(starts, earlier[first].astype(np.int32), distances[first].astype(np.int32))
