"""The critical chain of a schedule: from its last landing back, what each slot waited for, and for how long.

Where an operation issued as soon as what it waited for allowed, the wait is a dependence; where it issued later, its
engine was full, scratch had no room, or the schedule put it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.explain.idle_slots import EngineUse
from search.explain.readiness import NOBODY, Readiness


class Wait(Enum):
    """What the cycles of a chain went to."""

    VALUE = "results it reads"
    OVERWRITE = "words to overwrite"
    ORDER = "order of memory or lanes"
    ENGINE = "a slot of its engine"
    SCRATCH = "room in scratch"
    PUT_OFF = "nothing (put off)"
    LANDING = "its own result to land"


@dataclass(frozen=True)
class Link:
    """A slot of the chain.

    Attributes:
        slot, operation: its numbers in the graph.
        engine: its engine's name.
        cycle: when it issued.
        ready: the first cycle that dependences allowed.
        waited_for: the slot before it in the chain, or ``NOBODY`` for the first.
        dependence: what it needed of that slot; ``None`` for the first.
        delays: the cycles from ``ready`` to ``cycle``, by what they went to.
    """

    slot: int
    operation: int
    engine: str
    cycle: int
    ready: int
    waited_for: int
    dependence: Wait | None
    delays: Mapping[Wait, int]


@dataclass(frozen=True)
class ScheduleChain:
    """Links in order of time, and all cycles of the schedule by what they went to."""

    links: tuple[Link, ...]
    totals: Mapping[Wait, int]


def schedule_chain(
    prepared: PreparedGraph, schedule: Schedule, readiness: Readiness, engines: tuple[EngineUse, ...]
) -> ScheduleChain:
    """The chain that ends with the last landing of the schedule."""
    flat, cycles = prepared.flat, schedule.cycles
    if not (cycles >= 0).any():
        return ScheduleChain((), {})
    ends = np.where(cycles >= 0, cycles + flat.slot_latencies, -1)
    slot = int(ends.argmax())
    totals = dict.fromkeys(Wait, 0)
    totals[Wait.LANDING] = int(flat.slot_latencies[slot])
    links: list[Link] = []
    seen: set[int] = set()
    while slot != NOBODY:
        seen.add(slot)
        before = int(readiness.waited_for[slot])
        if before in seen:  # lanes that share a cycle may wait for each other in a circle
            before = NOBODY
        ready = int(readiness.ready[slot]) if before != NOBODY else 0
        dependence = None if before == NOBODY else dependence_of(flat, before, slot)
        delays = _delays(ready, slot, schedule, readiness, engines[int(flat.slot_engines[slot])])
        operation = int(flat.implementation_operations[flat.slot_implementations[slot]])
        engine = engines[int(flat.slot_engines[slot])].name
        links.append(Link(slot, operation, engine, int(cycles[slot]), ready, before, dependence, delays))
        for wait, count in delays.items():
            totals[wait] += count
        if dependence is not None:
            totals[dependence] += ready - int(cycles[before])
        slot = before
    return ScheduleChain(tuple(reversed(links)), totals)


def dependence_of(flat: FlatGraph, earlier: int, later: int) -> Wait:
    """Why one slot must come after another."""

    def versions(starts: Ints, items: Ints, slot: int) -> set[int]:
        return set(items[starts[slot] : starts[slot + 1]].tolist())

    written = versions(flat.write_starts, flat.writes, earlier)
    if written & versions(flat.read_starts, flat.reads, later):
        return Wait.VALUE
    replaced = {int(flat.version_previous[version]) for version in versions(flat.write_starts, flat.writes, later)}
    if replaced & (written | versions(flat.read_starts, flat.reads, earlier)):
        return Wait.OVERWRITE
    return Wait.ORDER


def _delays(ready: int, slot: int, schedule: Schedule, readiness: Readiness, engine: EngineUse) -> Mapping[Wait, int]:
    """The cycles between ready and issue: the engine was full, else scratch was, else there was no reason."""
    cycles = np.arange(ready, int(schedule.cycles[slot]))
    full = engine.used[cycles] >= engine.slots
    crowded = ~full & (cycles < readiness.room[slot])
    counts = {
        Wait.ENGINE: int(full.sum()),
        Wait.SCRATCH: int(crowded.sum()),
        Wait.PUT_OFF: int((~full & ~crowded).sum()),
    }
    return {wait: count for wait, count in counts.items() if count}
