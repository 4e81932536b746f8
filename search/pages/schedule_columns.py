"""A schedule as columns for charts: a row for each slot that was issued, and the pairs of rows that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine.graph.dependences import Ints
from search.explain.explanation import Explanation
from search.explain.readiness import NOBODY
from search.explain.schedule_chain import Wait, dependence_of
from search.explain.slack import find_slack
from search.explain.slot_places import slot_places

ROW_GAP = 1
"""Empty rows between engines."""

DEPENDENCES = (Wait.VALUE, Wait.OVERWRITE, Wait.ORDER)
"""What slots wait for each other for, as numbered in ``kind`` of the waits."""


@dataclass(frozen=True)
class ScheduleColumns:
    """Columns by name.

    Attributes:
        slots: of issued slots, in the order of the graph.
        waits: pairs of rows of ``slots``: ``later`` waits for ``earlier``, at least ``distance`` cycles, for ``kind``.
        chain: rows of ``slots`` on the critical chain, in order of time.
        operations, lines, kinds: what the numbers in the columns of these names stand for.
    """

    slots: dict[str, Any]
    waits: dict[str, Ints]
    chain: list[int]
    operations: list[str]
    lines: list[str]
    kinds: list[str]


def schedule_columns(told: Explanation) -> ScheduleColumns:
    """The columns of a schedule."""
    prepared, cycles = told.prepared, told.schedule.cycles
    flat = prepared.flat
    issued = np.flatnonzero(cycles >= 0)
    rows = np.full(len(cycles) + 1, NOBODY, dtype=np.int64)  # the last for nobody, which is -1
    rows[issued] = np.arange(len(issued))
    operations = flat.implementation_operations[flat.slot_implementations[issued]]
    sources = [told.text.source(number) for number in range(flat.operations)]
    lines, kinds = _distinct(sources), _distinct([each.name for each in prepared.graph.operations])
    firsts = dict(zip((use.name for use in told.engines), first_rows(told), strict=True))
    places = slot_places(prepared, told.schedule).values()
    numbers = {
        "cycle": cycles[issued],
        "row": np.array([firsts[place.engine] + place.position for place in places], dtype=np.int64),
        "operation": operations,
        "lands": cycles[issued] + flat.slot_latencies[issued],
        "delay": cycles[issued] - told.readiness.ready[issued],
        "slack": find_slack(prepared, told.schedule)[issued],
        "before": rows[told.readiness.waited_for[issued]],
        "line": _codes(sources, lines)[operations],
        "engine": flat.slot_engines[issued],
        "stream": flat.streams[operations],
        "step": flat.steps[operations],
        "kind": _codes([each.name for each in prepared.graph.operations], kinds)[operations],
    }
    slots: dict[str, Any] = {name: _small(values) for name, values in numbers.items()}
    slots["slot"] = [told.text.slot(slot) for slot in issued.tolist()]
    chain = [int(rows[link.slot]) for link in told.chain.links]
    names = [told.text.operation(number) for number in range(flat.operations)]
    return ScheduleColumns(slots, _waits(told, rows), chain, names, lines, kinds)


def first_rows(told: Explanation) -> list[int]:
    """The lowest row of each engine; the first engine stands at the top."""
    sizes = [use.slots + ROW_GAP for use in told.engines]
    return [sum(sizes[number + 1 :]) for number in range(len(sizes))]


def _waits(told: Explanation, rows: Ints) -> dict[str, Ints]:
    precedences = told.prepared.precedences
    later = np.repeat(np.arange(len(precedences.starts) - 1), np.diff(precedences.starts))
    earlier, distances = precedences.earlier.astype(np.int64), precedences.distances
    both = (rows[later] != NOBODY) & (rows[earlier] != NOBODY)
    earlier, later, distances = earlier[both], later[both], distances[both]
    pairs = zip(earlier.tolist(), later.tolist(), strict=True)
    kinds = np.array([DEPENDENCES.index(dependence_of(told.prepared.flat, *pair)) for pair in pairs], dtype=np.int64)
    found = {"earlier": rows[earlier], "later": rows[later], "distance": distances, "kind": kinds}
    return {name: _small(values) for name, values in found.items()}


def _distinct(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _codes(texts: Sequence[str], distinct: Sequence[str]) -> Ints:
    numbers = {text: number for number, text in enumerate(distinct)}
    return np.array([numbers[text] for text in texts], dtype=np.int64)


def _small(values: Ints) -> Any:
    """The values in as few bytes as charts can read."""
    for kind in (np.int8, np.int16):
        if len(values) and np.iinfo(kind).min <= values.min() and values.max() <= np.iinfo(kind).max:
            return values.astype(kind)
    return values.astype(np.int32)
