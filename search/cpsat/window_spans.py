"""Which operations a window frees: all of some cycles, those at the end, those of one engine or of a few streams.

The fewer of a cycle's operations are free, the more cycles a window of the same size spans.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from machine.graph.decision import Schedule
from machine.graph.flat import FlatGraph
from machine.model import Machine

_ENGINE_WIDTHS, _STREAM_WIDTHS, _TAIL_WIDTHS = 3, 4, 2
"""Widths of a window of each kind, in widths of a window of cycles."""

_STREAMS = 4

_SCARCE = 0.95
"""Of the busiest engine's use."""

Shares = NDArray[np.float64]


class WindowKind(Enum):
    """What a window frees."""

    CYCLES = "cycles"
    TAIL = "tail"
    ENGINE = "engine"
    STREAMS = "streams"


@dataclass(frozen=True)
class WindowPlan:
    """What a window is to free in cycles ``first`` to ``last - 1``: all, or only these streams, or only this engine."""

    first: int
    last: int
    engine: int | None = None
    streams: tuple[int, ...] = ()

    def overlaps(self, span: "Span") -> bool:
        """Whether it has a cycle in common with a window."""
        return self.first < span.last and span.first < self.last


@dataclass(frozen=True)
class Span:
    """Cycles ``first`` to ``last - 1``, and the operations that are free to move in them."""

    first: int
    last: int
    operations: tuple[int, ...]


def plan_windows(kind: WindowKind, flat: FlatGraph, length: int, width: int, number: int) -> list[WindowPlan]:
    """The windows of one pass over a schedule of ``length`` cycles, front to back, each half over the one before.

    Passes differ, by their ``number``, in where windows begin and in the engine or the streams that are free.
    """
    if kind is WindowKind.TAIL:
        return [WindowPlan(max(0, length - _TAIL_WIDTHS * width), length + 1)]
    if kind is WindowKind.ENGINE:
        engines = np.unique(flat.slot_engines)
        engine = int(engines[number % len(engines)])
        return [WindowPlan(a, b, engine=engine) for a, b in _spans(length, _ENGINE_WIDTHS * width, number)]
    if kind is WindowKind.STREAMS:
        streams = np.roll(np.unique(flat.streams), -number * _STREAMS)[:_STREAMS]
        chosen = tuple(sorted(streams.tolist()))
        return [WindowPlan(a, b, streams=chosen) for a, b in _spans(length, _STREAM_WIDTHS * width, number)]
    return [WindowPlan(a, b) for a, b in _spans(length, width, number)]


def window_span(flat: FlatGraph, schedule: Schedule, plan: WindowPlan) -> Span:
    """The operations that a window frees: those planned for, of which all slots issue in its cycles."""
    issued = np.flatnonzero(schedule.cycles >= 0)
    owners = flat.implementation_operations[flat.slot_implementations[issued]]
    earliest = np.full(flat.operations, np.iinfo(np.int64).max)
    latest = np.full(flat.operations, -1)
    np.minimum.at(earliest, owners, schedule.cycles[issued])
    np.maximum.at(latest, owners, schedule.cycles[issued])
    inside = (earliest >= plan.first) & (latest < plan.last) & (latest >= 0)
    if plan.streams:
        inside &= np.isin(flat.streams, plan.streams)
    if plan.engine is not None:
        inside[owners[flat.slot_engines[issued] != plan.engine]] = False
    return Span(plan.first, plan.last, tuple(np.flatnonzero(inside).tolist()))


def where_idle(plans: Sequence[WindowPlan], flat: FlatGraph, schedule: Schedule, machine: Machine) -> list[WindowPlan]:
    """The windows in which scarce slots idle, the idlest first; none that is less than half as idle as that.

    Scarce are the slots of the engine that is busiest over the whole schedule, and of those that are nearly as busy.
    """
    idle = _idle_shares(flat, schedule, machine)
    shares = [float(idle[plan.first : plan.last].mean()) if plan.first < len(idle) else 0.0 for plan in plans]
    return [plans[number] for number in np.argsort(shares)[::-1] if shares[number] >= max(shares) / 2]


def _idle_shares(flat: FlatGraph, schedule: Schedule, machine: Machine) -> Shares:
    """For each cycle, the share of scarce slots that are idle."""
    issued = schedule.cycles >= 0
    slots = np.array([engine.slots for engine in machine.scored_engines])
    used = np.zeros((len(slots), schedule.length))
    np.add.at(used, (flat.slot_engines[issued], schedule.cycles[issued]), 1)
    busy = used.mean(axis=1) / slots
    scarce = busy >= _SCARCE * busy.max()
    shares: Shares = 1 - used[scarce].sum(axis=0) / slots[scarce].sum()
    return shares


def _spans(length: int, width: int, number: int) -> Iterator[tuple[int, int]]:
    half = max(1, width // 2)
    offset = (number * half // 3) % half
    for first in range(offset, max(offset + 1, length - half), half):
        yield first, first + width
