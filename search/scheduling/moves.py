"""Local search: from a schedule, shorter ones, by changing the order in which the list scheduler takes operations.

A move shifts the keys of some operations, or of some implementations, at random; the list scheduler runs again, and
what has become hardly longer is justified; what is then not longer is kept.  The greedy scheduler repairs everything
else, so that a small move has a small effect, and one costs milliseconds.  Without justification moves gain next to
nothing once a schedule is justified: 1000 cycles stayed 1000 in 10,000 moves, and became 990 with it in half as many.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.incumbent import UNUSED_PENALTIES, Incumbent, least_of_slots, slots_of_operations, try_keys
from search.scheduling.justification import justify_once
from search.scheduling.policy import Keys
from search.scratch.placement import COLOURING

_SPANS = (10.0, 30.0, 100.0, 300.0, 1000.0)
_SHARES = (0.02, 0.1, 0.5)
_SHIFTS = (1.0, 3.0, 8.0, 20.0)
_ONE_STREAM, _IMPLEMENTATIONS_TOO = 0.3, 0.4
"""How often a move keeps to one stream, and how often it shifts implementations apart, too."""

_RAMP, _DRAIN = 60, 120
"""Cycles at either end, where slots idle: three moves in ten are in each of them, the others anywhere."""

_SLACK = 2
"""Cycles by which a schedule may be longer than the best and still be justified."""


@dataclass(frozen=True)
class Walked:
    """Where a walk of moves has led, and how many were tried."""

    best: Incumbent
    moves: int


def try_moves(
    prepared: PreparedGraph, start: Incumbent, moves: int, seed: str, until: float | None = None, least: int = 0
) -> Walked:
    """Try some moves from ``start``, best a justified one, keeping those that do not lengthen the schedule.

    Where a time is given, as :func:`time.monotonic` tells it, no move begins after it; nor from a schedule of ``least``
    cycles, where none is shorter.
    """
    random = np.random.default_rng(list(seed.encode()))
    best, engine_order = start, start.engine_order
    for tried in range(moves):
        if best.cycles <= least or (until is not None and time.monotonic() >= until):
            return Walked(best, tried)
        keys = _move(prepared.flat, best, random)
        penalty = random.choice(UNUSED_PENALTIES)
        made = try_keys(prepared, keys, engine_order)
        if made is None or made.length > best.cycles + _SLACK:
            continue
        later = justify_once(prepared, made, engine_order, penalty)
        if later is not None and later[1].length <= made.length:
            keys, made = later
        if made.length <= best.cycles:
            best = best.replaced(prepared, keys, made, COLOURING) or best
    return Walked(best, moves)


def _move(flat: FlatGraph, best: Incumbent, random: np.random.Generator) -> Keys:
    """New keys: some operations near a random cycle shifted by normal deviates, and perhaps some implementations."""
    places = least_of_slots(flat, best.keys)
    near = np.abs(places - _centre(best.cycles, random)) < random.choice(_SPANS)
    if random.random() < _ONE_STREAM and near.any():
        near &= flat.streams == random.choice(np.unique(flat.streams[near]))
    keys: Keys = best.keys + np.repeat(_shifts(near, random), slots_of_operations(flat))
    if random.random() < _IMPLEMENTATIONS_TOO:
        shifts = _shifts(near[flat.implementation_operations], random)
        keys += np.repeat(shifts, np.diff(flat.implementation_starts))
    return keys


def _centre(length: int, random: np.random.Generator) -> float:
    where = random.random()
    if where < 0.3:
        return float(random.uniform(0, min(_RAMP, length)))
    return float(random.uniform(max(0, length - _DRAIN) if where < 0.6 else 0, length))


def _shifts(near: NDArray[np.bool_], random: np.random.Generator) -> Keys:
    """Normal deviates for a random share of those that are near, 0 for all others."""
    chosen = near & (random.random(len(near)) < random.choice(_SHARES))
    shifts = np.zeros(len(near))
    shifts[chosen] = random.normal(0.0, random.choice(_SHIFTS), int(chosen.sum()))
    return shifts
