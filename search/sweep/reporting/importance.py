"""Which dimensions of a study matter: what sets its best quarter of trials apart from the others.

The measure is Optuna's PED-ANOVA: how much the distribution of a dimension among the best trials differs from that
among all of them.  Numbers count by their rank, so that it does not matter whether they were searched by size.

Some difference there always is, however little a dimension matters, the more the fewer trials there are.  So the
measure is taken again and again with the results shuffled among the trials: what does not exceed the greatest of these
values may well be chance.
"""

import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from machine.errors import UserError
from search.sweep.sampling.dimension import Coordinate
from search.sweep.sampling.space import Point

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study

LEAST_TRIALS = 10
"""Trials below which nothing is said."""

BEST_SHARE = 0.25
"""Of trials that count as best; those that are as good as the last of them count too."""

SHUFFLES = 19
"""One dimension in twenty of those that do not matter exceeds the greatest of so many values by chance."""


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


def importance_of(results: Sequence[Result]) -> Importance:
    """How much the dimensions matter, from trials that led to programs with equal effort.

    Raises:
        UserError: Optuna is not installed.
    """
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
    study, cycles = _study(results, names), [result.cycles for result in results]
    found = _measure(study, cycles)
    total = sum(found.values())
    random, chance = Random(0), dict.fromkeys(names, 0.0)
    for _ in range(SHUFFLES):
        shuffled = _measure(study, random.sample(cycles, len(cycles)))
        chance = {name: max(chance[name], shuffled[name]) for name in names}
    weights = [Weight(name, found[name] / (total or 1.0), chance[name] / (total or 1.0)) for name in names]
    return tuple(sorted(weights, key=lambda weight: (-weight.share, weight.dimension)))


def _measure(study: "Study", cycles: Sequence[int]) -> dict[str, float]:
    """The importance of each dimension for these results of the study's trials."""
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # noqa: PLC0415  (see _study)

    # Where the worst result is so frequent that it would be among the best, the best are those that are better.
    better = sum(each < max(cycles) for each in cycles)
    share = min(BEST_SHARE, (better - 0.5) / len(cycles))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of interfaces that may change, and that a target should be the less the better
        evaluator = PedAnovaImportanceEvaluator(target_quantile=share)
        return get_param_importances(
            study, evaluator=evaluator, target=lambda trial: cycles[trial.number], normalize=False
        )


def _study(results: Sequence[Result], names: Sequence[str]) -> "Study":
    """The trials as Optuna knows them, in their order; a point that says nothing about a dimension has it not."""
    try:
        import optuna  # noqa: PLC0415  (only those who ask for importance need it)
    except ImportError:
        raise UserError("this needs Optuna: pip install 'slotsmith[sweep]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    places: dict[str, dict[Coordinate, int]] = {}
    distributions: dict[str, BaseDistribution] = {}
    for name in names:
        distinct = {result.point[name] for result in results if name in result.point}
        numeric = is_numeric(distinct)
        places[name] = {value: place for place, value in enumerate(sorted(distinct, key=float if numeric else str))}
        ranks = range(len(distinct))
        distributions[name] = (
            optuna.distributions.IntDistribution(0, ranks[-1])
            if numeric
            else optuna.distributions.CategoricalDistribution(ranks)
        )
    study = optuna.create_study()
    for point, cycles in results:
        params = {name: places[name][point[name]] for name in names if name in point}
        of_point = {name: distributions[name] for name in params}
        study.add_trial(optuna.create_trial(params=params, distributions=of_point, value=cycles))
    return study
