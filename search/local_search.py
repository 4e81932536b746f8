"""Local search: from a schedule, shorter ones, by changing the order in which the list scheduler takes operations.

A schedule becomes keys (the cycle of each operation, a little more for implementations that it did not use).  A move
shifts the keys of some operations in a span of cycles at random; the list scheduler runs again; what is not longer is
kept.  The greedy scheduler repairs everything else, so that a small move has a small effect, and one costs
milliseconds.
"""

from dataclasses import dataclass

import numpy as np

from machine.graph.decision import Decision, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.allocation import allocate, find_lifetimes
from search.errors import ScheduleStuckError
from search.list_scheduler import PreparedGraph, schedule_by_keys
from search.policy import Keys

_UNUSED_PENALTY = 3.0
_SPANS = (20, 60, 200, 2000)
_SHARES = (0.02, 0.1, 0.5)
_SHIFTS = (1.0, 3.0, 8.0, 20.0)


@dataclass(frozen=True)
class LocalState:
    """Where a local search stands: keys, and the decision that they lead to."""

    keys: Keys
    decision: Decision

    @property
    def cycles(self) -> int:
        """The length of the schedule."""
        return self.decision.schedule.length


def start_from(flat: FlatGraph, decision: Decision) -> LocalState:
    """Keys that order slots as a decision does."""
    return LocalState(keys_of(flat, decision.schedule), decision)


def local_search(
    prepared: PreparedGraph, start: LocalState, engine_order: tuple[int, ...], trials: int, seed: str
) -> LocalState:
    """Try ``trials`` moves from ``start``, keeping those that do not lengthen the schedule."""
    random = np.random.default_rng(list(seed.encode()))
    flat, words = prepared.flat, prepared.machine.scratch_words
    owners = flat.implementation_operations[flat.slot_implementations]
    best = start
    for _ in range(trials):
        shifts = _shifts(best.keys, owners, flat.operations, best.cycles, random)
        keys: Keys = best.keys + shifts[owners]
        try:
            made = schedule_by_keys(prepared, keys, engine_order, words)
        except ScheduleStuckError:
            continue
        if made.length <= best.cycles:
            addresses = allocate(flat, find_lifetimes(flat, made), words)
            if addresses is not None:
                best = LocalState(keys, Decision(made, addresses))
    return best


def keys_of(flat: FlatGraph, schedule: Schedule) -> Keys:
    """Keys that order slots as a schedule does; implementations not used come a little later."""
    issued = schedule.cycles >= 0
    owners = flat.implementation_operations[flat.slot_implementations]
    first = np.full(flat.operations, np.inf)
    np.minimum.at(first, owners[issued], schedule.cycles[issued])
    keys: Keys = first[owners] + np.where(issued, 0.0, _UNUSED_PENALTY)
    return keys


def _shifts(keys: Keys, owners: Ints, operations: int, length: int, random: np.random.Generator) -> Keys:
    """By how much a move shifts each operation: some of those around a random cycle, by normal deviates."""
    places = np.full(operations, np.inf)
    np.minimum.at(places, owners, keys)
    centre, span = random.integers(0, length), random.choice(_SPANS)
    chosen = (np.abs(places - centre) < span) & (random.random(operations) < random.choice(_SHARES))
    shifts = np.zeros(operations)
    shifts[chosen] = random.normal(0.0, random.choice(_SHIFTS), int(chosen.sum()))
    return shifts
