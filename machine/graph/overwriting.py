"""The law of overwriting: what must happen before a slot may write over a word.  It is stated here, and only here.

A word of scratch holds one value at a time.  A slot that issues in cycle ``t`` with latency ``L`` reads in cycle ``t``
and *lands* its results in cycle ``t + L``: from then on they are read.  When a slot (``later``) replaces a value,

1. its landing comes after every read of the old value: at least :data:`LANDING_AFTER_READ` cycles after the reader's
   issue, see :func:`distance_after_read`;
2. its landing comes after the landing of the old value, see :func:`landing_after_landing`.  Where both land in one
   cycle the machine keeps the result of the slot that issued later and, within a bundle, of the slot listed later.

Schedulers that build schedules slot by slot keep a stronger form of 2, :func:`distance_after_write`: the second write
does not issue before the first, and shares its bundle only within one engine, where the emitted program lists slots in
the order of the graph.

Which slots read and write which value is in the flat graph (*versions*).  The functions here take integers or integer
arrays, and compiled code may call them.
"""

from typing import TypeVar

from machine.compiling import compilable
from machine.graph.dependences import Ints

LANDING_AFTER_READ = 1
"""Least cycles from the issue of a reader to the landing of the write that replaces what it reads."""

Cycles = TypeVar("Cycles", int, Ints)


@compilable
def distance_after_read(later_latency: Cycles) -> Cycles:
    """Least cycles from the issue of a reader to the issue of a slot that overwrites what it reads; may be negative."""
    return LANDING_AFTER_READ - later_latency


@compilable
def landing_after_landing(latency: Cycles, later_latency: Cycles) -> Cycles:
    """Least cycles from the landing of one write of a word to the landing of the next write of it: 0 or 1."""
    return (latency < later_latency) * 1


@compilable
def least_distance_after_write(latency: Cycles, later_latency: Cycles) -> Cycles:
    """Least cycles from the issue of one write of a word to the issue of the next that keeps a program right."""
    return latency - later_latency + landing_after_landing(latency, later_latency)


@compilable
def distance_after_write(latency: Cycles, later_latency: Cycles, engine: Cycles, later_engine: Cycles) -> Cycles:
    """Least cycles from issue to issue of two writes of a word that schedulers keep: see the stronger form above."""
    law = least_distance_after_write(latency, later_latency)
    least: Cycles = (engine != later_engine) * 1
    return law + (least - law) * (law < least)
