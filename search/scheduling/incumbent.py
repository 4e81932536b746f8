"""The best schedule so far of a graph, with the order that leads to it: what justification and moves work on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from machine.compiling import compiled_lean
from machine.graph.decision import Decision, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.errors import ScheduleStuckError
from search.scheduling.list_scheduler import schedule_by_keys
from search.scheduling.policy import Keys
from search.scratch.placement import THOROUGH, Allocator, place

UNUSED_PENALTIES = (2.0, 6.0, 20.0)
"""Cycles by which an implementation that a schedule does not use comes later than its operation."""


@dataclass(frozen=True)
class Incumbent:
    """The best schedule so far of one graph.

    Attributes:
        decision: the schedule, and an address for each buffer.
        keys: one for each slot; taken in their order, least first, the list scheduler arrives at this schedule, or at
            one much like it.
        engine_order: the order in which the list scheduler serves the engines in a cycle.
    """

    decision: Decision
    keys: Keys
    engine_order: tuple[int, ...]

    @property
    def cycles(self) -> int:
        """The length of the schedule."""
        return self.decision.schedule.length

    def replaced(
        self, prepared: PreparedGraph, keys: Keys, schedule: Schedule, allocators: Sequence[Allocator] = THOROUGH
    ) -> "Incumbent | None":
        """Another schedule in place of this one; ``None`` where it finds no addresses."""
        decision = place(prepared, schedule, allocators)
        return None if decision is None else replace(self, decision=decision, keys=keys)


def incumbent_of(flat: FlatGraph, decision: Decision, engine_order: Sequence[int]) -> Incumbent:
    """A decision with keys in the order of its own cycles, which may lead to a schedule that is a little longer."""
    schedule = decision.schedule
    keys = keys_of_slots(flat, schedule, schedule.cycles, UNUSED_PENALTIES[0])
    return Incumbent(decision, keys, tuple(engine_order))


def keys_of_slots(flat: FlatGraph, schedule: Schedule, cycles: Ints, penalty: float) -> Keys:
    """Keys that order a schedule's slots by ``cycles``; implementations not used come later than their operation."""
    issued = schedule.cycles >= 0
    first = least_of_slots(flat, np.where(issued, cycles, np.inf))
    keys: Keys = np.where(issued, cycles, np.repeat(first + penalty, slots_of_operations(flat)))
    return keys


def slots_of_operations(flat: FlatGraph) -> Ints:
    """How many slots each operation has, in all its implementations."""
    return np.diff(flat.implementation_starts[flat.operation_starts])


def least_of_slots(flat: FlatGraph, values: Keys) -> Keys:
    """For each operation, the least of the values of its slots."""
    least = np.full(flat.operations, np.inf)
    _take_least(flat.implementation_starts[flat.operation_starts], values, least)
    return least


@compiled_lean
def _take_least(starts: Ints, values: Keys, least: Keys) -> None:
    """For each group of values, of which ``starts`` has the first, the least."""
    for group in range(len(least)):
        for k in range(starts[group], starts[group + 1]):
            least[group] = min(least[group], values[k])


def try_keys(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int]) -> Schedule | None:
    """The list schedule of some keys; ``None`` where nothing could be issued at some point."""
    try:
        return schedule_by_keys(prepared, keys, engine_order, prepared.machine.scratch_words)
    except ScheduleStuckError:
        return None
