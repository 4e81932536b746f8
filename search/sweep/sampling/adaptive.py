"""Samplers that learn: Optuna's TPE and CMA-ES, asked and told by a sweep, which keeps what they know in its journal.

Optuna's study is in memory and never the record of anything: it is filled again from the journal on resuming.  Points
that are running are in it too, so that a method can keep away from them; those that failed are in it as failed, which
both methods pass over.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, CmaEsSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState, create_trial

from machine.errors import UserError
from problems.rules import MOST_DRAWS
from search.sweep.sampling.space import Point, Space

Distributions = dict[str, BaseDistribution]

_WARM_TRIALS = 10
"""Finished trials from which a CMA-ES learns where to start: of the best tenth."""

_WARM_DIMENSIONS = 100
"""Beyond these the determinant of its first covariance matrix would be no number."""


class AdaptivePoints(ABC):
    """Points at random until enough trials have succeeded, then points that Optuna chooses.

    Args:
        space: the space.
        fresh: gives the points at random, by index.
        startup: how many trials are enough.
        seed: of everything that Optuna draws.
    """

    def __init__(self, space: Space, fresh: Callable[[int], Point | None], startup: int, seed: str) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._fresh = fresh
        self._startup = startup
        self._seed = seed
        self._study = optuna.create_study()
        self._numbers: dict[int, int] = {}
        self._succeeded = 0

    def ask(self, index: int) -> Point | None:
        if self._succeeded < self._startup:
            return self._ask_fresh(index)
        self._study.sampler = self._sampler(index)
        for _ in range(MOST_DRAWS):
            trial = self._study.ask(self._space.distributions)
            if self._space.allows(trial.params):
                self._numbers[index] = trial.number
                return dict(trial.params)
            self._study.tell(trial.number, state=TrialState.FAIL)
        return self._ask_fresh(index)

    def _ask_fresh(self, index: int) -> Point | None:
        point = self._fresh(index)
        if point is not None:
            self.asked(index, point)
        return point

    def asked(self, index: int, point: Point) -> None:
        self._numbers[index] = len(self._study.get_trials(deepcopy=False))
        try:
            running = create_trial(state=TrialState.RUNNING, params=point, distributions=self._space.distributions)
        except (ValueError, KeyError) as error:
            raise UserError(f"point {index} is none of the study's space: {error}; begin a sweep anew") from None
        self._study.add_trial(running)

    def tell(self, index: int, cycles: int | None) -> None:
        if cycles is None:
            self._study.tell(self._numbers[index], state=TrialState.FAIL)
        else:
            self._study.tell(self._numbers[index], cycles)
            self._succeeded += 1

    @abstractmethod
    def _sampler(self, index: int) -> BaseSampler:
        """What chooses this point."""

    def _seed_of(self, index: int) -> int:
        return Random(f"{self._seed}:{index}").getrandbits(32)


class TpePoints(AdaptivePoints):
    """Points of a tree-structured Parzen estimator over all dimensions together.

    Each point has a seed of its own, so that it depends on nothing but the index and what the study knows: a resumed
    sweep asks what it would have asked.
    """

    def _sampler(self, index: int) -> BaseSampler:
        return _Tpe(_searched(self._space.distributions), self._seed_of(index))


class CmaEsPoints(AdaptivePoints):
    """Points of a CMA-ES with margin over the dimensions that are numbers; the others are drawn at random.

    It starts from the best tenth of the trials that have succeeded by then, if they are ten: points at random, or on
    resuming all that there are, for a covariance matrix is not in the journal.

    Raises:
        UserError: no dimension is a number.
    """

    def __init__(self, space: Space, fresh: Callable[[int], Point | None], startup: int, seed: str) -> None:
        super().__init__(space, fresh, startup, seed)
        searched = _searched(space.distributions).items()
        self._numeric = {name: each for name, each in searched if not isinstance(each, CategoricalDistribution)}
        self._begun: BaseSampler | None = None
        if not self._numeric:
            raise UserError("sampler cma-es searches numbers, and no dimension of the study is one: take tpe")

    def _sampler(self, index: int) -> BaseSampler:
        if self._begun is None:
            self._begun = _CmaEs(self._numeric, self._known(), self._seed_of(index))
        return self._begun

    def _known(self) -> list[FrozenTrial] | None:
        """Finished trials, by their numeric dimensions; ``None`` where they are of no use."""
        finished = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(finished) < _WARM_TRIALS or len(self._numeric) > _WARM_DIMENSIONS:
            return None
        return [
            create_trial(
                params={name: trial.params[name] for name in self._numeric},
                distributions=self._numeric,
                value=trial.value,
            )
            for trial in finished
        ]


class _Tpe(TPESampler):
    """TPE whose dimensions are known, and need not be looked for in the trials."""

    def __init__(self, dimensions: Distributions, seed: int) -> None:
        super().__init__(n_startup_trials=0, multivariate=True, constant_liar=True, seed=seed)
        self._dimensions = dimensions

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> Distributions:
        return self._dimensions


class _CmaEs(CmaEsSampler):
    """CMA-ES whose dimensions are known, and need not be looked for in the trials."""

    def __init__(self, dimensions: Distributions, known: list[FrozenTrial] | None, seed: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            super().__init__(
                n_startup_trials=0,
                independent_sampler=RandomSampler(seed),
                warn_independent_sampling=False,
                with_margin=True,
                source_trials=known,
                seed=seed,
            )
        self._dimensions = dimensions

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> Distributions:
        return self._dimensions


def _searched(distributions: Distributions) -> Distributions:
    """The dimensions in which there is anything to choose."""
    return {name: each for name, each in distributions.items() if not each.single()}
