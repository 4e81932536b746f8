"""A timeline of operations by cycle, in the manner of uiCA and llvm-mca."""

from dataclasses import dataclass

import numpy as np

from machine.errors import UserError
from machine.graph.decision import Schedule
from search.analysis.prepared_graph import PreparedGraph
from search.explain.readiness import Readiness

WAITING, FLYING, ELSEWHERE = "=", "-", "."
"""Marks of a cycle: ready and not issued; issued and not landed; nothing of the operation."""


@dataclass(frozen=True)
class TimelineRow:
    """An operation in some cycles.

    Attributes:
        operation: its number.
        engine: the engine of its first slot.
        cycle: when its first slot issues.
        marks: by cycle of the timeline, a character: the number of slots issued (``+`` for ten and more), or a mark.
    """

    operation: int
    engine: str
    cycle: int
    marks: str


def parse_cycles(text: str, length: int) -> range:
    """The cycles that ``first:end`` names, the end not among them; either may be left out.

    Raises:
        UserError: it is no such text, or names no cycle of the schedule.
    """
    first, colon, end = text.partition(":")
    if not colon or not all(part.strip().isdecimal() or not part.strip() for part in (first, end)):
        raise UserError(f"cycles are first:end, as in 100:140, not '{text}'")
    cycles = range(int(first or 0), min(int(end or length), length))
    if not cycles:
        raise UserError(f"there are no cycles {text} in a schedule of {length} cycles")
    return cycles


def timeline(
    prepared: PreparedGraph, schedule: Schedule, readiness: Readiness, cycles: range
) -> tuple[TimelineRow, ...]:
    """A row for each operation that issues in ``cycles``, by the cycle of its first slot."""
    flat = prepared.flat
    inside = (schedule.cycles >= cycles.start) & (schedule.cycles < cycles.stop)
    slots = np.flatnonzero(inside)
    owners = flat.implementation_operations[flat.slot_implementations]
    rows = [_row(prepared, schedule, readiness, cycles, int(operation)) for operation in np.unique(owners[slots])]
    return tuple(sorted(rows, key=lambda row: (row.cycle, row.operation)))


def _row(
    prepared: PreparedGraph, schedule: Schedule, readiness: Readiness, cycles: range, operation: int
) -> TimelineRow:
    flat = prepared.flat
    chosen = int(flat.operation_starts[operation] + schedule.implementations[operation])
    slots = flat.slots_of(chosen)
    counts: dict[int, int] = {}
    marks = dict.fromkeys(cycles, ELSEWHERE)
    for slot in slots:
        issued = int(schedule.cycles[slot])
        counts[issued] = counts.get(issued, 0) + 1
        marks.update((c, FLYING) for c in range(issued + 1, issued + int(flat.slot_latencies[slot])) if c in cycles)
        waiting = range(int(readiness.ready[slot]), issued)
        marks.update((c, WAITING) for c in waiting if marks.get(c) == ELSEWHERE)
    marks.update((c, str(n) if n < 10 else "+") for c, n in counts.items() if c in cycles)
    engine = prepared.machine.scored_engines[int(flat.slot_engines[slots[0]])].name
    return TimelineRow(operation, engine, min(counts), "".join(marks.values()))
