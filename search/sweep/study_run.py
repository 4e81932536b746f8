"""A study while its sweep runs: what to ask for next, and what running it means."""

import sys

from machine.errors import UserError
from search.sweep.sampling.halving import Brackets
from search.sweep.sampling.samplers import make_sampler
from search.sweep.sampling.space import space_of
from search.sweep.sweep_file import SweepFile
from search.sweep.sweep_state import StudyState
from search.sweep.trial import TrialRequest
from search.sweep.trial_records import AskedTrial, EndedTrial, Untried


class StudyRun:
    """Asks for the trials of one study.

    Args:
        sweep: the sweep.
        number: the study's number in the sweep.
        state: the state of the study, earlier runs included; it is updated elsewhere while the sweep runs.

    Attributes:
        number: the study's number in the sweep.
        task: the task of the study.
        state: the state of the study.
        end: the index at which the sampler had no more points; ``None`` until that is known.
    """

    def __init__(self, sweep: SweepFile, number: int, state: StudyState) -> None:
        self._sweep = sweep
        self.number = number
        self.task = sweep.studies[number].task
        self.state = state
        self.end: int | None = None
        self._space = space_of(sweep.studies[number])
        self._sampler = make_sampler(sweep.sampler, self._space, sweep.seed, number)
        self._brackets = Brackets(sweep.halving)
        self._first = 0
        for asked in state.asked.values():
            self._check(asked)
            if asked.rung == 0:
                self._sampler.asked(self._brackets.fresh(asked.index), asked.point)
        for ended in state.ended.values():
            self.tell(ended)

    def trial_number(self, index: int) -> int:
        """A trial's number in the sweep, in which the trials of all studies take turns."""
        return index * len(self._sweep.studies) + self.number

    def trials_below(self, trial: int) -> int:
        """How many trials of the study have a number in the sweep below ``trial``."""
        return max(0, -((self.number - trial) // len(self._sweep.studies)))

    def next_index(self, trials: int | None) -> int | None:
        """The least index whose trial can be asked for now, of a number in the sweep below ``trials``; or ``None``."""
        while self.state.is_known(self._first):
            self._first += 1
        ends = [self.end, None if trials is None else self.trials_below(trials)]
        end = min((end for end in ends if end is not None), default=sys.maxsize)
        following = (index for index in range(self._first, end) if not self.state.is_known(index))
        return next((index for index in following if self._brackets.ready(index, self.state.cycles)), None)

    def ask(self, index: int) -> AskedTrial | EndedTrial | None:
        """The trial of an index: to be run, or skipped; ``None`` if the study ends before it."""
        place = self._brackets.place(index)
        if place.rung > 0:
            return self._promoted(index, place.rung)
        point = self._sampler.ask(self._brackets.fresh(index))
        if point is not None:
            return AskedTrial(self.trial_number(index), self.number, index, 0, None, point)
        if place.rank > 0:
            return self._skipped(index)
        self.end = index
        return None

    def request(self, asked: AskedTrial, to_beat: int | None) -> TrialRequest:
        """What a worker is to do; a promoted trial goes on from the best list schedule of its parent."""
        seed, settings, halving = f"{self._sweep.seed}:{asked.trial}", self._sweep.trial, self._sweep.halving
        policy, schedules = self._space.policy(asked.point, seed), settings.schedules
        stages = self._space.stages(asked.point)
        if asked.parent is not None and halving is not None:
            found = self.state.ended[asked.parent // len(self._sweep.studies)].policy
            assert found is not None, "only trials that succeeded are promoted"
            policy, schedules, stages = found, 1, (*stages, *halving.rungs[asked.rung - 1])
        knobs = self._space.knobs(asked.point)
        return TrialRequest(asked.trial, self.task, seed, knobs, policy, schedules, stages, settings.inputs, to_beat)

    def tell(self, ended: EndedTrial) -> None:
        """Tell the sampler what a fresh trial came to."""
        asked = self.state.asked.get(ended.index)
        if asked is not None and asked.rung == 0:
            self._sampler.tell(self._brackets.fresh(ended.index), ended.cycles)

    def _check(self, asked: AskedTrial) -> None:
        """Refuse a trial of a journal that this study cannot have asked for.

        Raises:
            UserError: it is one.
        """
        wrong = f"trial {asked.trial} of its journal is not one that sweep {self._sweep.name} asks for"
        try:
            self._space.check(asked.point)
        except UserError as error:
            raise UserError(f"{wrong}: {error}") from None
        place = self._brackets.place(asked.index)
        if asked.rung != place.rung or (asked.parent is None) != (asked.rung == 0):
            raise UserError(f"{wrong}: it is of another rung")
        if asked.parent is not None:
            parent = self.state.ended.get(asked.parent // len(self._sweep.studies))
            if parent is None or parent.trial != asked.parent or parent.policy is None:
                raise UserError(f"{wrong}: the one that it goes on from has not ended well")

    def _promoted(self, index: int, rung: int) -> AskedTrial | EndedTrial:
        parent = self._brackets.parent(index, self.state.cycles)
        if parent is None:
            return self._skipped(index)
        point = dict(self.state.asked[parent].point)
        return AskedTrial(self.trial_number(index), self.number, index, rung, self.trial_number(parent), point)

    def _skipped(self, index: int) -> EndedTrial:
        return EndedTrial(self.trial_number(index), self.number, index, Untried.SKIPPED)
