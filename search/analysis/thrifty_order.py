"""Thrifty orders: the same operations in an order in which few words of scratch are live at a time.

Finding the least is NP-hard.  What is done here: several orders are made step by step, from the front and from the
back, and each is tightened until that lowers its peak no more.  There is no chance in it.
"""

from collections.abc import Iterator

import numpy as np

from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.precedences import find_precedences, operation_order
from search.analysis.relations import Relations
from search.analysis.thrifty_kernel import Sequencing, new_beam, peak_in_order, search_order

_WIDTHS = (1, 8, 32)
_MOST_PLACES = 20_000
"""Operations times width, above which only the narrowest beam is tried."""

_MOST_WORK = 30_000_000
"""Extensions looked at, after which nothing more is begun."""


def thrifty_order(flat: FlatGraph, relations: Relations) -> Ints:
    """The operations in an order that keeps every dependence, and whose peak of live words is low.

    It is never above the peak of the graph's own order.
    """
    sequencer = _Sequencer(flat, relations)
    best = sequencer.tighten(np.arange(flat.operations))
    for order in sequencer.first_orders(flat):
        tight = sequencer.tighten(order)
        if sequencer.peak(tight) < sequencer.peak(best):
            best = tight
        if sequencer.work > _MOST_WORK:
            break
    return best


class _Sequencer:
    """Makes orders of one graph's operations, and counts the work."""

    def __init__(self, flat: FlatGraph, relations: Relations) -> None:
        pairs = operation_order(flat, find_precedences(flat, relations))
        self.count = flat.operations
        self.total_words = int(flat.buffer_words.sum())
        self.forward = _sequencing(flat, relations, pairs, is_backward=False)
        self.backward = _sequencing(flat, relations, pairs, is_backward=True)
        self.work = 0

    def peak(self, order: Ints) -> int:
        """The most words live when the graph runs in ``order``."""
        return peak_in_order(self.forward, order)

    def first_orders(self, flat: FlatGraph) -> Iterator[Ints]:
        """Orders made from nothing: stream by stream, then step by step with the least growth of live words."""
        own = np.arange(self.count)
        by_stream = np.empty(self.count, dtype=np.int64)
        by_stream[np.lexsort((own, flat.steps, flat.streams))] = own
        yield self._order(by_stream, is_backward=False)
        live_weight = self.count + 1
        for width in _WIDTHS:
            if width == 1 or width * self.count <= _MOST_PLACES:
                for is_backward in (True, False):
                    for peak_weight in (0, live_weight * (self.total_words + 1)):
                        yield self._order(own, is_backward, width, live_weight, peak_weight)

    def tighten(self, order: Ints) -> Ints:
        """Take each operation earlier or later where that costs no words, until the peak falls no more."""
        peak, stale = self.peak(order), 0
        while stale < 2 and self.work <= _MOST_WORK:
            for is_backward in (True, False):
                positions = np.empty(self.count, dtype=np.int64)
                positions[order] = np.arange(self.count)
                order = self._order(positions, is_backward, floor=peak)
            before, peak = peak, self.peak(order)
            stale = 0 if peak < before else stale + 1
        return order

    def _order(
        self,
        urgencies: Ints,
        is_backward: bool,
        width: int = 1,
        live_weight: int = 0,
        peak_weight: int = 0,
        floor: int = 0,
    ) -> Ints:
        problem = self.backward if is_backward else self.forward
        order = np.empty(self.count, dtype=np.int64)
        beam = new_beam(problem, width, floor)
        urgencies = self.count - urgencies if is_backward else urgencies
        self.work += search_order(problem, beam, urgencies, live_weight, peak_weight, order)
        return order[::-1].copy() if is_backward else order


def _sequencing(flat: FlatGraph, relations: Relations, pairs: Ints, is_backward: bool) -> Sequencing:
    """The operations from the front or, with all turned round, from the back, where zero buffers never close."""
    before, after = (pairs[:, 1], pairs[:, 0]) if is_backward else (pairs[:, 0], pairs[:, 1])
    starts = np.zeros(flat.operations + 1, dtype=np.int64)
    np.cumsum(np.bincount(before, minlength=flat.operations), out=starts[1:])
    held = flat.buffer_zero * (relations.buffer_counts > 0)
    return Sequencing(
        successor_starts=starts,
        successors=after[np.argsort(before, kind="stable")],
        predecessor_counts=np.bincount(after, minlength=flat.operations).astype(np.int64),
        buffer_starts=relations.buffer_starts,
        buffers=relations.buffers,
        words=flat.buffer_words,
        counts=relations.buffer_counts + held if is_backward else relations.buffer_counts,
        is_open=np.zeros_like(held) if is_backward else held,
    )
