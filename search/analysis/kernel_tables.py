"""What list scheduling reads of a graph, in rows of 32-bit numbers.

A schedule of a large graph visits its slots in a random order: nearly all of its time is spent waiting for memory, and
what is used together has to stand together.

A slot waits for each version it reads and each that it replaces, and for its edges (``Relations.waits``).  A vector
slot alone makes eight versions for one that reads them: here that is one pair of slots that counts for eight events.
"""

from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled_lean
from machine.graph.dependences import EdgeKind, Ints
from machine.graph.flat import FlatGraph
from machine.graph.overwriting import distance_after_write
from search.analysis.relations import Relations
from search.analysis.sorting import Ints32

WAITS, READY_AT, RANK, FIRST_PAIR, OPERATION, IMPLEMENTATION, WRITTEN, LATENCY = range(8)
"""Columns of a slot; the first three are for the scheduler's state.

``WAITS`` is how many events it still waits for, ``READY_AT`` the first cycle that those so far allow.  The buffer
written is -1 where there is none; what a slot writes lies in one buffer.
"""

LATER, EVENTS, DISTANCE = range(3)
"""Columns of a pair: the later slot, how many of its events the earlier brings about, and how much later it issues."""

BUFFER, IS_WRITTEN, IS_FREED = range(3)
"""Columns of an access: see ``Relations.buffers``, ``buffer_writes`` and ``frees``."""

IS_OPEN, USERS, LANDED_AT, WORDS, FIRST_OPERATION = range(5)
"""Columns of a buffer; the first three are for the scheduler's state.

``USERS`` is how many operations may still access it, ``LANDED_AT`` the cycle from which its last write so far may be
read; see ``Relations.first_operations`` for the last.
"""

_RAW, _WAW = int(EdgeKind.READ_AFTER_WRITE), int(EdgeKind.WRITE_AFTER_WRITE)


class Tables(NamedTuple):
    """A graph for the list scheduler.

    Attributes:
        slots: a row for each slot, and one more for the end of the pairs; nothing scheduled.
        pairs: by their earlier slot.
        accesses: the buffers of each operation, as ``Relations.buffer_starts`` has them.
        buffers: a row for each buffer; nothing scheduled.
    """

    slots: Ints32
    pairs: Ints32
    accesses: Ints32
    buffers: Ints32


def make_tables(flat: FlatGraph, relations: Relations) -> Tables:
    """The tables of a graph.

    There is no pair of a read and the write that replaces what it reads: that waits for whole operations.
    """
    count = len(flat.slot_implementations)
    read_by = np.diff(relations.reader_starts)
    replaced_by = np.append(np.diff(relations.writer_starts), 0)[relations.next_versions]  # 0 for none, which is -1
    most = int((read_by + replaced_by)[flat.writes].sum()) + len(flat.edges)
    slots = np.zeros((count + 1, 8), dtype=np.int32)
    slots[:-1, WAITS] = relations.waits
    slots[:-1, OPERATION] = flat.implementation_operations[flat.slot_implementations]
    slots[:-1, IMPLEMENTATION] = flat.slot_implementations
    slots[:, WRITTEN] = -1
    slots[flat.write_slots, WRITTEN] = flat.word_buffers[flat.version_words[flat.writes]]
    slots[:-1, LATENCY] = flat.slot_latencies
    pairs = np.zeros((most, 3), dtype=np.int32)
    filled = _fill(flat, relations, slots, pairs, np.full(count, -1, dtype=np.int32))
    accesses = (relations.buffers, relations.buffer_writes, relations.frees)
    landed_at = np.zeros_like(flat.buffer_words)
    buffers = (flat.buffer_zero, relations.buffer_counts, landed_at, flat.buffer_words, relations.first_operations)
    return Tables(slots, pairs[:filled].copy(), _as_columns(accesses), _as_columns(buffers))


def _as_columns(columns: tuple[Ints, ...]) -> Ints32:
    return np.stack(columns, axis=1).astype(np.int32)


@compiled_lean
def _fill(flat: FlatGraph, relations: Relations, slots: Ints32, pairs: Ints32, places: Ints32) -> int:
    """Fill in all pairs and return their number; ``places`` is the pair that each later slot was last in."""
    count: int = INT64(0)
    for slot in range(len(flat.slot_implementations)):
        slots[slot, FIRST_PAIR] = count
        latency = flat.slot_latencies[slot]
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            version = flat.writes[k]
            for j in range(relations.reader_starts[version], relations.reader_starts[version + 1]):
                count = _add(slots, pairs, places, slot, relations.readers[j], latency, count)
            following = relations.next_versions[version]
            if following >= 0:
                for j in range(relations.writer_starts[following], relations.writer_starts[following + 1]):
                    later = relations.writers[j]
                    count = _add(slots, pairs, places, slot, later, _second_write(flat, slot, later), count)
        for k in range(relations.edge_starts[slot], relations.edge_starts[slot + 1]):
            later, kind = flat.edges[k, 1], flat.edges[k, 2]
            distance: int = INT64(0)  # write after read: the later slot is not issued before the earlier
            if kind == _RAW:
                distance = latency
            elif kind == _WAW:
                distance = _second_write(flat, slot, later)
            count = _add(slots, pairs, places, slot, later, distance, count)
    slots[-1, FIRST_PAIR] = count
    return count


@compiled_lean
def _add(slots: Ints32, pairs: Ints32, places: Ints32, slot: int, later: int, distance: int, count: int) -> int:
    """Add one event that ``later`` waits for; return the number of pairs."""
    place: int = INT64(places[later])
    if place < slots[slot, FIRST_PAIR]:
        place = count
        places[later] = place
        pairs[place, LATER] = later
        count += 1
    pairs[place, EVENTS] += 1
    pairs[place, DISTANCE] = max(pairs[place, DISTANCE], distance)
    return count


@compiled_lean
def _second_write(flat: FlatGraph, slot: int, later: int) -> int:
    """Cycles by which a second write of a word follows the first."""
    latencies, engines = flat.slot_latencies, flat.slot_engines
    return distance_after_write(latencies[slot], latencies[later], engines[slot], engines[later])
