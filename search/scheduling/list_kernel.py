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
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.kernel_tables import (
    BUFFER,
    DISTANCE,
    EVENTS,
    FIRST_OPERATION,
    FIRST_PAIR,
    IMPLEMENTATION,
    IS_FREED,
    IS_OPEN,
    IS_WRITTEN,
    LANDED_AT,
    LATENCY,
    LATER,
    OPERATION,
    RANK,
    READY_AT,
    USERS,
    WAITS,
    WORDS,
    WRITTEN,
    Tables,
)
from search.analysis.relations import Relations
from search.analysis.sorting import Ints32
from search.scheduling.ranking import Ranking
from search.scheduling.ready_bits import BITS, ReadyRanks, lowest_bit, next_filled, no_ranks, put_in, take_out

SCHEDULED, STUCK = range(2)
"""What :func:`list_schedule` ends with."""

_MOST_BLOCKED = 256


class State(NamedTuple):
    """The scheduler's state.

    ``slots`` and ``buffers`` are rows of the tables; ``ready`` holds the ranks of slots that may issue; ``pending``
    those that become ready in a later cycle, as the heads of linked lists over a ring of cycles, a slot's ``READY_AT``
    being the next in its list; ``releases`` holds words that a later cycle frees, over the same ring;
    ``progress`` holds live words, words opened out of order, the first operation without an implementation (the head),
    and the number of operations issued whole.
    """

    cycles: Ints
    chosen: Ints
    slots_left: Ints
    slots: Ints32
    buffers: Ints32
    reader_counts: Ints
    ready: ReadyRanks
    pending: Ints32
    releases: Ints
    progress: Ints


_LIVE, _OUT_OF_ORDER, _HEAD, _COMPLETED = range(4)

_NEVER = -(1 << 30)
"""Events that a slot waits for which is withdrawn: no further one makes it 0."""


def new_state(relations: Relations, tables: Tables, ranking: Ranking, ring: int) -> State:
    """Nothing scheduled yet; ``ring`` is a power of 2 above the longest latency + 1."""
    slots, buffers, operations = tables.slots.copy(), tables.buffers.copy(), len(relations.buffer_starts) - 1
    slots[:-1, RANK] = ranking.ranks
    state = State(
        cycles=np.full(len(slots) - 1, -1, dtype=np.int64),
        chosen=np.full(operations, -1, dtype=np.int64),
        slots_left=np.zeros(operations, dtype=np.int64),
        slots=slots,
        buffers=buffers,
        reader_counts=relations.reader_counts.copy(),
        ready=no_ranks(ranking.end),
        pending=np.full(ring, -1, dtype=np.int32),
        releases=np.zeros(ring, dtype=np.int64),
        progress=np.zeros(4, dtype=np.int64),
    )
    is_live = (buffers[:, IS_OPEN] == 1) & (buffers[:, USERS] > 0)
    state.progress[_LIVE] = buffers[is_live, WORDS].sum()
    return state


@compiled_lean
def list_schedule(
    flat: FlatGraph,
    relations: Relations,
    tables: Tables,
    state: State,
    ranking: Ranking,
    engine_slots: Ints,
    engine_order: Ints,
    capacity: int,
) -> int:
    """Schedule the graph into ``state.cycles``, from :func:`new_state`; return a status.

    Args:
        flat: the graph.
        relations: of the graph.
        tables: of the graph.
        state: nothing scheduled.
        ranking: which slots of an engine are most urgent.
        engine_slots: slots a bundle may give each engine.
        engine_order: the order in which engines choose in a cycle.
        capacity: scratch words.
    """
    ring = len(state.releases)
    for slot in range(len(state.cycles)):
        if state.slots[slot, WAITS] == 0:
            put_in(state.ready, state.slots[slot, RANK])
    cycle = idle = INT64(0)
    while state.progress[_COMPLETED] < len(state.chosen):
        if idle > ring:
            return STUCK
        place = cycle & (ring - 1)
        state.progress[_LIVE] -= state.releases[place]
        state.releases[place] = 0
        _make_ready(state, place)
        issued = INT64(0)
        for engine in engine_order:
            free = engine_slots[engine]
            while free > 0:  # again, because a read makes room for the overwriting slot, which may stand before it
                more = _fill_engine(flat, relations, tables, state, ranking, engine, free, capacity, cycle)
                if more == 0:
                    break
                issued += more
                free -= more
        idle = INT64(0) if issued > 0 else idle + 1
        cycle += 1
    return SCHEDULED


