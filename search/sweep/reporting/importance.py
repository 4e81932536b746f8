"""Which dimensions of a study matter: how much of the difference between trials each of them explains.

The measure is epsilon squared: the share of the variance of the results' ranks that lies between trials of different
values, less what as many groups have by chance (T. L. Kelley, "An unbiased correlation ratio measure", 1935).  Ranks,
so that a few very bad trials do not hide the rest; numbers of many values are put into groups of about as many trials.
It uses all trials: with ten of them it ranks a knob that halves the cycles first, where measures of the best quarter
see two or three.

It varies by chance, the more the fewer trials there are.  So it is taken again and again with the results shuffled
among the trials: what does not exceed all but one in twenty of these values may well be chance.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

import numpy as np

from machine.graph.dependences import Ints
from search.sweep.sampling.dimension import Coordinate
from search.sweep.sampling.space import Point

LEAST_TRIALS = 10
"""Trials below which nothing is said."""

ENOUGH_TRIALS = 10
"""For each dimension: where none of so many stands out, it is not for want of trials."""

SHUFFLES = 199
"""Random orders of the results, with which the true one is compared."""

EXCEEDED = 0.05
"""The share of random orders that may give more than chance is said to be."""

_MOST_GROUPS = 4
_LEAST_IN_GROUP = 5


class Result(NamedTuple):
    """A trial's point, and its cycles."""

    point: Point
    cycles: int


@dataclass(frozen=True)
class Weight:
    """How much a dimension matters.

    Attributes:
        dimension: its name.
        share: of all dimensions' importance, from 0 to 1.
        chance: the share that it may have by chance.
    """

    dimension: str
    share: float
    chance: float

    @property
    def is_clear(self) -> bool:
        """Whether the share is more than chance."""
        return self.share > self.chance


@dataclass(frozen=True)
class Importance:
    """How much the dimensions of a study matter.

    Attributes:
        trials: on which this rests.
        weights: of the dimensions that vary, the greatest share first; empty where nothing can be said.
        reason: why nothing can be said; ``None`` where something can.
    """

    trials: int
    weights: tuple[Weight, ...] = ()
    reason: str | None = None

    @property
    def doubt(self) -> str | None:
        """What to think of weights of which none is more than chance; ``None`` where one is, or there are none."""
        if not self.weights or any(weight.is_clear for weight in self.weights):
            return None
        if self.trials < ENOUGH_TRIALS * len(self.weights):
            return f"too few trials to tell which of {len(self.weights)} dimensions matters: {self.trials}"
        return "no dimension matters more than chance"


def importance_of(results: Sequence[Result]) -> Importance:
    """How much the dimensions matter, from trials that led to programs with equal effort."""
    count = len(results)
    names = sorted({name for result in results for name in result.point})
    varying = [name for name in names if len({result.point.get(name) for result in results}) > 1]
    if count < LEAST_TRIALS:
        return Importance(count, reason=f"too few trials: {count} led to a program, and {LEAST_TRIALS} are needed")
    if len({result.cycles for result in results}) == 1:
        return Importance(count, reason=f"all {count} trials led to {results[0].cycles} cycles")
    if not varying:
        return Importance(count, reason="no dimension varies")
    return Importance(count, _weights(results, varying))


def is_numeric(values: Collection[Coordinate]) -> bool:
    """Whether all coordinates of a dimension are numbers."""
    return all(isinstance(value, int | float) for value in values)


def _weights(results: Sequence[Result], names: Sequence[str]) -> tuple[Weight, ...]:
    groups = {name: _groups([result.point.get(name) for result in results]) for name in names}
    ranks = _ranks(np.array([result.cycles for result in results]))
    found = {name: _explained(ranks, groups[name]) for name in names}
    total = sum(found.values()) or 1.0
    random = Random(0)
    orders = [ranks[random.sample(range(len(ranks)), len(ranks))] for _ in range(SHUFFLES)]
    chance = {
        name: float(np.quantile([_explained(order, groups[name]) for order in orders], 1 - EXCEEDED)) for name in names
    }
    weights = [Weight(name, found[name] / total, chance[name] / total) for name in names]
    return tuple(sorted(weights, key=lambda weight: (-weight.share, weight.dimension)))


def _ranks(values: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The rank of each value, equal ones having the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2)[places])


def _groups(values: Sequence[Coordinate | None]) -> Ints:
    """The group of each trial by its value; trials without one are a group."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values) or len(set(numbers)) <= _MOST_GROUPS:
        return np.unique([str(value) for value in values], return_inverse=True)[1]
    count = max(2, min(_MOST_GROUPS, len(values) // _LEAST_IN_GROUP))
    return np.asarray(_ranks(np.array(numbers)) * count // len(values), dtype=np.int64)


def _explained(ranks: np.ndarray[tuple[int], np.dtype[np.float64]], groups: Ints) -> float:
    """Epsilon squared of the ranks by group; 0 where it would be less."""
    counts = np.bincount(groups)
    sums = np.bincount(groups, ranks)
    filled = counts > 0
    total = float(((ranks - ranks.mean()) ** 2).sum())
    between = float((sums[filled] ** 2 / counts[filled]).sum() - ranks.sum() ** 2 / len(ranks))
    free = int(filled.sum()) - 1
    within = (total - between) / max(1, len(ranks) - free - 1)
    return max(0.0, (between - free * within) / total)
