"""When each slot of a schedule could have issued at the earliest, all others being where they are."""

from dataclasses import dataclass

import numpy as np

from machine.graph.decision import OMITTED, Schedule
from machine.graph.dependences import Ints
from search.analysis.prepared_graph import PreparedGraph
from search.scratch.lifetimes import find_lifetimes

NOBODY = -1
"""Stands for the slot that is waited for where there is none."""


@dataclass(frozen=True)
class Readiness:
    """By slot; ``OMITTED`` for slots that are not issued.

    Attributes:
        ready: the first cycle that the slots before it allow.
        room: the first cycle, not before ``ready``, from which scratch has room for the buffer that the slot opens;
            ``ready`` itself where it opens none.
        waited_for: the slot that allows it no earlier cycle than ``ready``, or ``NOBODY``; of several, the one that
            issued last.
        distances: the least cycles from the issue of that slot, 0 where there is none.
    """

    ready: Ints
    room: Ints
    waited_for: Ints
    distances: Ints


def find_readiness(prepared: PreparedGraph, schedule: Schedule) -> Readiness:
    """When each slot was ready, and what it waited for."""
    issued = schedule.cycles >= 0
    ready = np.where(issued, 0, OMITTED)
    waited_for = np.full(len(ready), NOBODY, dtype=np.int64)
    distances = np.zeros(len(ready), dtype=np.int64)
    precedences = prepared.precedences
    later = np.repeat(np.arange(len(ready)), np.diff(precedences.starts))
    earlier = precedences.earlier.astype(np.int64)
    allowed = schedule.cycles[earlier] + precedences.distances
    counts = issued[later] & issued[earlier] & (allowed > 0)
    later, earlier, allowed, apart = later[counts], earlier[counts], allowed[counts], precedences.distances[counts]
    order = np.lexsort((schedule.cycles[earlier], allowed, later))
    # Of assignments to one place the last holds: that of the greatest cycle allowed.
    ready[later[order]] = allowed[order]
    waited_for[later[order]] = earlier[order]
    distances[later[order]] = apart[order]
    return Readiness(ready, np.maximum(ready, _room(prepared, schedule)), waited_for, distances)


def _room(prepared: PreparedGraph, schedule: Schedule) -> Ints:
    """By slot, the first cycle from which the buffer that it opens has room up to where it opens now; else 0."""
    flat = prepared.flat
    lifetimes = find_lifetimes(flat, schedule)
    live = lifetimes.live_words(flat.buffer_words)
    room = np.zeros(len(schedule.cycles), dtype=np.int64)
    slots = flat.write_slots
    buffers = flat.word_buffers[flat.version_words[flat.writes]]
    opens = (schedule.cycles[slots] >= 0) & (
        schedule.cycles[slots] + flat.slot_latencies[slots] == lifetimes.starts[buffers]
    )
    slots, buffers = slots[opens], buffers[opens]
    for words in np.unique(flat.buffer_words[buffers]).tolist():
        full = live + words > prepared.machine.scratch_words
        last_full = np.maximum.accumulate(np.where(full, np.arange(len(live)), -1))
        mine = flat.buffer_words[buffers] == words
        before = lifetimes.starts[buffers[mine]] - 1
        last = np.where(before >= 0, last_full[before], -1)
        room[slots[mine]] = np.where(last >= 0, last + 1 - flat.slot_latencies[slots[mine]], 0)
    return room