@compiled_lean
def _make_ready(state: State, place: int) -> None:
    """The slots that were to be ready from this cycle on are, but for those withdrawn meanwhile."""
    slot = INT64(state.pending[place])
    state.pending[place] = -1
    while slot >= 0:
        if state.slots[slot, WAITS] == 0:
            put_in(state.ready, state.slots[slot, RANK])
        slot = INT64(state.slots[slot, READY_AT])


@compiled_lean
def _arrive(state: State, slot: int, events: int, when: int, cycle: int) -> None:
    """So many events that ``slot`` waits for have been given the cycle ``when``, or an earlier one."""
    ready_at = max(INT64(state.slots[slot, READY_AT]), when)
    waits = state.slots[slot, WAITS] - events
    state.slots[slot, READY_AT], state.slots[slot, WAITS] = ready_at, waits
    if waits == 0:
        if ready_at <= cycle:
            put_in(state.ready, state.slots[slot, RANK])
        else:
            place = ready_at & (len(state.pending) - 1)
            state.slots[slot, READY_AT] = state.pending[place]
            state.pending[place] = slot


@compiled_lean
def _fill_engine(
    flat: FlatGraph,
    relations: Relations,
    tables: Tables,
    state: State,
    ranking: Ranking,
    engine: int,
    free: int,
    capacity: int,
    cycle: int,
) -> int:
    """Issue up to ``free`` ready slots of one engine, most urgent first; return how many."""
    issued = blocked = INT64(0)
    stop = ranking.starts[engine + 1] // BITS
    word = next_filled(state.ready, ranking.starts[engine] // BITS, stop)
    while word < stop:
        left = INT64(state.ready.bits[word])
        while left != 0:
            bit = lowest_bit(left)
            left &= left - 1
            slot = INT64(ranking.slots[word * BITS + bit])
            operation = INT64(state.slots[slot, OPERATION])
            if state.chosen[operation] == -1:
                # Where scratch is full most have no room: do not ask for all, but never pass over the head.
                if blocked >= _MOST_BLOCKED and operation != state.progress[_HEAD]:
                    continue
                implementation = INT64(state.slots[slot, IMPLEMENTATION])
                if not _has_room(flat, relations, tables, state, operation, implementation, capacity, cycle):
                    blocked += 1
                    continue
                _choose(flat, relations, tables, state, operation, implementation, cycle)
            _issue(relations, tables, state, slot, operation, cycle)
            issued += 1
            if issued == free:
                return issued
            left &= INT64(state.ready.bits[word])  # choosing may have withdrawn slots
        word = next_filled(state.ready, word + 1, stop)
    return issued


@compiled_lean
def _has_room(
    flat: FlatGraph,
    relations: Relations,
    tables: Tables,
    state: State,
    operation: int,
    implementation: int,
    capacity: int,
    cycle: int,
) -> bool:
    """Whether the new buffers of an implementation's operation fit, by the banker's rule."""
    in_one_slot = flat.implementation_starts[implementation + 1] - flat.implementation_starts[implementation] == 1
    needed = freed = 0
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = INT64(tables.accesses[k, BUFFER])
        if tables.accesses[k, IS_WRITTEN] and not state.buffers[buffer, IS_OPEN]:
            needed += state.buffers[buffer, WORDS]
            continue
        is_last = tables.accesses[k, IS_FREED] and state.buffers[buffer, USERS] == 1
        if in_one_slot and is_last and state.buffers[buffer, LANDED_AT] <= cycle:
            freed += state.buffers[buffer, WORDS]
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
    tables: Tables,
    state: State,
    operation: int,
    implementation: int,
    cycle: int,
) -> None:
    """Give the operation its implementation: withdraw the others, open buffers, move on the head."""
    state.chosen[operation] = implementation
    starts = flat.implementation_starts
    state.slots_left[operation] = starts[implementation + 1] - starts[implementation]
    for other in range(flat.operation_starts[operation], flat.operation_starts[operation + 1]):
        if other != implementation:
            first, stop = starts[other], starts[other + 1]
            for slot in range(first, stop):
                take_out(state.ready, state.slots[slot, RANK])
                state.slots[slot, WAITS] = _NEVER
            for k in range(relations.edge_starts[first], relations.edge_starts[stop]):
                _arrive(state, flat.edges[k, 1], INT64(1), cycle, cycle)
    head = state.progress[_HEAD]
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = INT64(tables.accesses[k, BUFFER])
        if tables.accesses[k, IS_WRITTEN] and not state.buffers[buffer, IS_OPEN]:
            state.buffers[buffer, IS_OPEN] = 1
            state.progress[_LIVE] += state.buffers[buffer, WORDS]
            if state.buffers[buffer, FIRST_OPERATION] > head:
                state.progress[_OUT_OF_ORDER] += state.buffers[buffer, WORDS]
    while head < len(state.chosen) and state.chosen[head] >= 0:
        head += 1
        if head < len(state.chosen):
            _bring_into_order(relations, tables, state, head)
    state.progress[_HEAD] = head


