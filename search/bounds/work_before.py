"""The work that must come before a slot, and how long before it, whichever implementations are chosen."""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.chains import is_only

NONE = -1
"""No cycles lead from here to the slot."""

_FAR = INT64(1) << 40


class Known(NamedTuple):
    """The graph with what is known of heads, and marks that are all :data:`NONE` between two uses.

    Attributes:
        flat: the graph.
        store_starts, stores: by slot, the stores whose words it certainly loads.
        heads: by slot.
        latest: by operation, the greatest head of a slot.
        weights: by prices and engine, the weight of a slot.
        after_landing: by version, the least cycles from its landing to the issue of the slot.
        after_storing: by slot, the least cycles from the landing of what it stores.
        after_issue: by slot, the least cycles from its own issue.
    """

    flat: FlatGraph
    store_starts: Ints
    stores: Ints
    heads: Ints
    latest: Ints
    weights: Ints
    after_landing: Ints
    after_storing: Ints
    after_issue: Ints


@compiled
def work_before(known: Known, slot: int, floor: int) -> Ints:
    """Rows of head, least cycles to the issue of ``slot``, and weight by prices, of work that must come before it.

    Work that can issue before cycle ``floor`` is left out.
    """
    rows = np.empty((32, 2 + len(known.weights)), dtype=np.int64)
    count = 0
    pending = [INT64(0) for _ in range(0)]  # a heap of operations, negated: the last comes first
    _need(known, slot, 0, floor, pending)
    while len(pending) > 0:
        operation = -heappop(pending)
        while len(pending) > 0 and pending[0] == -operation:
            heappop(pending)
        _measure(known, operation)
        if count + _slots_of(known.flat, operation) > len(rows):
            rows = np.concatenate((rows, np.empty((len(rows) + 64, rows.shape[1]), dtype=np.int64)))
        count = _note(known, operation, floor, rows, count)
        _spread(known, operation, floor, pending)
    return rows[:count]


@compiled
def _need(known: Known, slot: int, cycles: int, floor: int, pending: list[int]) -> None:
    """Note that all that ``slot`` reads lands ``cycles`` before the issue of the slot in question, or earlier."""
    flat = known.flat
    for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
        _need_version(known, flat.reads[k], cycles, floor, pending)
    for k in range(known.store_starts[slot], known.store_starts[slot + 1]):
        store = known.stores[k]
        operation = flat.implementation_operations[flat.slot_implementations[store]]
        if known.latest[operation] >= floor and is_only(flat, operation):
            known.after_storing[store] = max(known.after_storing[store], cycles)
            heappush(pending, -operation)


@compiled
def _need_version(known: Known, version: int, cycles: int, floor: int, pending: list[int]) -> None:
    operation = known.flat.version_operations[version]
    if operation >= 0 and known.latest[operation] >= floor:
        if known.after_landing[version] == NONE:
            heappush(pending, -operation)
        known.after_landing[version] = max(known.after_landing[version], cycles)


@compiled
def _measure(known: Known, operation: int) -> None:
    """From the cycles after its results have landed, the cycles after the issue of each slot of an operation."""
    flat = known.flat
    start, stop = _first_slot(flat, operation), _first_slot(flat, operation + 1)
    for slot in range(start, stop):
        most = known.after_storing[slot]
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            most = max(most, known.after_landing[flat.writes[k]])
        known.after_issue[slot] = NONE if most == NONE else most + flat.slot_latencies[slot]
    for slot in range(start, stop):
        known.after_storing[slot] = NONE
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            known.after_landing[flat.writes[k]] = NONE


@compiled
def _note(known: Known, operation: int, floor: int, rows: Ints, count: int) -> int:
    """Add rows for an operation: its slots, or one row for the least that its implementations have in common."""
    flat, engines = known.flat, known.flat.slot_engines
    if is_only(flat, operation):
        for slot in range(_first_slot(flat, operation), _first_slot(flat, operation + 1)):
            if known.after_issue[slot] != NONE and known.heads[slot] >= floor:
                rows[count, 0], rows[count, 1] = known.heads[slot], known.after_issue[slot]
                rows[count, 2:] = known.weights[:, engines[slot]]
                count += 1
        return count
    rows[count] = _FAR
    for implementation in range(flat.operation_starts[operation], flat.operation_starts[operation + 1]):
        weight = np.zeros(len(known.weights), dtype=np.int64)
        for slot in range(flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]):
            if known.after_issue[slot] != NONE:
                rows[count, 0] = min(rows[count, 0], known.heads[slot])
                rows[count, 1] = min(rows[count, 1], known.after_issue[slot])
                weight += known.weights[:, engines[slot]]
        rows[count, 2:] = np.minimum(rows[count, 2:], weight)
    return count + 1 if floor <= rows[count, 0] < _FAR else count


@compiled
def _spread(known: Known, operation: int, floor: int, pending: list[int]) -> None:
    """Note what an operation waits for: of alternatives, what all of them read."""
    flat = known.flat
    start, stop = _first_slot(flat, operation), _first_slot(flat, operation + 1)
    if is_only(flat, operation):
        for slot in range(start, stop):
            if known.after_issue[slot] != NONE:
                _need(known, slot, known.after_issue[slot], floor, pending)
    else:
        first = flat.operation_starts[operation]
        for slot in range(start, flat.implementation_starts[first + 1]):
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                cycles = _least_of_most(known, operation, flat.reads[k])
                if cycles != NONE:
                    _need_version(known, flat.reads[k], cycles, floor, pending)
    known.after_issue[start:stop] = NONE


@compiled
def _least_of_most(known: Known, operation: int, version: int) -> int:
    """The least, over implementations, of the most cycles after the issue of a slot that reads a version."""
    flat = known.flat
    least = _FAR
    for implementation in range(flat.operation_starts[operation], flat.operation_starts[operation + 1]):
        most = INT64(NONE)
        for slot in range(flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]):
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                if flat.reads[k] == version:
                    most = max(most, known.after_issue[slot])
        least = min(least, most)
    return int(least)


@compiled
def _first_slot(flat: FlatGraph, operation: int) -> int:
    """The first slot of an operation, or the end of all slots after the last."""
    return int(flat.implementation_starts[flat.operation_starts[operation]])


@compiled
def _slots_of(flat: FlatGraph, operation: int) -> int:
    return _first_slot(flat, operation + 1) - _first_slot(flat, operation)
