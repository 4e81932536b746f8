"""How busy each engine is in each cycle, and why its slots are idle where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from search.analysis.prepared_graph import PreparedGraph
from search.explain.readiness import Readiness


class IdleReason(Enum):
    """Why a slot of an engine was given nothing, of the work that the schedule gives that engine.

    None of it was ready; some was, but scratch had no room for what it opens; some was and had room, but issued later;
    all of it had issued.
    """

    NOT_READY = "nothing ready"
    SCRATCH = "scratch full"
    PUT_OFF = "put off"
    NOTHING_LEFT = "nothing left"


REASONS = tuple(IdleReason)


@dataclass(frozen=True)
class EngineUse:
    """An engine under a schedule.

    Attributes:
        name, slots: of the engine.
        used: by cycle, slots issued.
        reasons: by cycle, the place in ``REASONS`` of why slots are idle, or -1 where none is.
        ramp: cycles before the engine first issues in all of its slots, or at all if it never does in all.
        drain: cycles after the last such.
    """

    name: str
    slots: int
    used: Ints
    reasons: Ints
    ramp: int
    drain: int

    @property
    def issued(self) -> int:
        """Slots issued in all."""
        return int(self.used.sum())

    @property
    def utilisation(self) -> float:
        """The share of its slots that were issued."""
        return self.issued / max(1, self.slots * len(self.used))

    @property
    def idle(self) -> Mapping[IdleReason, int]:
        """Idle slots by reason."""
        spare = self.slots - self.used
        return {reason: int(spare[self.reasons == place].sum()) for place, reason in enumerate(REASONS)}

    def utilisation_in(self, parts: int) -> list[float]:
        """The share of its slots issued in each of ``parts`` stretches of equal length, or in each cycle if fewer."""
        stretches = np.array_split(self.used, max(1, min(parts, len(self.used))))
        return [float(part.mean()) / self.slots if len(part) else 0.0 for part in stretches]


def engine_uses(prepared: PreparedGraph, schedule: Schedule, readiness: Readiness) -> tuple[EngineUse, ...]:
    """The use of each scored engine, in the machine's order."""
    flat, cycles = prepared.flat, schedule.cycles
    found = []
    for number, engine in enumerate(prepared.machine.scored_engines):
        mine = (cycles >= 0) & (flat.slot_engines == number)
        used = np.bincount(cycles[mine], minlength=schedule.length)
        waiting = _covered(readiness.ready[mine], cycles[mine], schedule.length)
        with_room = _covered(np.minimum(readiness.room[mine], cycles[mine]), cycles[mine], schedule.length)
        last = int(cycles[mine].max(initial=-1))
        late = np.arange(schedule.length) >= last
        conditions = {IdleReason.PUT_OFF: with_room, IdleReason.SCRATCH: waiting, IdleReason.NOTHING_LEFT: late}
        places = np.select(
            [used >= engine.slots, *conditions.values()],
            [-1, *map(REASONS.index, conditions)],
            REASONS.index(IdleReason.NOT_READY),
        )
        busy = np.flatnonzero(used >= engine.slots) if (used >= engine.slots).any() else np.flatnonzero(used)
        ramp, drain = (int(busy[0]), schedule.length - 1 - int(busy[-1])) if len(busy) else (schedule.length, 0)
        found.append(EngineUse(engine.name, engine.slots, used, places, ramp, drain))
    return tuple(found)


def _covered(starts: Ints, ends: Ints, length: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """By cycle, whether it is in one of the spans from a start to before its end."""
    change = np.zeros(length + 1, dtype=np.int64)
    np.add.at(change, starts, 1)
    np.add.at(change, ends, -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)