@compiled_lean
def _bring_into_order(relations: Relations, tables: Tables, state: State, head: int) -> None:
    """Buffers whose first operation is ``head`` no longer count as opened out of order."""
    for k in range(relations.buffer_starts[head], relations.buffer_starts[head + 1]):
        buffer = INT64(tables.accesses[k, BUFFER])
        is_held = state.buffers[buffer, IS_OPEN] and state.buffers[buffer, USERS] > 0
        if is_held and state.buffers[buffer, FIRST_OPERATION] == head:
            state.progress[_OUT_OF_ORDER] -= state.buffers[buffer, WORDS]


@compiled_lean
def _issue(relations: Relations, tables: Tables, state: State, slot: int, operation: int, cycle: int) -> None:
    """Issue one slot and tell those that wait for it."""
    take_out(state.ready, state.slots[slot, RANK])
    state.cycles[slot] = cycle
    buffer = INT64(state.slots[slot, WRITTEN])
    if buffer >= 0:
        state.buffers[buffer, LANDED_AT] = max(state.buffers[buffer, LANDED_AT], cycle + state.slots[slot, LATENCY])
    for k in range(INT64(state.slots[slot, FIRST_PAIR]), INT64(state.slots[slot + 1, FIRST_PAIR])):
        later, events = INT64(tables.pairs[k, LATER]), INT64(tables.pairs[k, EVENTS])
        _arrive(state, later, events, cycle + tables.pairs[k, DISTANCE], cycle)
    state.slots_left[operation] -= 1
    if state.slots_left[operation] == 0:
        _complete(relations, tables, state, operation, cycle)


@compiled_lean
def _complete(relations: Relations, tables: Tables, state: State, operation: int, cycle: int) -> None:
    """The operation has issued whole: what it read may be overwritten, what only it still held is freed."""
    state.progress[_COMPLETED] += 1
    for k in range(relations.guard_starts[operation], relations.guard_starts[operation + 1]):
        version = relations.guards[k]
        state.reader_counts[version] -= 1
        if state.reader_counts[version] == 0:
            replaced_by = relations.next_versions[version]
            for j in range(relations.writer_starts[replaced_by], relations.writer_starts[replaced_by + 1]):
                _arrive(state, relations.writers[j], INT64(1), cycle, cycle)
    for k in range(relations.buffer_starts[operation], relations.buffer_starts[operation + 1]):
        buffer = INT64(tables.accesses[k, BUFFER])
        state.buffers[buffer, USERS] -= 1
        if state.buffers[buffer, USERS] == 0 and state.buffers[buffer, IS_OPEN]:
            if state.buffers[buffer, FIRST_OPERATION] > state.progress[_HEAD]:
                state.progress[_OUT_OF_ORDER] -= state.buffers[buffer, WORDS]
            landed_at = state.buffers[buffer, LANDED_AT]
            if landed_at > cycle:  # a write that nobody reads holds its word for one cycle
                state.releases[landed_at & (len(state.releases) - 1)] += state.buffers[buffer, WORDS]
            else:
                state.progress[_LIVE] -= state.buffers[buffer, WORDS]
