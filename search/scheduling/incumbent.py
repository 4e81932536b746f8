"""Decisions with the keys that lead to them: what justification and local search work on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from machine.graph.decision import Decision, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.errors import ScheduleStuckError
from search.scheduling.list_scheduler import schedule_by_keys
from search.scheduling.policy import Keys
from search.scratch.allocation import allocate
from search.scratch.lifetimes import find_lifetimes

UNUSED_PENALTIES = (2.0, 6.0, 20.0)
"""Cycles by which an implementation that a schedule does not use comes later than its operation."""


@dataclass(frozen=True)
class Keyed:
    """A decision, and the keys from which the list scheduler makes its schedule, or one much like it."""

    keys: Keys
    decision: Decision

    @property
    def cycles(self) -> int:
        """The length of the schedule."""
        return self.decision.schedule.length


def keyed_as_is(flat: FlatGraph, decision: Decision) -> Keyed:
    """A decision with keys in the order of its own cycles, which may lead to a schedule that is a little longer."""
    schedule = decision.schedule
    return Keyed(keys_of_slots(flat, schedule, schedule.cycles, UNUSED_PENALTIES[0]), decision)


def keys_of_slots(flat: FlatGraph, schedule: Schedule, cycles: Ints, penalty: float) -> Keys:
    """Keys that order a schedule's slots by ``cycles``; implementations not used come later than their operation."""
    issued = schedule.cycles >= 0
    owners = flat.implementation_operations[flat.slot_implementations]
    first = np.full(flat.operations, np.inf)
    np.minimum.at(first, owners[issued], cycles[issued])
    keys: Keys = np.where(issued, cycles, first[owners] + penalty)
    return keys


def try_keys(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int]) -> Schedule | None:
    """The list schedule of some keys; ``None`` where nothing could be issued at some point."""
    try:
        return schedule_by_keys(prepared, keys, engine_order, prepared.machine.scratch_words)
    except ScheduleStuckError:
        return None


def with_addresses(prepared: PreparedGraph, keys: Keys, schedule: Schedule) -> Keyed | None:
    """A schedule as a decision; ``None`` where no addresses are found."""
    addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, schedule), prepared.machine.scratch_words)
    return None if addresses is None else Keyed(keys, Decision(schedule, addresses))
