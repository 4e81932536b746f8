"""Ranks of slots among those of their engine, as the cores of schedulers take them."""

from typing import NamedTuple

import numpy as np

from machine.compiling import compiled_lean
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.model import Machine
from search.analysis.sorting import Ints32, stable_order
from search.scheduling.policy import Keys
from search.scheduling.ready_bits import BITS


class Ranking(NamedTuple):
    """The order of slots on each engine.

    Attributes:
        ranks: the rank of each slot among those of its engine, most urgent first, from the engine's start on.
        slots: the inverse of ``ranks``.
        starts: first rank of each engine, a multiple of ``BITS``; then the end.
    """

    ranks: Ints32
    slots: Ints32
    starts: Ints

    @property
    def end(self) -> int:
        """Above all ranks."""
        return int(self.starts[-1])


def rank_slots(flat: FlatGraph, keys: Keys, machine: Machine) -> Ranking:
    """Ranks of slots by key, least first, those with equal keys in the order of the graph."""
    counts = np.bincount(flat.slot_engines, minlength=len(machine.scored_engines))
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(-(-counts // BITS) * BITS, out=starts[1:])
    ranks = np.empty(len(keys), dtype=np.int32)
    slots = np.zeros(int(starts[-1]), dtype=np.int32)
    _deal_out(stable_order(keys), flat.slot_engines, starts.copy(), ranks, slots)
    return Ranking(ranks, slots, starts)


@compiled_lean
def _deal_out(order: Ints32, engines: Ints, following: Ints, ranks: Ints32, slots: Ints32) -> None:
    """Give each slot, in ``order``, the rank ``following`` of its engine."""
    for slot in order:
        rank = following[engines[slot]]
        following[engines[slot]] = rank + 1
        ranks[slot] = rank
        slots[rank] = slot
