"""Justification: a schedule is pushed to its end, then to its front, which closes what was open at either.

Forward list scheduling leaves slots idle where few operations are ready, most of all at the end: operations that could
have waited went before those that could not.  Scheduling backward, from the end, tells how late each slot can issue;
taken in that order, forward again, the same operations often end sooner.  (Forward-backward improvement, Li and Willis
1992; double justification, Valls, Ballestín and Quintanilla 2005.)
"""

from collections.abc import Sequence

import numpy as np

from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.backward_kernel import new_backward_state, schedule_backward
from search.scheduling.incumbent import UNUSED_PENALTIES, Incumbent, keys_of_slots, try_keys
from search.scheduling.policy import Keys
from search.scheduling.ranking import rank_slots

_MOST_IDLE_PASSES = 4


def justify(prepared: PreparedGraph, start: Incumbent) -> Incumbent:
    """The shortest of ``start`` and what some passes backward and forward make of it."""
    best, engine_order = start, start.engine_order
    current, idle = start.decision.schedule, 0
    while idle < _MOST_IDLE_PASSES:
        late = latest_cycles(prepared, current, engine_order)
        if late is None:
            break
        made = [_forward(prepared, current, late, engine_order, penalty) for penalty in UNUSED_PENALTIES]
        found = [pair for pair in made if pair is not None]
        if not found:
            break
        keys, current = min(found, key=lambda pair: pair[1].length)
        idle += 1
        if current.length < best.cycles and (better := best.replaced(prepared, keys, current)):
            best, idle = better, 0
    return best


def justify_once(
    prepared: PreparedGraph, start: Schedule, engine_order: Sequence[int], penalty: float
) -> tuple[Keys, Schedule] | None:
    """One pass backward and one forward: keys and their schedule; ``None`` where there is none."""
    late = latest_cycles(prepared, start, engine_order)
    return None if late is None else _forward(prepared, start, late, engine_order, penalty)


def latest_cycles(prepared: PreparedGraph, start: Schedule, engine_order: Sequence[int]) -> Ints | None:
    """A late cycle for each slot that issues, by scheduling backward from the end of ``start``.

    Of the slots that are ready the one that is latest in ``start`` goes first.  Scratch is not limited here, and a
    cycle may be negative: these are urgencies, not a schedule.  ``None`` where slots must share a bundle, each
    reading what the next one writes: list scheduling, in either direction, gives out cycles one by one.
    """
    flat, machine = prepared.flat, prepared.machine
    ranking = rank_slots(flat, -start.cycles.astype(np.float64), machine)
    engines, ring = len(machine.scored_engines), 1 << (machine.max_latency + 1).bit_length()
    state = new_backward_state(ranking, start.cycles >= 0, engines, ring)
    is_complete = schedule_backward(
        prepared.precedences,
        state,
        flat.slot_latencies,
        ranking,
        np.array([engine.slots for engine in machine.scored_engines], dtype=np.int64),
        np.array(engine_order, dtype=np.int64),
    )
    late: Ints = start.length - 1 - state.from_end
    return late if is_complete else None


def _forward(
    prepared: PreparedGraph, start: Schedule, late: Ints, engine_order: Sequence[int], penalty: float
) -> tuple[Keys, Schedule] | None:
    keys = keys_of_slots(prepared.flat, start, late, penalty)
    made = try_keys(prepared, keys, engine_order)
    return None if made is None else (keys, made)
