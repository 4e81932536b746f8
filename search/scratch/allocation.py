"""Scratch addresses, after scheduling: interval colouring of buffers of mixed sizes."""

import numpy as np

from machine.compiling import INT64, compiled, compiled_lean
from machine.graph.decision import OMITTED
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.sorting import stable_order
from search.scratch.lifetimes import Lifetimes


def allocate(flat: FlatGraph, lifetimes: Lifetimes, scratch_words: int) -> Ints | None:
    """By buffer, an address, so that no two buffers overlap in time and address; ``None`` if that fails.

    Buffers are placed in order of start.  The commonest size above one word is placed from the bottom up and takes
    the lowest free place, which is optimal where all sizes are equal; single words are placed from the top down, so
    that the two do not fragment each other.
    """
    used = np.flatnonzero(lifetimes.ends > 0)
    words = flat.buffer_words[used]
    order = used[stable_order(lifetimes.starts[used] * (words.max(initial=0) + 1.0) - words)]
    addresses = np.full(len(flat.buffer_words), OMITTED, dtype=np.int64)
    free_at = np.zeros(scratch_words, dtype=np.int64)
    placed = _colour(order, lifetimes.starts, lifetimes.ends, flat.buffer_words, free_at, addresses)
    return addresses if placed else None


@compiled_lean
def _colour(order: Ints, starts: Ints, ends: Ints, words: Ints, free_at: Ints, addresses: Ints) -> bool:
    """Place buffers in ``order``; ``free_at`` is when each address is free again."""
    for buffer in order:
        start, count = starts[buffer], words[buffer]
        address = _lowest(free_at, start, count) if count > 1 else _highest(free_at, start)
        if address < 0:
            return False
        addresses[buffer] = address
        for place in range(address, address + count):
            free_at[place] = ends[buffer]
    return True


@compiled_lean
def _lowest(free_at: Ints, start: int, words: int) -> int:
    """The lowest run of ``words`` addresses free at ``start``, or -1."""
    nowhere: int = INT64(-1)
    first: int = INT64(0)
    while first + words <= len(free_at):
        # From the end of the run back: an address that is taken rules out all runs that begin at it or before.
        address = first + words - 1
        while address >= first and free_at[address] <= start:
            address -= 1
        if address < first:
            return first
        first = address + 1
    return nowhere


@compiled_lean
def _highest(free_at: Ints, start: int) -> int:
    """The highest address free at ``start``, or -1."""
    address: int = INT64(len(free_at) - 1)
    while address >= 0 and free_at[address] > start:
        address -= 1
    return address


def allocate_largest_first(flat: FlatGraph, lifetimes: Lifetimes, scratch_words: int) -> Ints | None:
    """As :func:`allocate`, but slower, and for what that finds no addresses for.

    Buffers are placed from the largest, or from the one that holds most words for most cycles, each at the lowest
    address that is free for as long as it lives.
    """
    used = np.flatnonzero(lifetimes.ends > 0)
    starts, words = lifetimes.starts[used], flat.buffer_words[used]
    for size in (words, words * (lifetimes.ends[used] - starts)):
        order = used[np.lexsort((starts, -words, -size))]
        addresses = np.full(len(flat.buffer_words), OMITTED, dtype=np.int64)
        if _place(order, lifetimes.starts, lifetimes.ends, flat.buffer_words, scratch_words, addresses):
            return addresses
    return None


@compiled
def _place(order: Ints, starts: Ints, ends: Ints, words: Ints, scratch_words: int, addresses: Ints) -> bool:
    """Place buffers in ``order``; a buffer avoids the buffers placed before it that live at the same time."""
    for position, buffer in enumerate(order):
        taken = np.zeros(scratch_words + 1, dtype=np.bool_)
        taken[scratch_words] = True
        for other in order[:position]:
            if starts[other] < ends[buffer] and starts[buffer] < ends[other]:
                taken[addresses[other] : addresses[other] + words[other]] = True
        run = 0
        for address in range(scratch_words):
            run = 0 if taken[address] else run + 1
            if run == words[buffer]:
                addresses[buffer] = address - run + 1
                break
        if addresses[buffer] < 0:
            return False
    return True
