"""Heads lifted by the work that must come before a slot.

A chain says that a slot waits for the eight loads before it, but not that two load units take four cycles for them.
Let slots whose heads are ``h`` or more, and from the issue of each of which ``d`` cycles or more lead to the slot,
take ``w`` cycles of the engines at the least, at some prices.  They issue in cycles ``h`` to ``t - d``, where ``t`` is
the cycle of the slot, so that ``t >= h + d + ceil(w) - 1``.  Lifted heads lift others in turn: they are found in the
order of the graph.

Langevin and Cerny, "A recursive technique for computing lower-bound performance of schedules" (1996), do this for
operations of one unit each.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from machine.compiling import compiled
from machine.graph.dependences import EdgeKind, Ints
from search.analysis.chains import all_landed, is_of_only, land
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.integer_prices import integer_prices
from search.bounds.work_before import NONE, Known, work_before

_WINDOW = 64
"""Cycles before a slot in which work is looked for; graphs wait for more of it only where all their work binds."""


class LiftedHeads(NamedTuple):
    """Heads, and what lifted them.

    Attributes:
        slot_heads: by slot, a lower bound of its issue cycle.
        lifts: rows of slot, ``h``, ``d`` and number of the prices.
    """

    slot_heads: Ints
    lifts: Ints


def lift_heads(prepared: PreparedGraph, prices: Sequence[Sequence[Fraction]]) -> LiftedHeads:
    """The heads of a graph, lifted wherever work lifts them.

    Args:
        prepared: the graph.
        prices: of slots, by engine, in the order of the machine's scored engines; each row is tried.  As integers, the
            prices of the graph's work must fit into arrays, as those of a work bound do.
    """
    flat, slots = prepared.flat, len(prepared.flat.slot_implementations)
    loads = flat.edges[flat.edges[:, 2] == EdgeKind.READ_AFTER_WRITE]
    loads = loads[np.argsort(loads[:, 1], kind="stable")]
    weights = np.array([integer_prices(row) for row in prices], dtype=np.int64)
    counts = np.array([engine.slots for engine in prepared.machine.scored_engines], dtype=np.int64)
    known = Known(
        flat=flat,
        store_starts=np.searchsorted(loads[:, 1], np.arange(slots + 1)),
        stores=loads[:, 0].copy(),
        heads=np.zeros(slots, dtype=np.int64),
        latest=np.zeros(flat.operations, dtype=np.int64),
        weights=weights,
        after_landing=np.full(len(flat.version_words), NONE),
        after_storing=np.full(slots, NONE),
        after_issue=np.full(slots, NONE),
    )
    return LiftedHeads(known.heads, _lift(known, weights @ counts))


@compiled
def _lift(known: Known, capacities: Ints) -> Ints:
    """Fill in the heads, and give the lifts; ``capacities`` are the weights of a whole cycle, by prices."""
    flat = known.flat
    landed = np.zeros(len(flat.version_words), dtype=np.int64)
    lifts = np.empty((16, 4), dtype=np.int64)
    count = 0
    for operation in range(len(flat.operation_starts) - 1):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        start, stop = flat.implementation_starts[first], flat.implementation_starts[last]
        for slot in range(start, stop):
            known.heads[slot] = _plain_head(known, slot, landed)
            # Of alternatives that issue lane by lane, lanes wait for too little to be lifted.
            if stop - start == last - first:
                lift = _best_lift(known, slot, capacities)
                if lift[0] > known.heads[slot]:
                    known.heads[slot] = lift[0]
                    if count == len(lifts):
                        lifts = np.concatenate((lifts, np.empty_like(lifts)))
                    lifts[count] = slot, lift[1], lift[2], lift[3]
                    count += 1
            known.latest[operation] = max(known.latest[operation], known.heads[slot])
        land(flat, start, stop, known.heads, landed)
    return lifts[:count]


@compiled
def _plain_head(known: Known, slot: int, landed: Ints) -> int:
    """The head of a slot for the chains that lead to it."""
    flat = known.flat
    head = all_landed(flat, slot, landed)
    for store in known.stores[known.store_starts[slot] : known.store_starts[slot + 1]]:
        if is_of_only(flat, store):
            head = max(head, known.heads[store] + flat.slot_latencies[store])
    return head


@compiled
def _best_lift(known: Known, slot: int, capacities: Ints) -> tuple[int, int, int, int]:
    """The greatest head to which work lifts a slot, with ``h``, ``d`` and the number of the prices."""
    head = known.heads[slot]
    floor = max(0, head - _WINDOW)
    span = head - floor + 1
    rows = work_before(known, slot, floor)
    best = (int(head), 0, 0, 0)
    if len(rows) < 2:
        return best
    work = np.zeros((span + 1, span + 1), dtype=np.int64)
    for prices in range(len(capacities)):
        work[:] = 0
        for row in rows:
            work[row[0] - floor, row[1]] += row[2 + prices]
        for since in range(span - 1, -1, -1):
            for before in range(span - 1, -1, -1):
                work[since, before] += work[since + 1, before] + work[since, before + 1] - work[since + 1, before + 1]
                lifted = floor + since + before + -(-work[since, before] // capacities[prices]) - 1
                if work[since, before] > 0 and lifted > best[0]:
                    best = (int(lifted), int(floor + since), before, prices)
    return best
