"""Proven lower bounds on the cycles of a graph as built: no schedule of it is shorter.

Work bounds come from a linear program over implementation choices: every operation is split over its implementations
so that the busiest engine is least busy.  It is restricted to operations with a head of at least ``h`` (cycles before
they can issue) and a tail of at least ``q`` (cycles from issue to the end), which must all issue within a window of
``length - h - q + 1`` cycles.  Only the dual prices are taken from the solver; the bound they prove is then computed
exactly, in fractions, so that no rounding of the solver can make it false.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from operator import mul

import numpy as np
from ortools.linear_solver import pywraplp

from machine.certificates.certificate import Lift, PriceCertificate
from machine.graph.dependences import Ints
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.integer_prices import MOST, integer_prices, rounded_prices

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
"""By operation."""

Kind = tuple[tuple[int, ...], ...]
"""Of an operation: for each implementation, its slots of each scored engine."""

_MOST_THRESHOLDS = 4
_PRICE_DENOMINATOR = 10_000


@dataclass(frozen=True)
class WorkBound:
    """The bound that the work of some operations proves, with the prices that prove it.

    Attributes:
        bound: the bound.
        prices: by engine, the price of one of its slots, scaled so that those of all slots of a cycle are 1 together:
            the price of work is the cycles it takes.
        operations: the operations whose work it is.
        head, tail: the least cycles before one of them, and from the issue of one to the end.
        window: the cycles that the work takes at the least.
    """

    bound: Bound
    prices: tuple[Fraction, ...]
    operations: Ints
    head: int
    tail: int
    window: Fraction


def best_work_bound(prepared: PreparedGraph, lifts: tuple[Lift, ...] = ()) -> WorkBound | None:
    """The greatest work bound that is found; ``None`` for a graph without operations.

    At given prices the best head and tail are found among all; for a given head and tail the best prices, by a linear
    program.  One after the other, from several beginnings, until neither proves more.

    Args:
        prepared: the graph.
        lifts: those of the heads in its chains.
    """
    work = _Work.of(prepared)
    if not len(work.heads):
        return None
    slots = [engine.slots for engine in prepared.machine.scored_engines]
    best: WorkBound | None = None
    for begun in _first_prices(work, slots):
        prices: Sequence[Fraction] | None = begun
        cycles = 0
        while prices is not None:
            inside = _best_window(work, prices, slots)
            found = _window_bound(prepared, work, inside, prices, lifts)
            best = found if best is None or found.bound.cycles > best.bound.cycles else best
            is_better, cycles = found.bound.cycles > cycles, max(cycles, found.bound.cycles)
            prices = _priced(work, inside, slots) if is_better else None
    return best


def _first_prices(work: "_Work", slots: Sequence[int]) -> Iterator[Sequence[Fraction]]:
    """Each engine alone; then the best prices of all work, and of the work between some heads and tails."""
    for engine in range(len(slots)):
        yield [Fraction(engine == other) for other in range(len(slots))]
    for head in _thresholds(work.heads):
        for tail in _thresholds(work.tails):
            inside = (work.heads >= head) & (work.tails >= tail)
            if inside.any():
                yield _priced(work, inside, slots)


def _priced(work: "_Work", inside: Mask, slots: Sequence[int]) -> list[Fraction]:
    """The best prices of some of the work, or prices near them where their integers are too large for arrays.

    Any prices that are not negative prove a bound, so that rounded ones prove hardly less.
    """
    prices = _prices(work.inside(inside), slots)
    return prices if _fits(work, prices, slots) else _or_equal(rounded_prices(prices))


def _fits(work: "_Work", prices: Sequence[Fraction], slots: Sequence[int]) -> bool:
    """Whether arrays hold the prices of each implementation, of all work and of a whole cycle, as integers."""
    weights = integer_prices(prices)
    everything = np.ones(len(work.heads), dtype=np.bool_)
    costs = [(_costs(kind, weights), number) for kind, number in work.inside(everything)]
    all_work = sum(min(each) * number for each, number in costs)
    cycle: int = sum(map(mul, weights, slots))
    return max(all_work, cycle, *(max(each) for each, _ in costs)) <= MOST


def _costs(kind: Kind, weights: Sequence[int]) -> list[int]:
    """The price of each implementation."""
    return [sum(map(mul, row, weights)) for row in kind]


def _best_window(work: "_Work", prices: Sequence[Fraction], slots: Sequence[int]) -> Mask:
    """The operations between the head and the tail for which these prices prove most."""
    weights = integer_prices(prices)
    costs = np.array([min(_costs(kind, weights)) for kind in work.kinds], dtype=np.int64)
    heads, at_head = np.unique(work.heads, return_inverse=True)
    tails, at_tail = np.unique(work.tails, return_inverse=True)
    table = np.zeros((len(heads), len(tails)), dtype=np.int64)
    np.add.at(table, (at_head, at_tail), costs[work.kind_of])
    table = table[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1]
    lengths = -(-table // sum(map(mul, weights, slots))) + heads[:, None] + tails[None, :] - 1
    lengths[table == 0] = 0
    head, tail = np.unravel_index(int(lengths.argmax()), lengths.shape)
    inside: Mask = (work.heads >= heads[head]) & (work.tails >= tails[tail])
    return inside


@dataclass(frozen=True)
class _Work:
    """Operations with head, tail and kind."""

    kinds: list[Kind]
    kind_of: Ints
    heads: Ints
    tails: Ints

    @staticmethod
    def of(prepared: PreparedGraph) -> "_Work":
        flat, chains = prepared.flat, prepared.chains
        engines = len(prepared.machine.scored_engines)
        counts = np.zeros((len(flat.implementation_operations), engines), dtype=np.int64)
        np.add.at(counts, (flat.slot_implementations, flat.slot_engines), 1)
        numbers: dict[Kind, int] = {}
        rows = list(map(tuple, counts.tolist()))
        starts = flat.operation_starts.tolist()
        kind_of = [numbers.setdefault(tuple(rows[a:b]), len(numbers)) for a, b in pairwise(starts)]
        owners = flat.implementation_operations[flat.slot_implementations]
        heads = np.full(flat.operations, np.iinfo(np.int64).max)
        tails = heads.copy()
        np.minimum.at(heads, owners, chains.slot_heads)
        np.minimum.at(tails, owners, chains.slot_tails)
        return _Work(list(numbers), np.array(kind_of, dtype=np.int64), heads, tails)

    def inside(self, mask: Mask) -> list[tuple[Kind, int]]:
        """Kinds, and how many operations of each, of those in the mask."""
        numbers = np.bincount(self.kind_of[mask], minlength=len(self.kinds))
        return [(self.kinds[kind], int(count)) for kind, count in enumerate(numbers) if count]


def _thresholds(values: Ints) -> list[int]:
    """A few of the distinct values, the least among them."""
    distinct = np.unique(values)
    few = np.linspace(0, len(distinct) - 1, _MOST_THRESHOLDS).astype(int)
    return [int(value) for value in np.unique(distinct[few])]


def _window_bound(
    prepared: PreparedGraph, work: _Work, inside: Mask, prices: Sequence[Fraction], lifts: tuple[Lift, ...]
) -> WorkBound:
    slots = [engine.slots for engine in prepared.machine.scored_engines]
    whole = sum((price * count for price, count in zip(prices, slots, strict=True)), Fraction(0))
    prices = [price / whole for price in prices]
    window = _priced_work(work.inside(inside), prices)
    head, tail = int(work.heads[inside].min()), int(work.tails[inside].min())
    priced = {e.name: price for e, price in zip(prepared.machine.scored_engines, prices, strict=True) if price > 0}
    argument = f"work on {' and '.join(priced)} of {int(inside.sum())} operations: {float(window):.2f} cycles"
    if head > 0 or tail > 1:
        argument += f" after a head of {head} and before a tail of {tail}"
    certificate = PriceCertificate(tuple((name, str(price)) for name, price in priced.items()), head, tail, lifts)
    bound = Bound(ceil(window) + head + tail - 1, argument, certificate)
    return WorkBound(bound, tuple(prices), np.flatnonzero(inside), head, tail, window)


def _priced_work(kinds: Sequence[tuple[Kind, int]], prices: Sequence[Fraction]) -> Fraction:
    """The sum over all operations of the price of the cheapest implementation."""
    total = Fraction(0)
    for implementations, count in kinds:
        costs = [sum((p * n for p, n in zip(prices, row, strict=True)), Fraction(0)) for row in implementations]
        total += count * min(costs)
    return total


def _prices(kinds: Sequence[tuple[Kind, int]], slots: Sequence[int]) -> list[Fraction]:
    """By engine, the price of one of its slots: the dual solution of the linear program, rounded."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    length = solver.NumVar(0, solver.infinity(), "length")
    loads = [solver.Constraint(-solver.infinity(), 0) for _ in slots]
    for load, count in zip(loads, slots, strict=True):
        load.SetCoefficient(length, -count)
    for implementations, count in kinds:
        whole = solver.Constraint(count, count)
        for row in implementations:
            share = solver.NumVar(0, solver.infinity(), "")
            whole.SetCoefficient(share, 1)
            for load, used in zip(loads, row, strict=True):
                load.SetCoefficient(share, used)
    solver.Minimize(length)
    solver.Solve()
    prices = [Fraction(-load.dual_value()).limit_denominator(_PRICE_DENOMINATOR) for load in loads]
    prices = [max(price, Fraction(0)) for price in prices]
    return _or_equal(prices)


def _or_equal(prices: list[Fraction]) -> list[Fraction]:
    """The prices; if all of them are 0, and so prove nothing, equal ones."""
    return prices if any(prices) else [Fraction(1) for _ in prices]
