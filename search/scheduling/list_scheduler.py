"""List scheduling: a graph and a policy give a schedule that fits engines and scratch."""

from collections.abc import Callable, Sequence

import numpy as np

from machine.graph.decision import Schedule, schedule_of
from search.analysis.prepared_graph import PreparedForm, PreparedGraph
from search.errors import ScheduleStuckError, ScratchExceededError
from search.scheduling.list_kernel import STUCK, list_schedule, new_state
from search.scheduling.policy import Keys, Policy, urgencies
from search.scheduling.ranking import rank_slots

_PLENTY = 0.5
"""Of scratch: a graph that needs no more in its own order is hardly ever short of it, and its forms are not tried."""


def schedule(prepared: PreparedGraph, policy: Policy, capacity: int) -> Schedule:
    """Schedule by a policy within ``capacity`` words of scratch.

    The scheduler relies on an order of operations that fits ``capacity`` when they run one by one.  That is the graph's
    own order where it leaves plenty; where it does not, the shortest schedule of the graph's forms that fit is taken.

    Raises:
        ScratchExceededError: the graph needs more words in each of them.
        ScheduleStuckError: nothing could be issued.
    """
    if prepared.needed_words <= _PLENTY * capacity:
        return _schedule_by_policy(prepared, policy, capacity)
    return _shortest(prepared, capacity, lambda form: _schedule_by_policy(form.prepared, policy, capacity))


def schedule_by_keys(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int], capacity: int) -> Schedule:
    """Schedule with a key for each slot, least first; see :func:`schedule`."""
    if prepared.needed_words <= _PLENTY * capacity:
        return _schedule_in_order(prepared, keys, engine_order, capacity)
    return _shortest(
        prepared,
        capacity,
        lambda form: _schedule_in_order(form.prepared, keys[form.slots], engine_order, capacity),
    )


def _shortest(prepared: PreparedGraph, capacity: int, schedule_form: Callable[[PreparedForm], Schedule]) -> Schedule:
    """The shortest schedule of the forms that fit ``capacity``, as a schedule of the graph itself."""
    forms = [form for form in (prepared.own, *prepared.forms()) if form.prepared.needed_words <= capacity]
    if not forms:
        raise ScratchExceededError(
            f"the graph needs {prepared.needed_words} words of scratch in order, "
            f"{prepared.thrifty.prepared.needed_words} in a thriftier order, "
            f"{prepared.lean.prepared.needed_words} with its leanest implementations; {capacity} are left"
        )
    best: Schedule | None = None
    stuck: ScheduleStuckError | None = None
    for form in forms:
        try:
            made = form.schedule_of_graph(prepared, schedule_form(form))
        except ScheduleStuckError as error:
            stuck = error
            continue
        if best is None or made.length < best.length:
            best = made
    if best is None:
        assert stuck is not None
        raise stuck
    return best


def _schedule_by_policy(prepared: PreparedGraph, policy: Policy, capacity: int) -> Schedule:
    keys = urgencies(policy, prepared.machine, prepared.flat, prepared.chains.operation_tails)
    return _schedule_in_order(prepared, keys, policy.engine_order, capacity)


def _schedule_in_order(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int], capacity: int) -> Schedule:
    """Schedule a graph that fits ``capacity`` in its own order."""
    flat, machine = prepared.flat, prepared.machine
    ranking = rank_slots(flat, keys, machine)
    ring = 1 << (machine.max_latency + 1).bit_length()  # a power of 2, above
    state = new_state(prepared.relations, prepared.tables, ranking, ring)
    status = list_schedule(
        flat,
        prepared.relations,
        prepared.tables,
        state,
        ranking,
        np.array([engine.slots for engine in machine.scored_engines], dtype=np.int64),
        np.array(engine_order, dtype=np.int64),
        capacity,
    )
    if status == STUCK:
        raise ScheduleStuckError(f"nothing left to issue after cycle {int(state.cycles.max(initial=-1))}")
    return schedule_of(flat, state.cycles)
