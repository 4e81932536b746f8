"""The list scheduler's compiled core: cycle by cycle, the best ready slots that fit engines and scratch.

Slots become ready one by one, so that the lanes of an operation may issue in different cycles.  A choice of
implementation is made when the first slot of one issues: whichever engine has room first takes the operation.

Scratch never deadlocks.  An operation may open new buffers out of order only while the words held out of order and
the words that the rest needs when run strictly in order fit together (the banker's rule, after Dijkstra 1965); the
first operation not yet issued may always go on.
"""

from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled_lean
from machine.graph.dependences import EdgeKind, Ints
from machine.graph.flat import FlatGraph
from machine.graph.overwriting import distance_after_write
from search.analysis.relations import Relations
from search.scheduling.ready_bits import BITS, Bits, clear_bit, lowest_bit, set_bit

SCHEDULED, STUCK = range(2)
"""What :func:`list_schedule` ends with."""

_RAW, _WAW = int(EdgeKind.READ_AFTER_WRITE), int(EdgeKind.WRITE_AFTER_WRITE)
_MOST_BLOCKED = 256


class State(NamedTuple):
    """The scheduler's state.

    ``ready`` has a bit for each rank of each engine; ``pending`` holds the slots that become ready in a later cycle,
    as linked lists over a ring of cycles; ``releases`` holds words that a later cycle frees, over the same ring;
    ``landed_at`` has, for each buffer, the cycle from which its last write so far may be read;
    ``progress`` holds live words, words opened out of order, the first operation without an implementation (the head),
    and the number of operations issued whole.
    """

    cycles: Ints
    chosen: Ints
    slots_left: Ints
    waits: Ints
    ready_at: Ints
    reader_counts: Ints
    buffer_counts: Ints
    is_open: Ints
    landed_at: Ints
    ready: Bits
    pending_heads: Ints
    pending_next: Ints
    releases: Ints
    progress: Ints


_LIVE, _OUT_OF_ORDER, _HEAD, _COMPLETED = range(4)


