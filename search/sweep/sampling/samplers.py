"""Samplers: which points of a study are tried.

The first point is that of the defaults, if rules allow it, but for a grid, which has an order of its own.  Points of a
random search and of a grid depend on seed, study and index alone.  Those of an adaptive sampler (``adaptive.py``)
depend also on what has been told and on what is running.
"""

from importlib import import_module
from random import Random
from typing import Protocol

from machine.errors import MissingLibraryError
from problems.rules import MOST_DRAWS
from search.sweep.sampling.space import Point, Space
from search.sweep.sweep_file import SamplerKind, SamplerSettings


class StudySampler(Protocol):
    """Chooses the points of one study."""

    def ask(self, index: int) -> Point | None:
        """The point of a fresh trial, counted from 0; ``None`` when there is no such point."""

    def asked(self, index: int, point: Point) -> None:
        """On resuming: the point was handed out earlier.  To be said of all such points before they are told."""

    def tell(self, index: int, cycles: int | None) -> None:
        """What a point led to; ``None`` if the trial failed."""


def make_sampler(settings: SamplerSettings, space: Space, seed: int, study: int) -> StudySampler:
    """The sampler of a sweep's study.

    Raises:
        MissingLibraryError: the method needs one.
        UserError: the method cannot search the space.
    """
    match settings.kind:
        case SamplerKind.RANDOM:
            return RandomPoints(space, seed, study)
        case SamplerKind.GRID:
            return GridPoints(space)
    try:
        import_module("cmaes")  # Optuna would miss it only later
        from search.sweep.sampling.adaptive import CmaEsPoints, TpePoints  # noqa: PLC0415  (loads Optuna)
    except ImportError as error:
        kind = settings.kind.value
        raise MissingLibraryError(f"sampler {kind} needs {error.name}", "sweep") from None
    fresh = RandomPoints(space, seed, study).ask
    sampler = TpePoints if settings.kind is SamplerKind.TPE else CmaEsPoints
    return sampler(space, fresh, settings.startup, f"{seed}:{study}")


class RandomPoints:
    """Points drawn at random, after that of the defaults; none where no draw keeps the rules, nor do the defaults."""

    def __init__(self, space: Space, seed: int, study: int) -> None:
        self._space = space
        self._seed = f"{seed}:{study}"

    def ask(self, index: int) -> Point | None:
        if index == 0 and self._space.allows(self._space.default):
            return self._space.default
        random = Random(f"{self._seed}:{index}")
        for _ in range(MOST_DRAWS):
            point = {name: dimension.draw(random) for name, dimension in self._space.dimensions.items()}
            if self._space.allows(point):
                return point
        return self._space.default if self._space.allows(self._space.default) else None

    def asked(self, index: int, point: Point) -> None:
        pass

    def tell(self, index: int, cycles: int | None) -> None:
        pass


class GridPoints:
    """The points of the space's grid, in its order."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._numbers = space.grid_numbers

    def ask(self, index: int) -> Point | None:
        return self._space.grid_point(self._numbers[index]) if index < len(self._numbers) else None

    def asked(self, index: int, point: Point) -> None:
        pass

    def tell(self, index: int, cycles: int | None) -> None:
        pass
