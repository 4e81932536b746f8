"""The compiled core of backward scheduling: from the end of the program, the least urgent slots first.

Cycles are counted from the end here, 0 being the last; a slot is ready when all that must follow it have their cycles.
"""

from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled_lean
from machine.graph.dependences import Ints
from search.analysis.precedences import Precedences
from search.scheduling.ready_bits import BITS, Bits, clear_bit, lowest_bit, set_bit


class BackwardState(NamedTuple):
    """``ready`` and ``pending`` are as in list scheduling.

    ``waits`` counts the later slots without a cycle; ``free`` the slots of each engine that a cycle still has.
    """

    from_end: Ints
    waits: Ints
    ready_at: Ints
    ready: Bits
    pending_heads: Ints
    pending_next: Ints
    free: Ints


def new_backward_state(slots: int, ranks: int, engines: int, ring: int) -> BackwardState:
    """Nothing scheduled yet; ``ranks`` is the end of the ranks, ``ring`` more than the longest distance."""
    return BackwardState(
        from_end=np.full(slots, -1, dtype=np.int64),
        waits=np.zeros(slots, dtype=np.int64),
        ready_at=np.zeros(slots, dtype=np.int64),
        ready=np.zeros(ranks // BITS, dtype=np.uint32),
        pending_heads=np.full(ring, -1, dtype=np.int64),
        pending_next=np.full(slots, -1, dtype=np.int64),
        free=np.zeros(engines, dtype=np.int64),
    )


@compiled_lean
def schedule_backward(
    precedences: Precedences,
    state: BackwardState,
    chosen: Ints,
    latencies: Ints,
    ranks: Ints,
    slots_by_rank: Ints,
    engine_starts: Ints,
    engine_slots: Ints,
    engine_order: Ints,
) -> bool:
    """Give each slot that is chosen its cycle from the end, ``state.from_end``; return whether all have got one.

    Slots that must share a bundle, because each reads what the next one writes, wait for each other and get none.

    Args:
        precedences: of the graph.
        state: nothing scheduled.
        chosen: 1 for each slot that is in the schedule.
        latencies: of each slot: it issues early enough to land before the end.
        ranks: the rank of each slot among those of its engine, the one to be put last first.
        slots_by_rank: the inverse of ``ranks``.
        engine_starts: first rank of each engine, a multiple of ``BITS``; then the end.
        engine_slots: slots a bundle may give each engine.
        engine_order: the order in which engines choose in a cycle.
    """
    left = INT64(0)
    for slot in range(len(chosen)):
        if chosen[slot]:
            left += 1
            for k in range(precedences.starts[slot], precedences.starts[slot + 1]):
                state.waits[precedences.earlier[k]] += 1
    for slot in range(len(chosen)):
        if chosen[slot]:
            state.waits[slot] += 1
            _arrive(state, ranks, slot, latencies[slot] - 1, INT64(-1))
    cycle = idle = INT64(0)
    while left > 0:
        if idle > len(state.pending_heads):
            return False
        _begin_cycle(state, ranks, engine_slots, cycle)
        before, issued = left, INT64(1)
        while issued > 0:  # again, because a slot may let an earlier one share its cycle
            issued = INT64(0)
            for engine in engine_order:
                words = engine_starts[engine] // BITS, engine_starts[engine + 1] // BITS
                issued += _fill_engine(precedences, state, chosen, ranks, slots_by_rank, engine, words, cycle)
            left -= issued
        idle = INT64(0) if left < before else idle + 1
        cycle += 1
    return True


@compiled_lean
def _begin_cycle(state: BackwardState, ranks: Ints, engine_slots: Ints, cycle: int) -> None:
    """All of each engine's slots are free; operations' slots that were to be ready from this cycle on are."""
    for engine in range(len(engine_slots)):
        state.free[engine] = engine_slots[engine]
    place = cycle % len(state.pending_heads)
    slot = state.pending_heads[place]
    state.pending_heads[place] = -1
    while slot >= 0:
        set_bit(state.ready, ranks[slot])
        slot = state.pending_next[slot]


@compiled_lean
def _fill_engine(
    precedences: Precedences,
    state: BackwardState,
    chosen: Ints,
    ranks: Ints,
    slots_by_rank: Ints,
    engine: int,
    words: tuple[int, int],
    cycle: int,
) -> int:
    """Give ready slots of an engine this cycle; return how many."""
    issued: int = INT64(0)
    for word in range(words[0], words[1]):
        left = INT64(state.ready[word])
        while left != 0 and state.free[engine] > 0:
            bit = lowest_bit(left)
            left &= left - 1
            slot = slots_by_rank[word * BITS + bit]
            clear_bit(state.ready, ranks[slot])
            state.from_end[slot] = cycle
            state.free[engine] -= 1
            issued += 1
            for k in range(precedences.starts[slot], precedences.starts[slot + 1]):
                if chosen[precedences.earlier[k]]:
                    _arrive(state, ranks, precedences.earlier[k], cycle + precedences.distances[k], cycle)
    return issued


@compiled_lean
def _arrive(state: BackwardState, ranks: Ints, slot: int, when: int, cycle: int) -> None:
    """A later slot lets this one issue from cycle ``when`` on, from the end."""
    state.ready_at[slot] = max(state.ready_at[slot], when)
    state.waits[slot] -= 1
    if state.waits[slot] == 0:
        if state.ready_at[slot] <= cycle:
            set_bit(state.ready, ranks[slot])
        else:
            place = state.ready_at[slot] % len(state.pending_heads)
            state.pending_next[slot] = state.pending_heads[place]
            state.pending_heads[place] = slot
