"""How much scratch a decision takes: words live at the peak, and words that it ever uses."""

from dataclasses import dataclass

import numpy as np

from machine.graph.decision import Decision
from machine.graph.flat import FlatGraph
from search.scratch.lifetimes import find_lifetimes


@dataclass(frozen=True)
class ScratchUse:
    """Words of scratch.

    Attributes:
        live: most that buffers hold in one cycle; no addresses can do with fewer.
        used: that belong to some buffer in some cycle; what is above ``live`` is lost between buffers.
    """

    live: int
    used: int


def scratch_use(flat: FlatGraph, decision: Decision) -> ScratchUse:
    """The scratch that a decision takes."""
    lifetimes = find_lifetimes(flat, decision.schedule)
    held = np.flatnonzero(lifetimes.ends > 0)
    used: set[int] = set()
    for buffer in held.tolist():
        first = int(decision.addresses[buffer])
        used.update(range(first, first + int(flat.buffer_words[buffer])))
    return ScratchUse(lifetimes.peak(flat.buffer_words), len(used))
