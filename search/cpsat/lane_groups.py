"""Which slots share a start variable.

The *lanes* of an operation are its start variables.  An implementation maps each of its slots to a lane; lanes that it
does not use are tied to its first, so that one set of variables serves a valu slot and eight alu lanes alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import gcd

import numpy as np

from machine.graph.flat import FlatGraph
from machine.model import Machine


class Granularity(Enum):
    """What a model's start variables stand for; a proof is about the model with that granularity."""

    SINGLE_LANES = "every slot by itself"
    LANES_GROUPED = "slots of an implementation in groups that fill their engine without rest"
    LANES_TOGETHER = "all slots of an implementation in one cycle where they fit"


@dataclass(frozen=True)
class ImplementationLanes:
    """One implementation: the lane of each of its slots, and how many lanes it uses (the others are tied)."""

    implementation: int
    lane_of_slot: dict[int, int]
    used: int

    def slots_of_lane(self, lane: int) -> list[int]:
        """The slots that issue at a lane's start; for a tied lane those of the first."""
        wanted = lane if lane < self.used else 0
        return [slot for slot, used in self.lane_of_slot.items() if used == wanted]


@dataclass(frozen=True)
class OperationLanes:
    """One operation: its number of lanes and its implementations, the one with most lanes first."""

    operation: int
    lanes: int
    implementations: tuple[ImplementationLanes, ...]


def assign_lanes(
    flat: FlatGraph, machine: Machine, granularity: Granularity, operations: Iterable[int]
) -> list[OperationLanes]:
    """Lanes for some operations."""
    slots_of_engine = np.array([engine.slots for engine in machine.scored_engines])
    assigned = []
    for operation in operations:
        span = range(int(flat.operation_starts[operation]), int(flat.operation_starts[operation + 1]))
        made = [_assign(flat, slots_of_engine, implementation, granularity) for implementation in span]
        made.sort(key=lambda lanes: -lanes.used)
        assigned.append(OperationLanes(operation, made[0].used, tuple(made)))
    return assigned


def _assign(
    flat: FlatGraph, slots_of_engine: np.ndarray, implementation: int, granularity: Granularity
) -> ImplementationLanes:
    slots = flat.slots_of(implementation)
    counts = np.bincount(flat.slot_engines[slots.start : slots.stop], minlength=len(slots_of_engine))
    if granularity is Granularity.LANES_TOGETHER and (counts <= slots_of_engine).all():
        return ImplementationLanes(implementation, dict.fromkeys(slots, 0), 1)
    if granularity is Granularity.LANES_GROUPED and np.count_nonzero(counts) == 1:
        # Of 8 lanes on an engine of 12 slots, 4 go together: three groups fill it.
        group = gcd(len(slots), int(slots_of_engine[np.argmax(counts)]))
        grouped = {slot: place // group for place, slot in enumerate(slots)}
        return ImplementationLanes(implementation, grouped, len(slots) // group)
    return ImplementationLanes(implementation, {slot: lane for lane, slot in enumerate(slots)}, len(slots))
