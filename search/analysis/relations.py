"""Relations between the slots, versions and buffers of a graph, computed once and used by every schedule of it."""

from typing import NamedTuple

import numpy as np

from machine.compiling import compiled
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph


class Relations(NamedTuple):
    """What follows from a flat graph for scheduling, computed once; ``*_starts`` index the array after them.

    Attributes:
        waits: by slot, the number of events that must happen before it may issue.
        reader_starts, readers: by version, the slots that read it.
        writer_starts, writers: by version, the slots that write it.
        next_versions: by version, the version of the same word that replaces it, or -1.
        reader_counts: by version that is replaced, the number of operations that may read it; the operation that
            replaces it does not count.
        guard_starts, guards: by operation, the versions that it is counted for in ``reader_counts``.
        edge_starts: by slot, its first edge in the flat graph.
        buffer_starts, buffers: by operation, the buffers that it may access.
        buffer_writes: for each entry of ``buffers``, 1 if the operation writes the buffer, else 0.
        buffer_counts: by buffer, the number of operations that may access it.
        first_operations: by buffer, the first operation that may access it, in graph order; -1 for zero buffers.
        peaks: by operation, the most words live from this operation to the last when the graph runs in order.
        frees: for each entry of ``buffers``, 1 if the operation, when it is the last to access the buffer, frees its
            words for the buffers that the operation itself writes, else 0; see :func:`free_early`.
    """

    waits: Ints
    reader_starts: Ints
    readers: Ints
    writer_starts: Ints
    writers: Ints
    next_versions: Ints
    reader_counts: Ints
    guard_starts: Ints
    guards: Ints
    edge_starts: Ints
    buffer_starts: Ints
    buffers: Ints
    buffer_writes: Ints
    buffer_counts: Ints
    first_operations: Ints
    peaks: Ints
    frees: Ints


def find_relations(flat: FlatGraph) -> Relations:
    """The relations of a graph."""
    versions = len(flat.version_words)
    reader_starts, readers = _invert(flat.read_starts, flat.reads, versions)
    writer_starts, writers = _invert(flat.write_starts, flat.writes, versions)
    next_versions = np.full(versions, -1, dtype=np.int64)
    replacing = np.flatnonzero(flat.version_previous >= 0)
    next_versions[flat.version_previous[replacing]] = replacing
    guard_starts, guards, reader_counts = _find_guards(flat, next_versions)
    waits = _count_waits(flat, reader_counts)
    buffer_starts, buffers, buffer_writes = _find_buffers(flat)
    owners = np.repeat(np.arange(flat.operations), np.diff(buffer_starts))
    count = len(flat.buffer_words)
    first = np.full(count, flat.operations, dtype=np.int64)
    last = np.full(count, -1, dtype=np.int64)
    np.minimum.at(first, buffers, owners)
    np.maximum.at(last, buffers, owners)
    first[flat.buffer_zero == 1] = -1
    edge_starts = np.searchsorted(flat.edges[:, 0], np.arange(len(flat.slot_implementations) + 1))
    return Relations(
        waits=waits,
        reader_starts=reader_starts,
        readers=readers,
        writer_starts=writer_starts,
        writers=writers,
        next_versions=next_versions,
        reader_counts=reader_counts,
        guard_starts=guard_starts,
        guards=guards,
        edge_starts=edge_starts.astype(np.int64),
        buffer_starts=buffer_starts,
        buffers=buffers,
        buffer_writes=buffer_writes,
        buffer_counts=np.bincount(buffers, minlength=count).astype(np.int64),
        first_operations=first,
        peaks=_peaks(flat, first, last),
        frees=np.zeros_like(buffer_writes),
    )


def free_early(flat: FlatGraph, relations: Relations) -> Relations:
    """The relations with peaks in which a buffer last read by an operation makes room for what the operation writes.

    That holds where one slot does all the operation does: it reads before anything that it writes lands.
    """
    owners = np.repeat(np.arange(flat.operations), np.diff(relations.buffer_starts))
    in_one_slot = np.zeros(flat.operations, dtype=np.bool_)
    in_one_slot[flat.implementation_operations[np.diff(flat.implementation_starts) == 1]] = True
    frees = (in_one_slot[owners] & (relations.buffer_writes == 0)).astype(np.int64)
    last = np.full(len(flat.buffer_words), -1, dtype=np.int64)
    np.maximum.at(last, relations.buffers, owners)
    used = last >= 0
    change = np.zeros(flat.operations + 1, dtype=np.int64)  # between an operation and the one before
    np.add.at(change, np.maximum(relations.first_operations[used], 0), flat.buffer_words[used])
    np.add.at(change, last[used] + 1, -flat.buffer_words[used])
    during = np.cumsum(change[:-1])
    before = np.concatenate([[flat.buffer_words[used & (flat.buffer_zero == 1)].sum()], during[:-1]])
    closed = np.zeros(flat.operations + 1, dtype=np.int64)
    np.add.at(closed, last[used] + 1, flat.buffer_words[used])
    before[1:] -= closed[1:-1]
    freed = np.zeros(flat.operations, dtype=np.int64)
    final = (frees == 1) & (last[relations.buffers] == owners)
    np.add.at(freed, owners[final], flat.buffer_words[relations.buffers[final]])
    live = np.maximum(before, during - freed)
    peaks = np.ascontiguousarray(np.maximum.accumulate(live[::-1])[::-1])
    return relations._replace(peaks=peaks, frees=frees)


