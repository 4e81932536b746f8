"""Which slots must precede which, and by how many cycles: the three laws of a flat graph, pair by pair.

Of two writes of a word list scheduling asks for more than the laws, and so do the distances here: the second does not
issue before the first, nor, on another engine, in the same cycle.
"""

from typing import NamedTuple

import numpy as np

from machine.graph.dependences import EdgeKind, Ints
from machine.graph.flat import FlatGraph
from search.analysis.relations import Relations


class Precedences(NamedTuple):
    """Pairs of slots, by the later one; between slots of which not both are chosen they mean nothing.

    Attributes:
        starts: first pair of each slot, with one entry more.
        earlier: the slot that must precede it.
        distances: by at least so many cycles from issue to issue; may be 0 or less.
    """

    starts: Ints
    earlier: Ints
    distances: Ints


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
    gaps = _landing_gaps(flat, before, after)
    is_read, is_overwrite = kinds == EdgeKind.READ_AFTER_WRITE, kinds == EdgeKind.WRITE_AFTER_READ
    by_kind = np.select([is_read, is_overwrite], [latencies[before], 1 - latencies[after]], gaps)
    return _by_later_slot(
        len(latencies),
        np.concatenate([written, overwritten, read_before, before]),
        np.concatenate([readers, overwriting, overwriting_later, after]),
        np.concatenate(
            [
                latencies[written],
                _landing_gaps(flat, overwritten, overwriting),
                1 - latencies[overwriting_later],
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


def _landing_gaps(flat: FlatGraph, first: Ints, second: Ints) -> Ints:
    """Cycles by which a second write of a word follows the first; a bundle is shared only within one engine."""
    least = np.where(flat.slot_engines[first] == flat.slot_engines[second], 0, 1)
    gaps: Ints = np.maximum(flat.slot_latencies[first] - flat.slot_latencies[second], least)
    return gaps


def _by_later_slot(slots: int, earlier: Ints, later: Ints, distances: Ints) -> Precedences:
    """Pairs by later slot, each once; a slot does not precede itself."""
    apart = earlier != later
    earlier, later, distances = earlier[apart], later[apart], distances[apart]
    order = np.lexsort((-distances, earlier, later))
    earlier, later, distances = earlier[order], later[order], distances[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (earlier[1:] != earlier[:-1]) | (later[1:] != later[:-1])
    starts = np.searchsorted(later[first], np.arange(slots + 1)).astype(np.int64)
    return Precedences(starts, earlier[first], distances[first])