def new_state(flat: FlatGraph, relations: Relations, ranks: int, ring: int) -> State:
    """Nothing scheduled yet; ``ranks`` is the end of the ranks, ``ring`` more than the longest latency + 1."""
    slots = len(flat.slot_implementations)
    state = State(
        cycles=np.full(slots, -1, dtype=np.int64),
        chosen=np.full(flat.operations, -1, dtype=np.int64),
        slots_left=np.zeros(flat.operations, dtype=np.int64),
        waits=relations.waits.copy(),
        ready_at=np.zeros(slots, dtype=np.int64),
        reader_counts=relations.reader_counts.copy(),
        buffer_counts=relations.buffer_counts.copy(),
        is_open=flat.buffer_zero.copy(),
        landed_at=np.zeros(len(flat.buffer_words), dtype=np.int64),
        ready=np.zeros(ranks // BITS, dtype=np.uint32),
        pending_heads=np.full(ring, -1, dtype=np.int64),
        pending_next=np.full(slots, -1, dtype=np.int64),
        releases=np.zeros(ring, dtype=np.int64),
        progress=np.zeros(4, dtype=np.int64),
    )
    live = (flat.buffer_zero == 1) & (relations.buffer_counts > 0)
    state.progress[_LIVE] = flat.buffer_words[live].sum()
    return state


@compiled_lean
def list_schedule(
    flat: FlatGraph,
    relations: Relations,
    state: State,
    ranks: Ints,
    slots_by_rank: Ints,
    engine_starts: Ints,
    engine_slots: Ints,
    engine_order: Ints,
    capacity: int,
) -> int:
    """Schedule the graph into ``state.cycles``, from :func:`new_state`; return a status.

    Args:
        flat: the graph.
        relations: of the graph.
        state: nothing scheduled.
        ranks: the rank of each slot among those of its engine, most urgent first, from ``engine_starts`` on.
        slots_by_rank: the inverse of ``ranks``.
        engine_starts: first rank of each engine, a multiple of ``BITS``; then the end.
        engine_slots: slots a bundle may give each engine.
        engine_order: the order in which engines choose in a cycle.
        capacity: scratch words.
    """
    ring = len(state.releases)
    for slot in range(len(ranks)):
        if state.waits[slot] == 0:
            set_bit(state.ready, ranks[slot])
    cycle = idle = INT64(0)
    while state.progress[_COMPLETED] < len(state.chosen):
        if idle > ring:
            return STUCK
        place = cycle % ring
        state.progress[_LIVE] -= state.releases[place]
        state.releases[place] = 0
        slot = state.pending_heads[place]
        state.pending_heads[place] = -1
        while slot >= 0:
            following = state.pending_next[slot]
            _make_ready(flat, state, ranks, slot)
            slot = following
        issued = INT64(0)
        for engine in engine_order:
            words = engine_starts[engine] // BITS, engine_starts[engine + 1] // BITS
            free = engine_slots[engine]
            while free > 0:  # again, because a read makes room for the overwriting slot, which may stand before it
                more = _fill_engine(flat, relations, state, ranks, slots_by_rank, words, free, capacity, cycle, ring)
                if more == 0:
                    break
                issued += more
                free -= more
        idle = INT64(0) if issued > 0 else idle + 1
        cycle += 1
    return SCHEDULED


@compiled_lean
def _make_ready(flat: FlatGraph, state: State, ranks: Ints, slot: int) -> None:
    """The slot may issue, unless its operation has gone another way."""
    implementation = flat.slot_implementations[slot]
    chosen = state.chosen[flat.implementation_operations[implementation]]
    if chosen in (-1, implementation):
        set_bit(state.ready, ranks[slot])


@compiled_lean
def _arrive(flat: FlatGraph, state: State, ranks: Ints, slot: int, when: int, cycle: int, ring: int) -> None:
    """One event that ``slot`` waits for has been given the cycle ``when``."""
    state.ready_at[slot] = max(state.ready_at[slot], when)
    state.waits[slot] -= 1
    if state.waits[slot] == 0:
        if state.ready_at[slot] <= cycle:
            _make_ready(flat, state, ranks, slot)
        else:
            place = state.ready_at[slot] % ring
            state.pending_next[slot] = state.pending_heads[place]
            state.pending_heads[place] = slot


@compiled_lean
def _fill_engine(
    flat: FlatGraph,
    relations: Relations,
    state: State,
    ranks: Ints,
    slots_by_rank: Ints,
    words: tuple[int, int],
    free: int,
    capacity: int,
    cycle: int,
    ring: int,
) -> int:
    """Issue up to ``free`` ready slots of one engine, most urgent first; return how many."""
    issued = blocked = INT64(0)
    for word in range(words[0], words[1]):
        left = INT64(state.ready[word])
        while left != 0:
            bit = lowest_bit(left)
            left &= left - 1
            slot = slots_by_rank[word * BITS + bit]
            implementation = flat.slot_implementations[slot]
            operation = flat.implementation_operations[implementation]
            if state.chosen[operation] == -1:
                # Where scratch is full most have no room: do not ask for all, but never pass over the head.
                if blocked >= _MOST_BLOCKED and operation != state.progress[_HEAD]:
                    continue
                if not _has_room(flat, relations, state, implementation, capacity, cycle):
                    blocked += 1
                    continue
                _choose(flat, relations, state, ranks, operation, implementation, cycle, ring)
            _issue(flat, relations, state, ranks, slot, operation, cycle, ring)
            issued += 1
            if issued == free:
                return issued
            left &= INT64(state.ready[word])  # choosing may have withdrawn slots
    return issued


@compiled_lean
def _has_room(
    flat: FlatGraph, relations: Relations, state: State, implementation: int, capacity: int, cycle: int
) -> bool:
    """Whether the new buffers of an implementation's operation fit, by the banker's rule."""
    operation = flat.implementation_operations[implementation]
    in_one_slot = flat.implementation_starts[implementation + 1] - flat.implementation_starts[implementation] == 1
    needed = freed = 0
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = relations.buffers[k]
        if relations.buffer_writes[k] and not state.is_open[buffer]:
            needed += flat.buffer_words[buffer]
            continue
        is_last = relations.frees[k] and state.buffer_counts[buffer] == 1
        if in_one_slot and is_last and state.landed_at[buffer] <= cycle:
            freed += flat.buffer_words[buffer]
    if needed == 0:
        return True
    if state.progress[_LIVE] + needed - freed > capacity:
        return False
    head = state.progress[_HEAD]
    return operation == head or state.progress[_OUT_OF_ORDER] + needed + relations.peaks[head] <= capacity


@compiled_lean
def _choose(
    flat: FlatGraph,
    relations: Relations,
    state: State,
    ranks: Ints,
    operation: int,
    implementation: int,
    cycle: int,
    ring: int,
) -> None:
    """Give the operation its implementation: withdraw the others, open buffers, move on the head."""
    state.chosen[operation] = implementation
    starts = flat.implementation_starts
    state.slots_left[operation] = starts[implementation + 1] - starts[implementation]
    for other in range(flat.operation_starts[operation], flat.operation_starts[operation + 1]):
        if other != implementation:
            for slot in range(starts[other], starts[other + 1]):
                clear_bit(state.ready, ranks[slot])
                for k in range(relations.edge_starts[slot], relations.edge_starts[slot + 1]):
                    _arrive(flat, state, ranks, flat.edges[k, 1], cycle, cycle, ring)
    head = state.progress[_HEAD]
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = relations.buffers[k]
        if relations.buffer_writes[k] and not state.is_open[buffer]:
            state.is_open[buffer] = 1
            state.progress[_LIVE] += flat.buffer_words[buffer]
            if relations.first_operations[buffer] > head:
                state.progress[_OUT_OF_ORDER] += flat.buffer_words[buffer]
    while head < len(state.chosen) and state.chosen[head] >= 0:
        head += 1
        if head < len(state.chosen):
            _bring_into_order(flat, relations, state, head)
    state.progress[_HEAD] = head


@compiled_lean
def _bring_into_order(flat: FlatGraph, relations: Relations, state: State, head: int) -> None:
    """Buffers whose first operation is ``head`` no longer count as opened out of order."""
    for k in range(relations.buffer_starts[head], relations.buffer_starts[head + 1]):
        buffer = relations.buffers[k]
        if relations.first_operations[buffer] == head and state.is_open[buffer] and state.buffer_counts[buffer] > 0:
            state.progress[_OUT_OF_ORDER] -= flat.buffer_words[buffer]


@compiled_lean
def _issue(
    flat: FlatGraph, relations: Relations, state: State, ranks: Ints, slot: int, operation: int, cycle: int, ring: int
) -> None:
    """Issue one slot and tell those that wait for it."""
    clear_bit(state.ready, ranks[slot])
    state.cycles[slot] = cycle
    latency = flat.slot_latencies[slot]
    if flat.write_starts[slot] < flat.write_starts[slot + 1]:  # what a slot writes lies in one buffer
        buffer = flat.word_buffers[flat.version_words[flat.writes[flat.write_starts[slot]]]]
        state.landed_at[buffer] = max(state.landed_at[buffer], cycle + latency)
    for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
        version = flat.writes[k]
        for j in range(relations.reader_starts[version], relations.reader_starts[version + 1]):
            _arrive(flat, state, ranks, relations.readers[j], cycle + latency, cycle, ring)
        replaced_by = relations.next_versions[version]
        if replaced_by >= 0:
            for j in range(relations.writer_starts[replaced_by], relations.writer_starts[replaced_by + 1]):
                later = relations.writers[j]
                _arrive(flat, state, ranks, later, cycle + _second_write(flat, slot, later), cycle, ring)
    for k in range(relations.edge_starts[slot], relations.edge_starts[slot + 1]):
        later, kind = flat.edges[k, 1], flat.edges[k, 2]
        distance: int = INT64(0)  # write after read: the later slot is not issued before the earlier
        if kind == _RAW:
            distance = latency
        elif kind == _WAW:
            distance = _second_write(flat, slot, later)
        _arrive(flat, state, ranks, later, cycle + distance, cycle, ring)
    state.slots_left[operation] -= 1
    if state.slots_left[operation] == 0:
        _complete(flat, relations, state, ranks, operation, cycle, ring)


@compiled_lean
def _second_write(flat: FlatGraph, slot: int, later: int) -> int:
    """Cycles by which a second write of a word follows the first."""
    latencies, engines = flat.slot_latencies, flat.slot_engines
    return distance_after_write(latencies[slot], latencies[later], engines[slot], engines[later])


@compiled_lean
def _complete(
    flat: FlatGraph,
    relations: Relations,
    state: State,
    ranks: Ints,
    operation: int,
    cycle: int,
    ring: int,
) -> None:
    """The operation has issued whole: what it read may be overwritten, what only it still held is freed."""
    state.progress[_COMPLETED] += 1
    for k in range(relations.guard_starts[operation], relations.guard_starts[operation + 1]):
        version = relations.guards[k]
        state.reader_counts[version] -= 1
        if state.reader_counts[version] == 0:
            replaced_by = relations.next_versions[version]
            for j in range(relations.writer_starts[replaced_by], relations.writer_starts[replaced_by + 1]):
                _arrive(flat, state, ranks, relations.writers[j], cycle, cycle, ring)
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = relations.buffers[k]
        state.buffer_counts[buffer] -= 1
        if state.buffer_counts[buffer] == 0 and state.is_open[buffer]:
            if relations.first_operations[buffer] > state.progress[_HEAD]:
                state.progress[_OUT_OF_ORDER] -= flat.buffer_words[buffer]
            if state.landed_at[buffer] > cycle:  # a write that nobody reads holds its word for one cycle
                state.releases[state.landed_at[buffer] % ring] += flat.buffer_words[buffer]
            else:
                state.progress[_LIVE] -= flat.buffer_words[buffer]
