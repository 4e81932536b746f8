"""Scratch addresses, after scheduling: interval colouring of buffers of mixed sizes."""

from dataclasses import dataclass

import numpy as np

from machine.compiling import compiled
from machine.graph.decision import OMITTED, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph


@dataclass(frozen=True)
class Lifetimes:
    """When each buffer holds its words: cycles ``starts`` to ``ends - 1``; both 0 for buffers never used.

    A buffer is held whole, from the cycle after the first landing in any of its words to the last access of any; a
    write that nobody reads holds it for the cycle after it lands.
    """

    starts: Ints
    ends: Ints

    def live_words(self, words: Ints) -> Ints:
        """Words live in each cycle; ``words`` are the buffers' sizes."""
        change = np.zeros(int(self.ends.max(initial=0)) + 1, dtype=np.int64)
        np.add.at(change, self.starts, words)
        np.add.at(change, self.ends, -words)
        return np.cumsum(change)[:-1]

    def peak(self, words: Ints) -> int:
        """The most words live in one cycle."""
        return int(self.live_words(words).max(initial=0))


def find_lifetimes(flat: FlatGraph, schedule: Schedule) -> Lifetimes:
    """The lifetimes of buffers under a schedule."""
    count = len(flat.buffer_words)
    never = np.int64(1) << 40
    starts = np.full(count, never, dtype=np.int64)
    ends = np.zeros(count, dtype=np.int64)
    starts[flat.buffer_zero == 1] = 0
    _find_lifetimes(flat, schedule.cycles, starts, ends)
    starts[ends == 0] = 0
    return Lifetimes(starts, ends)


@compiled
def _find_lifetimes(flat: FlatGraph, cycles: Ints, starts: Ints, ends: Ints) -> None:
    for slot in range(len(cycles)):
        cycle = cycles[slot]
        if cycle >= 0:
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                buffer = flat.word_buffers[flat.version_words[flat.reads[k]]]
                ends[buffer] = max(ends[buffer], cycle + 1)
            landed = cycle + flat.slot_latencies[slot]
            for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
                buffer = flat.word_buffers[flat.version_words[flat.writes[k]]]
                starts[buffer] = min(starts[buffer], landed)
                ends[buffer] = max(ends[buffer], landed + 1)


def allocate(flat: FlatGraph, lifetimes: Lifetimes, scratch_words: int) -> Ints | None:
    """An address for each buffer such that no two overlap in time and address; ``None`` where none was found.

    Buffers are placed in order of start.  The commonest size above one word is placed from the bottom up and takes
    the lowest free place, which is optimal where all sizes are equal; single words are placed from the top down, so
    that the two do not fragment each other.
    """
    used = np.flatnonzero(lifetimes.ends > 0)
    order = used[np.lexsort((-flat.buffer_words[used], lifetimes.starts[used]))]
    addresses = np.full(len(flat.buffer_words), OMITTED, dtype=np.int64)
    free_at = np.zeros(scratch_words, dtype=np.int64)
    placed = _colour(order, lifetimes.starts, lifetimes.ends, flat.buffer_words, free_at, addresses)
    return addresses if placed else None


@compiled
def _colour(order: Ints, starts: Ints, ends: Ints, words: Ints, free_at: Ints, addresses: Ints) -> bool:
    """Place buffers in ``order``; ``free_at`` is when each address is free again."""
    for buffer in order:
        address = (
            _lowest(free_at, starts[buffer], words[buffer]) if words[buffer] > 1 else _highest(free_at, starts[buffer])
        )
        if address < 0:
            return False
        addresses[buffer] = address
        for place in range(address, address + words[buffer]):
            free_at[place] = ends[buffer]
    return True


@compiled
def _lowest(free_at: Ints, start: int, words: int) -> int:
    """The lowest run of ``words`` addresses free at ``start``, or -1."""
    run = 0
    for address in range(len(free_at)):
        run = run + 1 if free_at[address] <= start else 0
        if run == words:
            return address - words + 1
    return -1


@compiled
def _highest(free_at: Ints, start: int) -> int:
    """The highest address free at ``start``, or -1."""
    for address in range(len(free_at) - 1, -1, -1):
        if free_at[address] <= start:
            return address
    return -1


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
    """Place buffers in ``order``, each beside all those placed before that live when it does."""
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
