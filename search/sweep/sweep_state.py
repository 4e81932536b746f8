"""Where a sweep stands after the records of its journal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from machine.errors import UserError
from search.sweep.trial_records import AskedTrial, EndedTrial, Untried, check_format

Trial = TypeVar("Trial", AskedTrial, EndedTrial)


@dataclass
class Tally:
    """Trials added up.

    Attributes:
        trials: the number of trials that have ended, skipped ones included.
        schedules: the number of list schedules tried in these trials.
        failures: by what went wrong, the number of trials that failed.
    """

    trials: int = 0
    schedules: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def note(self, ended: EndedTrial) -> None:
        """Count a trial that has ended."""
        self.trials += 1
        self.schedules += ended.schedules
        if ended.failure is not None:
            self.failures[ended.failure] += 1


@dataclass
class StudyState:
    """Where a study stands.

    Attributes:
        asked: by index, the study's trials, in the order in which they were asked for, but for those forgotten.
        ended: by index, the results of the trials that have ended, in the order in which they ended, but for those
            forgotten; without their bounds, whose certificates would fill memory over a night, and without their
            policies, unless other trials may go on from them.
        cycles: by index, the cycles of all trials that have ended; ``None`` for a trial that led to nothing.
        best: the trial with the fewest cycles, in full; of several, the one with the least index.
        curve: after how many trials there were fewer cycles than ever, and how many.
        is_continued: whether other trials may go on from those of the study.
    """

    asked: dict[int, AskedTrial] = field(default_factory=dict)
    ended: dict[int, EndedTrial] = field(default_factory=dict)
    cycles: dict[int, int | None] = field(default_factory=dict)
    best: EndedTrial | None = None
    curve: list[tuple[int, int]] = field(default_factory=list)
    is_continued: bool = True

    def note(self, ended: EndedTrial) -> None:
        """Take in a trial that has ended."""
        self.ended[ended.index] = replace(ended, bound=None, policy=ended.policy if self.is_continued else None)
        self.cycles[ended.index] = ended.cycles
        if ended.cycles is None:
            return
        if not self.curve or ended.cycles < self.curve[-1][1]:
            self.curve.append((len(self.cycles), ended.cycles))
        if self.best is None or _rank(ended) < _rank(self.best):
            self.best = ended

    def is_known(self, index: int) -> bool:
        """Whether a trial was asked for or has ended."""
        return index in self.asked or index in self.cycles

    def settled(self, index: int) -> None:
        """Take in that nobody needs the program of a trial that has ended any more.

        Unless others may go on from it, no more than its cycles is kept, so that memory does not fill over a night.
        """
        if not self.is_continued:
            self.asked.pop(index, None)
            del self.ended[index]


class SweepState:
    """Where a sweep stands: a fold over the records of its journal, and nothing else.

    Args:
        studies: the number of studies.
        are_continued: whether trials may go on from others.

    Attributes:
        studies: the state of every study.
        tally: totals over all trials that have ended.
        finished: whether the last record says that the sweep has finished.
    """

    def __init__(self, studies: int, *, are_continued: bool = True) -> None:
        self.studies = [StudyState(is_continued=are_continued) for _ in range(studies)]
        self.tally = Tally()
        self.finished = False

    def asked(self, trial: AskedTrial) -> None:
        """Take in that a trial is to be run."""
        self.finished = False
        self.studies[trial.study].asked[trial.index] = trial

    def ended(self, trial: EndedTrial) -> None:
        """Take in that a trial has ended; of two ends of one trial the first counts.

        One that was run and of which no record says what was asked is passed over: it is asked for again.
        """
        self.finished = False
        study = self.studies[trial.study]
        if trial.index not in study.cycles and (trial.index in study.asked or trial.ending is Untried.SKIPPED):
            study.note(trial)
            self.tally.note(trial)

    def running(self) -> list[AskedTrial]:
        """Trials that were asked for and have not ended, by number."""
        left = [trial for study in self.studies for trial in study.asked.values() if trial.index not in study.cycles]
        return sorted(left, key=lambda trial: trial.trial)


def replay(records: Iterable[Mapping[str, Any]], studies: int, *, are_continued: bool = True) -> SweepState:
    """The state after some records; events of other kinds are passed over.

    Args:
        records: of the journal.
        studies: the number of studies.
        are_continued: whether trials may go on from others.

    Raises:
        UserError: a record is of a newer format, or lacks what it should say.
    """
    state = SweepState(studies, are_continued=are_continued)
    for record in records:
        check_format(record)
        try:
            match record["event"]:
                case "asked":
                    state.asked(_of_studies(AskedTrial.from_json(record), studies))
                case "ended":
                    state.ended(_of_studies(EndedTrial.from_json(record), studies))
                case "finished":
                    state.finished = True
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise UserError(f"a record is damaged ({type(error).__name__}: {error})") from None
    return state


def _of_studies(trial: Trial, studies: int) -> Trial:
    """The trial, if its three numbers belong together."""
    if trial.study >= studies or trial.trial != trial.index * studies + trial.study:
        raise ValueError(f"trial {trial.trial} cannot be number {trial.index} of study {trial.study}")
    return trial


def _rank(ended: EndedTrial) -> tuple[int, int]:
    assert ended.cycles is not None
    return ended.cycles, ended.index
