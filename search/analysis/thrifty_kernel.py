"""The compiled core of thrifty orders: a beam of partial orders, each extended by one operation at a time.

An operation is *free of cost* where it closes at least as many words as it opens and the words live while it runs stay
within the peak already met.  Such a one is taken at once, and nothing else is tried in its stead: in any order in which
it came later, moving it here makes no operation between see more words than before.
"""

from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled, compiled_lean
from machine.graph.dependences import Ints


class Sequencing(NamedTuple):
    """Operations to be put in order, from the first to the last or from the last to the first.

    Attributes:
        successor_starts, successors: by operation, the operations that must come after it.
        predecessor_counts: by operation, the number of operations that must come before it.
        buffer_starts, buffers: by operation, the buffers that it may access.
        words: by buffer, its size.
        counts: by buffer, the number of operations after which it closes.
        is_open: by buffer, 1 if it is open before the first operation.
    """

    successor_starts: Ints
    successors: Ints
    predecessor_counts: Ints
    buffer_starts: Ints
    buffers: Ints
    words: Ints
    counts: Ints
    is_open: Ints


class Beam(NamedTuple):
    """Partial orders: the first axis of some arrays is the generation, the second the order's place.

    There are two generations, or one, extended where it stands, of a single order.

    Attributes:
        waits: by operation, the number of operations that must still come before it.
        left: by buffer, the number of operations that must still come before it closes.
        ready: the operations that may come next.
        figures: by order, the number of operations that may come next, live words, most live words so far, and hash.
        operations, origins: by level and place, the operation that an order took last, and its place before that.
        offers: the best extensions so far, as (key, place, operation, live words, peak, hash).
        growth: by operation, the words that it opens and the words that it closes; working memory.
        hashes: by operation, its contribution to the hash of an order; the sequence of the operations has no influence.
    """

    waits: Ints
    left: Ints
    ready: Ints
    figures: Ints
    operations: Ints
    origins: Ints
    offers: Ints
    growth: Ints
    hashes: Ints


_READY, _LIVE, _PEAK, _HASH = range(4)
_KEY, _PLACE, _OPERATION, _NEW_LIVE, _NEW_PEAK, _NEW_HASH = range(6)


def new_beam(problem: Sequencing, width: int, floor: int) -> Beam:
    """A beam that holds the empty order; ``floor`` is a peak that an order may reach at no cost."""
    operations, buffers = len(problem.predecessor_counts), len(problem.words)
    generations = 1 if width == 1 else 2
    beam = Beam(
        waits=np.zeros((generations, width, operations), dtype=np.int64),
        left=np.zeros((generations, width, buffers), dtype=np.int64),
        ready=np.zeros((generations, width, operations), dtype=np.int64),
        figures=np.zeros((generations, width, 4), dtype=np.int64),
        operations=np.zeros((operations, width), dtype=np.int64),
        origins=np.zeros((operations, width), dtype=np.int64),
        offers=np.zeros((width, 6), dtype=np.int64),
        growth=np.zeros((operations, 2), dtype=np.int64),
        hashes=np.random.default_rng(0).integers(1 << 62, size=operations),
    )
    free = np.flatnonzero(problem.predecessor_counts == 0)
    beam.waits[0, 0] = problem.predecessor_counts
    beam.left[0, 0] = problem.counts
    beam.ready[0, 0, : len(free)] = free
    live = int(problem.words[(problem.is_open == 1) & (problem.counts > 0)].sum())
    beam.figures[0, 0] = (len(free), live, max(live, floor), 0)
    return beam


@compiled_lean
def search_order(
    problem: Sequencing, beam: Beam, urgencies: Ints, live_weight: int, peak_weight: int, order: Ints
) -> int:
    """Extend the empty order of ``beam`` to whole ones and write the best into ``order``; return the work done.

    Args:
        problem: the operations.
        beam: from :func:`new_beam`.
        urgencies: of each operation, least first, where the weighted words are equal.
        live_weight: of the words live after an extension.
        peak_weight: of the most words live so far.
        order: receives the operations.
    """
    now, count = INT64(0), INT64(1)
    work: int = INT64(0)
    for level in range(len(order)):
        found = INT64(0)
        for place in range(count):
            work += beam.figures[now, place, _READY]
            found = _offer_extensions(problem, beam, urgencies, live_weight, peak_weight, now, place, found)
        after = (now + 1) % len(beam.figures)
        for place in range(found):
            _extend(problem, beam, now, after, place, level)
        now, count = after, found
    best = INT64(0)
    for place in range(count):
        if beam.figures[now, place, _PEAK] < beam.figures[now, best, _PEAK]:
            best = INT64(place)
    for level in range(len(order) - 1, -1, -1):
        order[level] = beam.operations[level, best]
        best = beam.origins[level, best]
    return work


