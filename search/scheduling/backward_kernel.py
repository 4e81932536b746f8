"""The compiled core of backward scheduling: from the end of the program, the least urgent slots first.

Cycles are counted from the end here, 0 being the last; a slot is ready when all that must follow it have their cycles.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from machine.compiling import INT64, compiled_lean
from machine.graph.dependences import Ints
from search.analysis.precedences import Precedences
from search.analysis.sorting import Ints32
from search.scheduling.ranking import Ranking
from search.scheduling.ready_bits import BITS, ReadyRanks, lowest_bit, next_filled, no_ranks, put_in, take_out


class BackwardState(NamedTuple):
    """``slots``, ``ready`` and ``pending`` are as in list scheduling; a slot waits for each later one without a cycle.

    ``free`` counts the slots of each engine that a cycle still has.
    """

    from_end: Ints
    slots: Ints32
    ready: ReadyRanks
    pending: Ints32
    free: Ints


_WAITS, _READY_AT, _NEXT, _RANK = range(4)

_NEVER = -(1 << 30)
"""What a slot waits for that is not chosen: it is never ready, whatever happens."""


def new_backward_state(ranking: Ranking, chosen: NDArray[np.bool_], engines: int, ring: int) -> BackwardState:
    """Nothing scheduled yet; ``ring`` is a power of 2 above the longest distance."""
    slots = np.zeros((len(chosen), 4), dtype=np.int32)
    slots[:, _WAITS], slots[:, _RANK] = np.where(chosen, 0, _NEVER), ranking.ranks
    return BackwardState(
        from_end=np.full(len(chosen), -1, dtype=np.int64),
        slots=slots,
        ready=no_ranks(ranking.end),
        pending=np.full(ring, -1, dtype=np.int32),
        free=np.zeros(engines, dtype=np.int64),
    )


@compiled_lean
def schedule_backward(
    precedences: Precedences,
    state: BackwardState,
    latencies: Ints,
    ranking: Ranking,
    engine_slots: Ints,
    engine_order: Ints,
) -> bool:
    """Give each slot that is chosen its cycle from the end, ``state.from_end``; return whether all have got one.

    Slots that must share a bundle, because each reads what the next one writes, wait for each other and get none.

    Args:
        precedences: of the graph.
        state: nothing scheduled; says which slots are chosen.
        latencies: of each slot: it issues early enough to land before the end.
        ranking: which slots of an engine are to be put last.
        engine_slots: slots a bundle may give each engine.
        engine_order: the order in which engines choose in a cycle.
    """
    left = INT64(0)
    for slot in range(len(state.slots)):
        if state.slots[slot, _WAITS] >= 0:
            left += 1
            state.slots[slot, _WAITS] += 1
            for k in range(precedences.starts[slot], precedences.starts[slot + 1]):
                state.slots[precedences.earlier[k], _WAITS] += 1
    for slot in range(len(state.slots)):
        if state.slots[slot, _WAITS] > 0:
            _arrive(state, slot, latencies[slot] - 1, INT64(-1))
    cycle = idle = INT64(0)
    while left > 0:
        if idle > len(state.pending):
            return False
        _begin_cycle(state, engine_slots, cycle)
        before, issued = left, INT64(1)
        while issued > 0:  # again, because a slot may let an earlier one share its cycle
            issued = INT64(0)
            for engine in engine_order:
                issued += _fill_engine(precedences, state, ranking, engine, cycle)
            left -= issued
        idle = INT64(0) if left < before else idle + 1
        cycle += 1
    return True


@compiled_lean
def _begin_cycle(state: BackwardState, engine_slots: Ints, cycle: int) -> None:
    """All of each engine's slots are free; operations' slots that were to be ready from this cycle on are."""
    for engine in range(len(engine_slots)):
        state.free[engine] = engine_slots[engine]
    place = cycle & (len(state.pending) - 1)
    slot = INT64(state.pending[place])
    state.pending[place] = -1
    while slot >= 0:
        put_in(state.ready, state.slots[slot, _RANK])
        slot = INT64(state.slots[slot, _NEXT])


@compiled_lean
def _fill_engine(precedences: Precedences, state: BackwardState, ranking: Ranking, engine: int, cycle: int) -> int:
    """Give ready slots of an engine this cycle; return how many."""
    issued: int = INT64(0)
    stop = ranking.starts[engine + 1] // BITS
    word = next_filled(state.ready, ranking.starts[engine] // BITS, stop)
    while word < stop and state.free[engine] > 0:
        left = INT64(state.ready.bits[word])
        while left != 0 and state.free[engine] > 0:
            bit = lowest_bit(left)
            left &= left - 1
            slot = INT64(ranking.slots[word * BITS + bit])
            take_out(state.ready, state.slots[slot, _RANK])
            state.from_end[slot] = cycle
            state.free[engine] -= 1
            issued += 1
            for k in range(precedences.starts[slot], precedences.starts[slot + 1]):
                _arrive(state, INT64(precedences.earlier[k]), cycle + precedences.distances[k], cycle)
        word = next_filled(state.ready, word + 1, stop)
    return issued


@compiled_lean
def _arrive(state: BackwardState, slot: int, when: int, cycle: int) -> None:
    """A later slot lets this one issue from cycle ``when`` on, from the end."""
    ready_at = max(INT64(state.slots[slot, _READY_AT]), when)
    waits = state.slots[slot, _WAITS] - 1
    state.slots[slot, _READY_AT], state.slots[slot, _WAITS] = ready_at, waits
    if waits == 0:
        if ready_at <= cycle:
            put_in(state.ready, state.slots[slot, _RANK])
        else:
            place = ready_at & (len(state.pending) - 1)
            state.slots[slot, _NEXT] = state.pending[place]
            state.pending[place] = slot
