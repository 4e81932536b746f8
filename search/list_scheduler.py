"""List scheduling: a graph and a policy give a schedule that fits engines and scratch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from machine.graph.decision import Schedule, schedule_of
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph, flatten
from machine.graph.operation import Graph
from machine.model import Machine
from search.chains import Chains, find_chains
from search.errors import ScheduleStuckError, ScratchExceededError
from search.list_kernel import BITS, STUCK, list_schedule, new_state
from search.policy import Keys, Policy, urgencies
from search.relations import Relations, find_relations


@dataclass(frozen=True)
class PreparedGraph:
    """A graph with all that is computed once for it."""

    graph: Graph
    flat: FlatGraph
    relations: Relations
    chains: Chains

    @property
    def machine(self) -> Machine:
        """The graph's machine."""
        return self.graph.machine


def prepare(graph: Graph) -> PreparedGraph:
    """Flatten a graph and find its relations and chains.

    Raises:
        GraphError: the graph is not a graph (see :func:`machine.graph.flat.flatten`).
    """
    flat = flatten(graph)
    relations = find_relations(flat)
    return PreparedGraph(graph, flat, relations, find_chains(flat, relations))


def schedule(prepared: PreparedGraph, policy: Policy, capacity: int) -> Schedule:
    """Schedule by a policy within ``capacity`` words of scratch.

    Raises:
        ScratchExceededError: the graph needs more words even when it runs in order.
        ScheduleStuckError: nothing could be issued.
    """
    keys = urgencies(policy, prepared.machine, prepared.flat, prepared.chains.operation_tails)
    return schedule_by_keys(prepared, keys, policy.engine_order, capacity)


def schedule_by_keys(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int], capacity: int) -> Schedule:
    """Schedule with a key for each slot, least first; see :func:`schedule`."""
    flat, machine = prepared.flat, prepared.machine
    needed = int(prepared.relations.peaks.max(initial=0))
    if needed > capacity:
        raise ScratchExceededError(f"the graph needs {needed} words of scratch in order, {capacity} are left")
    order = np.lexsort((np.arange(len(keys)), keys, flat.slot_engines))
    ranks, slots_by_rank, engine_starts = _rank(flat, order, len(machine.scored_engines))
    state = new_state(flat, prepared.relations, int(engine_starts[-1]), machine.max_latency + 3)
    status = list_schedule(
        flat,
        prepared.relations,
        state,
        ranks,
        slots_by_rank,
        engine_starts,
        np.array([engine.slots for engine in machine.scored_engines], dtype=np.int64),
        np.array(engine_order, dtype=np.int64),
        capacity,
    )
    if status == STUCK:
        raise ScheduleStuckError(f"nothing left to issue after cycle {int(state.cycles.max(initial=-1))}")
    return schedule_of(flat, state.cycles)


def _rank(flat: FlatGraph, order: Ints, engines: int) -> tuple[Ints, Ints, Ints]:
    """Ranks of slots, their inverse, and the first rank of each engine, aligned."""
    counts = np.bincount(flat.slot_engines, minlength=engines)
    starts = np.zeros(engines + 1, dtype=np.int64)
    np.cumsum(-(-counts // BITS) * BITS, out=starts[1:])
    within = np.concatenate([np.arange(count) for count in counts]) if len(order) else order
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = starts[flat.slot_engines[order]] + within
    slots_by_rank = np.zeros(int(starts[-1]), dtype=np.int64)
    slots_by_rank[ranks] = np.arange(len(order))
    return ranks, slots_by_rank, starts