@compiled_lean
def _offer_extensions(
    problem: Sequencing,
    beam: Beam,
    urgencies: Ints,
    live_weight: int,
    peak_weight: int,
    now: int,
    place: int,
    found: int,
) -> int:
    """Offer the order at ``place`` with each operation that may come next, or only with one that is free of cost."""
    count, live, peak = (
        beam.figures[now, place, _READY],
        beam.figures[now, place, _LIVE],
        beam.figures[now, place, _PEAK],
    )
    first = INT64(0)
    for k in range(count):
        operation = beam.ready[now, place, k]
        opened, closed = INT64(0), INT64(0)
        for j in range(problem.buffer_starts[operation], problem.buffer_starts[operation + 1]):
            buffer = problem.buffers[j]
            left = beam.left[now, place, buffer]
            if left == problem.counts[buffer] and not problem.is_open[buffer]:
                opened += problem.words[buffer]
            if left == 1:
                closed += problem.words[buffer]
        beam.growth[operation, 0] = opened
        beam.growth[operation, 1] = closed
        if opened <= closed and live + opened <= peak:
            first, count = INT64(k), INT64(k + 1)
            break
    for k in range(first, count):
        operation = beam.ready[now, place, k]
        opened, closed = beam.growth[operation, 0], beam.growth[operation, 1]
        new_live, new_peak = live + opened - closed, max(peak, live + opened)
        key = peak_weight * new_peak + live_weight * new_live + urgencies[operation]
        hashed = beam.figures[now, place, _HASH] ^ beam.hashes[operation]
        found = _offer(beam, key, place, operation, new_live, new_peak, hashed, found)
    return found


@compiled_lean
def _offer(beam: Beam, key: int, place: int, operation: int, live: int, peak: int, hashed: int, found: int) -> int:
    """Keep an extension among the ``found`` best, the best first, unless there are better ones or it is among them."""
    width = len(beam.offers)
    end = found
    for k in range(found):
        if beam.offers[k, _NEW_HASH] == hashed:
            if beam.offers[k, _KEY] <= key:
                return found
            end = INT64(k)
            break
    if end == found:
        if found < width:
            found += 1
        elif beam.offers[width - 1, _KEY] <= key:
            return found
        else:
            end = INT64(width - 1)
    while end > 0 and beam.offers[end - 1, _KEY] > key:
        for field in range(6):
            beam.offers[end, field] = beam.offers[end - 1, field]
        end -= 1
    beam.offers[end, _KEY] = key
    beam.offers[end, _PLACE] = place
    beam.offers[end, _OPERATION] = operation
    beam.offers[end, _NEW_LIVE] = live
    beam.offers[end, _NEW_PEAK] = peak
    beam.offers[end, _NEW_HASH] = hashed
    return found


@compiled_lean
def _extend(problem: Sequencing, beam: Beam, now: int, after: int, place: int, level: int) -> None:
    """Make the order offered at ``place`` in the generation ``after``."""
    origin, operation = beam.offers[place, _PLACE], beam.offers[place, _OPERATION]
    beam.operations[level, place] = operation
    beam.origins[level, place] = origin
    if after != now:
        for k in range(beam.waits.shape[2]):
            beam.waits[after, place, k] = beam.waits[now, origin, k]
        for k in range(beam.left.shape[2]):
            beam.left[after, place, k] = beam.left[now, origin, k]
    count = INT64(0)
    for k in range(beam.figures[now, origin, _READY]):
        if beam.ready[now, origin, k] != operation:
            beam.ready[after, place, count] = beam.ready[now, origin, k]
            count += 1
    for k in range(problem.successor_starts[operation], problem.successor_starts[operation + 1]):
        later = problem.successors[k]
        beam.waits[after, place, later] -= 1
        if beam.waits[after, place, later] == 0:
            beam.ready[after, place, count] = later
            count += 1
    for k in range(problem.buffer_starts[operation], problem.buffer_starts[operation + 1]):
        beam.left[after, place, problem.buffers[k]] -= 1
    beam.figures[after, place, _READY] = count
    beam.figures[after, place, _LIVE] = beam.offers[place, _NEW_LIVE]
    beam.figures[after, place, _PEAK] = beam.offers[place, _NEW_PEAK]
    beam.figures[after, place, _HASH] = beam.offers[place, _NEW_HASH]


@compiled
def peak_in_order(problem: Sequencing, order: Ints) -> int:
    """The most words live when operations run in ``order``."""
    left = problem.counts.copy()
    live = problem.words[(problem.is_open == 1) & (problem.counts > 0)].sum()
    peak = live
    for operation in order:
        buffers = problem.buffers[problem.buffer_starts[operation] : problem.buffer_starts[operation + 1]]
        for buffer in buffers:
            if left[buffer] == problem.counts[buffer] and not problem.is_open[buffer]:
                live += problem.words[buffer]
        peak = max(peak, live)
        for buffer in buffers:
            left[buffer] -= 1
            if left[buffer] == 0:
                live -= problem.words[buffer]
    return int(peak)
