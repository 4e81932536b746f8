"""When buffers hold their words."""

from dataclasses import dataclass

import numpy as np

from machine.compiling import INT64, compiled_lean
from machine.graph.decision import Schedule
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


@compiled_lean
def _find_lifetimes(flat: FlatGraph, cycles: Ints, starts: Ints, ends: Ints) -> None:
    for slot in range(len(cycles)):
        cycle = cycles[slot]
        if cycle >= 0:
            last = INT64(-1)  # words of one buffer stand beside each other
            for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                buffer = flat.word_buffers[flat.version_words[flat.reads[k]]]
                if buffer != last:
                    ends[buffer] = max(ends[buffer], cycle + 1)
                    last = buffer
            landed, last = cycle + flat.slot_latencies[slot], INT64(-1)
            for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
                buffer = flat.word_buffers[flat.version_words[flat.writes[k]]]
                if buffer != last:
                    starts[buffer] = min(starts[buffer], landed)
                    ends[buffer] = max(ends[buffer], landed + 1)
                    last = buffer
