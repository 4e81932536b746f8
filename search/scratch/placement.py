"""From a schedule to a decision: addresses by one allocator after another, the cheapest first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from machine.graph.decision import Decision, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.processes.isolate import call_isolated
from search.scratch.allocation import allocate, allocate_largest_first
from search.scratch.lifetimes import Lifetimes, find_lifetimes
from search.solver.solve_outcome import SOLVING, SolveLimits, Status

MOST_SECONDS = 10.0
"""For one exact packing, whatever the limits."""

_GRACE_SECONDS = 10.0

Allocator = Callable[[FlatGraph, Lifetimes, int], Ints | None]
"""An address for each buffer in so many words of scratch, or ``None`` where it finds none."""

COLOURING: Sequence[Allocator] = (allocate,)
"""Interval colouring alone: for loops that would rather try another schedule."""

THOROUGH: Sequence[Allocator] = (allocate, allocate_largest_first)
"""Colouring, then the largest buffers first: milliseconds more where colouring fails."""


def with_packing(limits: SolveLimits) -> Sequence[Allocator]:
    """All there are; exact packing, in a process of its own with these limits, comes last."""

    def pack(flat: FlatGraph, lifetimes: Lifetimes, scratch_words: int) -> Ints | None:
        seconds = min(MOST_SECONDS, limits.seconds)
        arguments = (lifetimes, flat.buffer_words, scratch_words, replace(limits, seconds=seconds))
        call = call_isolated(_pack_here, arguments, seconds + _GRACE_SECONDS, limits.memory_bytes, SOLVING)
        found = call.value[1] if call.value else []
        return np.array(found, dtype=np.int64) if found else None

    return (*THOROUGH, pack)


def _pack_here(*arguments: Any) -> tuple[Status, list[int]]:
    """In a process of its own, which alone loads the solver."""
    from search.scratch.packing import pack  # noqa: PLC0415  (loads CP-SAT)

    return pack(*arguments)


def place(prepared: PreparedGraph, schedule: Schedule, allocators: Sequence[Allocator] = THOROUGH) -> Decision | None:
    """The decision of a schedule, by the first allocator that finds addresses; ``None`` where none does."""
    lifetimes = find_lifetimes(prepared.flat, schedule)
    for allocator in allocators:
        addresses = allocator(prepared.flat, lifetimes, prepared.machine.scratch_words)
        if addresses is not None:
            return Decision(schedule, addresses)
    return None