def _invert(starts: Ints, items: Ints, count: int) -> tuple[Ints, Ints]:
    """By item, the owners whose lists contain it."""
    owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.argsort(items, kind="stable")
    item_starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(items, minlength=count), out=item_starts[1:])
    return item_starts, owners[order]


def _peaks(flat: FlatGraph, first: Ints, last: Ints) -> Ints:
    """For each operation, the most words live from it on when the graph runs in order."""
    used = last >= 0
    change = np.zeros(flat.operations + 1, dtype=np.int64)
    np.add.at(change, np.maximum(first[used], 0), flat.buffer_words[used])
    np.add.at(change, last[used] + 1, -flat.buffer_words[used])
    live = np.cumsum(change[:-1])
    return np.ascontiguousarray(np.maximum.accumulate(live[::-1])[::-1])


@compiled
def _find_guards(flat: FlatGraph, next_versions: Ints) -> tuple[Ints, Ints, Ints]:
    """By operation, the versions that it may read and another operation replaces; by version, the number of readers."""
    operations = len(flat.operation_starts) - 1
    starts = np.zeros(operations + 1, dtype=np.int64)
    guards = np.empty(len(flat.reads), dtype=np.int64)
    counts = np.zeros(len(next_versions), dtype=np.int64)
    seen = np.full(len(next_versions), -1, dtype=np.int64)
    count = 0
    for operation in range(operations):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        for slot in range(flat.implementation_starts[first], flat.implementation_starts[last]):
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                version = flat.reads[k]
                replaced_by = next_versions[version]
                if replaced_by >= 0 and seen[version] != operation:
                    seen[version] = operation
                    if flat.version_operations[replaced_by] != operation:
                        guards[count] = version
                        count += 1
                        counts[version] += 1
        starts[operation + 1] = count
    return starts, guards[:count].copy(), counts


@compiled
def _count_waits(flat: FlatGraph, reader_counts: Ints) -> Ints:
    """By slot, the events before it: writes of versions it reads, writes and reads of versions it replaces, edges."""
    waits = np.zeros(len(flat.slot_implementations), dtype=np.int64)
    for slot in range(len(waits)):
        for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
            if flat.version_operations[flat.reads[k]] >= 0:
                waits[slot] += 1
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            previous = flat.version_previous[flat.writes[k]]
            if previous >= 0:
                waits[slot] += (flat.version_operations[previous] >= 0) + (reader_counts[previous] > 0)
    for k in range(len(flat.edges)):
        waits[flat.edges[k, 1]] += 1
    return waits


@compiled
def _find_buffers(flat: FlatGraph) -> tuple[Ints, Ints, Ints]:
    """Buffers that each operation may access, and whether it writes them."""
    operations = len(flat.operation_starts) - 1
    starts = np.zeros(operations + 1, dtype=np.int64)
    limit = len(flat.reads) + len(flat.writes)
    buffers = np.empty(limit, dtype=np.int64)
    writes = np.zeros(limit, dtype=np.int64)
    place = np.full(len(flat.buffer_words), -1, dtype=np.int64)
    count = 0
    for operation in range(operations):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        before = count
        for slot in range(flat.implementation_starts[first], flat.implementation_starts[last]):
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                count = _list_buffer(flat, flat.reads[k], buffers, place, before, count)
            for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
                count = _list_buffer(flat, flat.writes[k], buffers, place, before, count)
                writes[place[flat.word_buffers[flat.version_words[flat.writes[k]]]]] = 1
        starts[operation + 1] = count
    return starts, buffers[:count].copy(), writes[:count].copy()


@compiled
def _list_buffer(flat: FlatGraph, version: int, buffers: Ints, place: Ints, before: int, count: int) -> int:
    """List the buffer of a version, unless it is there from place ``before`` on; return the length of the list."""
    buffer = flat.word_buffers[flat.version_words[version]]
    if place[buffer] >= before:
        return count
    place[buffer] = count
    buffers[count] = buffer
    return count + 1
