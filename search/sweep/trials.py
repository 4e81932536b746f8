"""What the journal of a sweep says about trials, and where a sweep stands after it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from machine.errors import UserError
from search.bounds.bound import Bound
from search.files.journal_file import JOURNAL_FORMAT
from search.processes.isolate import Ending
from search.scheduling.policy import Policy
from search.sweep.executors.executor import Ended
from search.sweep.sampling.space import Point
from search.sweep.trial import TrialResult


class Untried(Enum):
    """Why a trial ended without being run."""

    SKIPPED = "skipped"


TrialEnding = Ending | Untried
"""How a trial ended: as its isolated call did, or without one."""


@dataclass(frozen=True)
class AskedTrial:
    """A trial that was to be run.

    Attributes:
        trial: its number in the sweep.
        study: number of the study it belongs to.
        index: its number in the study.
        rung: 0 for a fresh point; above, how often the point was promoted.
        parent: number of the trial it continues; ``None`` on rung 0.
        point: what is tried, by dimension.
    """

    trial: int
    study: int
    index: int
    rung: int
    parent: int | None
    point: Point

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "AskedTrial":
        """Read what :meth:`to_json` gave; other keys are passed over."""
        names = ("trial", "study", "index", "rung", "parent", "point")
        return AskedTrial(**{name: data[name] for name in names})


@dataclass(frozen=True)
class EndedTrial:
    """What a trial came to.

    Attributes:
        trial: its number in the sweep.
        study: number of the study it belongs to.
        index: its number in the study.
        ending: how it ended.
        cycles: of its best program; ``None`` where there is none.
        bound: of its graph.
        policy: of its best list schedule.
        schedules: list schedules tried.
        failures: schedules that led to nothing, by the name of the error.
        error: the name of what went wrong where the trial led to nothing, and a line about it.
        seconds: it ran.
    """

    trial: int
    study: int
    index: int
    ending: TrialEnding
    cycles: int | None = None
    bound: Bound | None = None
    policy: Policy | None = None
    schedules: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    seconds: float = 0.0

    @property
    def failure(self) -> str | None:
        """What to count the trial under, if it was run and failed."""
        if self.cycles is not None or self.ending is Untried.SKIPPED:
            return None
        return self.error[0] if self.error else self.ending.value

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        policy = None if self.policy is None else self.policy.to_json()
        return {**asdict(self), "ending": self.ending.value, "policy": policy, "error": self.error and [*self.error]}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "EndedTrial":
        """Read what :meth:`to_json` gave; other keys are passed over."""
        names = ("trial", "study", "index", "cycles", "schedules", "failures", "seconds")
        bound, policy, error = data["bound"], data["policy"], data["error"]
        return EndedTrial(
            **{name: data[name] for name in names},
            ending=_read_ending(data["ending"]),
            bound=None if bound is None else Bound(**bound),
            policy=None if policy is None else Policy.from_json(policy),
            error=None if error is None else (error[0], error[1]),
        )


def _read_ending(word: str) -> TrialEnding:
    return Untried.SKIPPED if word == Untried.SKIPPED.value else Ending(word)


def ended_trial(asked: AskedTrial, ended: Ended) -> EndedTrial:
    """What an executor's word means for a trial.  One that did not return counts no schedules: nobody knows them."""
    ending, why, seconds = ended.outcome.ending, ended.outcome.why, round(ended.seconds, 3)
    identity = asked.trial, asked.study, asked.index, ending
    result = ended.outcome.value
    if ending is Ending.RETURNED and isinstance(result, TrialResult):
        r = result
        return EndedTrial(*identity, r.cycles, r.bound, r.policy, r.schedules, r.failures, r.error, seconds)
    name, colon, said = why.partition(": ")
    raised = ending is Ending.RAISED and colon
    return EndedTrial(*identity, error=(name, said) if raised else (ending.value, why), seconds=seconds)


@dataclass
class Tally:
    """Trials added up.

    Attributes:
        trials: that have ended, skipped ones included.
        schedules: list schedules tried in them.
        failures: trials that failed, by what went wrong.
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
        asked: its trials, by index, in the order in which they were asked for.
        ended: what those came to that have ended, by index, in the order in which they did.
        cycles: of those, by index; ``None`` for a trial that led to nothing.
        best: the trial with the fewest cycles, of equal ones that of the least index.
    """

    asked: dict[int, AskedTrial] = field(default_factory=dict)
    ended: dict[int, EndedTrial] = field(default_factory=dict)
    cycles: dict[int, int | None] = field(default_factory=dict)
    best: EndedTrial | None = None

    def note(self, ended: EndedTrial) -> None:
        """Take in a trial that has ended."""
        self.ended[ended.index] = ended
        self.cycles[ended.index] = ended.cycles
        if ended.cycles is not None and (self.best is None or _rank(ended) < _rank(self.best)):
            self.best = ended


class SweepState:
    """Where a sweep stands: a fold over the records of its journal, and nothing else.

    Attributes:
        studies: where each stands.
        tally: all trials that have ended.
        finished: whether the last record says that the sweep has finished.
    """

    def __init__(self, studies: int) -> None:
        self.studies = [StudyState() for _ in range(studies)]
        self.tally = Tally()
        self.finished = False

    def asked(self, trial: AskedTrial) -> None:
        """Take in that a trial is to be run."""
        self.finished = False
        self.studies[trial.study].asked[trial.index] = trial

    def ended(self, trial: EndedTrial) -> None:
        """Take in that a trial has ended; of two ends of one trial the first counts."""
        self.finished = False
        study = self.studies[trial.study]
        if trial.index not in study.ended:
            study.note(trial)
            self.tally.note(trial)

    def running(self) -> list[AskedTrial]:
        """Trials that were asked for and have not ended, by number."""
        left = [trial for study in self.studies for trial in study.asked.values() if trial.index not in study.ended]
        return sorted(left, key=lambda trial: trial.trial)


def replay(records: Iterable[Mapping[str, Any]], studies: int) -> SweepState:
    """The state after some records; events of other kinds are passed over.

    Raises:
        UserError: a record is of a newer format, or lacks what it should say.
    """
    state = SweepState(studies)
    for record in records:
        check_format(record)
        try:
            match record["event"]:
                case "asked":
                    state.asked(AskedTrial.from_json(record))
                case "ended":
                    state.ended(EndedTrial.from_json(record))
                case "finished":
                    state.finished = True
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise UserError(f"a record is damaged ({type(error).__name__}: {error})") from None
    return state


def check_format(record: Mapping[str, Any]) -> None:
    """Refuse a record that a newer version has written.

    Raises:
        UserError: it is one.
    """
    number = record.get("format")
    if not isinstance(number, int) or number > JOURNAL_FORMAT:
        raise UserError(f"a record is of format {number}: it needs a newer Slotsmith")


def _rank(ended: EndedTrial) -> tuple[int, int]:
    assert ended.cycles is not None
    return ended.cycles, ended.index
