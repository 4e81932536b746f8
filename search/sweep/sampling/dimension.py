"""Dimensions of a search space: what a coordinate may be, apart from what it means.

They are our own, so that points can be drawn at random or enumerated without Optuna, and the same on every version.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from random import Random
from typing import TYPE_CHECKING

from machine.errors import MissingLibraryError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Coordinate = int | float | str
Point = dict[str, Coordinate]
"""Where a trial is in a space: coordinates by dimension."""


@dataclass(frozen=True)
class Dimension(ABC):
    """What one coordinate of a point may be, and which it is to begin with; subclasses give kind and range."""

    default: Coordinate

    @abstractmethod
    def draw(self, random: Random) -> Coordinate:
        """A coordinate drawn at random."""

    @abstractmethod
    def holds(self, value: object) -> bool:
        """Whether a value of whatever type is one of the coordinates."""


@dataclass(frozen=True)
class Discrete(Dimension):
    """A dimension with a finite number of coordinates."""

    @property
    @abstractmethod
    def values(self) -> Sequence[Coordinate]:
        """All coordinates, in order."""

    def draw(self, random: Random) -> Coordinate:
        return random.choice(self.values)

    def holds(self, value: object) -> bool:
        return type(value) in (int, str) and value in self.values


@dataclass(frozen=True)
class Integers(Discrete):
    """Integers from ``low`` to ``high``."""

    low: int
    high: int

    @property
    def values(self) -> range:
        return range(self.low, self.high + 1)


@dataclass(frozen=True)
class Choices(Discrete):
    """Names or numbers without an order."""

    choices: tuple[int | str, ...]

    @property
    def values(self) -> tuple[int | str, ...]:
        return self.choices


@dataclass(frozen=True)
class Reals(Dimension):
    """Numbers from ``low`` to ``high``, all equally likely, or where ``by_size`` is set their logarithms."""

    low: float
    high: float
    by_size: bool = False

    def draw(self, random: Random) -> float:
        if not self.by_size:
            return random.uniform(self.low, self.high)
        return min(max(exp(random.uniform(log(self.low), log(self.high))), self.low), self.high)

    def holds(self, value: object) -> bool:
        return isinstance(value, int | float) and type(value) is not bool and self.low <= value <= self.high


def distribution_of(dimension: Dimension) -> "BaseDistribution":
    """A dimension as Optuna knows it.

    Raises:
        MissingLibraryError: Optuna is not installed.
    """
    try:
        from optuna import distributions  # noqa: PLC0415  (random draws and grids do without it)
    except ImportError:
        raise MissingLibraryError("this needs Optuna", "sweep") from None
    match dimension:
        case Integers():
            return distributions.IntDistribution(dimension.low, dimension.high)
        case Choices():
            return distributions.CategoricalDistribution(dimension.choices)
        case Reals():
            return distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.by_size)
    raise TypeError(dimension)
