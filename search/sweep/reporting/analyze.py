"""What a sweep has led to so far: how the best results came about, which dimensions matter, and what went wrong.

All of it follows from the records of the sweep's journal alone.  Trials of higher rungs count for the best, but not for
the importance of dimensions and the tables of values: they were chosen for being good, and got more work.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from machine.errors import UserError
from search.processes.isolate import Ending
from search.sweep.reporting.feature_series import FeatureSeries, feature_series
from search.sweep.reporting.history import History, TimedEnd
from search.sweep.reporting.importance import Importance, Result, importance_of
from search.sweep.reporting.study_titles import study_titles
from search.sweep.reporting.value_table import Tried, ValueTable, value_table
from search.sweep.reporting.work_time import Pause, WorkTime
from search.sweep.sampling.space import Point
from search.sweep.trial_records import EndedTrial, Untried

_TABLES = 3
"""Tables of values for a study: of its most important dimensions."""


@dataclass(frozen=True)
class Attempt:
    """A trial that was run and has ended.

    Attributes:
        trial: its number in the sweep.
        place: how many trials of its study had ended before it.
        rung: 0 for a fresh point; above, how often it was promoted.
        after: seconds of the sweep's work until it ended.
        cycles: of its program; ``None`` if it failed.
        bound: of its graph, likewise.
        point: what was tried; ``None`` where its record is damaged.
    """

    trial: int
    place: int
    rung: int
    after: float
    cycles: int | None
    bound: int | None
    point: Point | None


@dataclass(frozen=True)
class StudyAnalysis:
    """How a study went.

    Attributes:
        number: of the study in its sweep.
        title: its task, in words.
        asked: trials that were to be run.
        skipped: trials that were not, for too few on the rung below them had succeeded.
        attempts: trials that have ended, in the order in which they did.
        importance: of its dimensions.
        values: how trials went with each value of the most important of them.
        board_bound: that the leaderboard has for the graph of the best trial; ``None`` where it has none.
    """

    number: int
    title: str
    asked: int
    skipped: int
    attempts: tuple[Attempt, ...]
    importance: Importance
    values: tuple[ValueTable, ...]
    board_bound: int | None = None

    @property
    def bound(self) -> int | None:
        """The best bound known of the graph of the best trial."""
        own = None if self.best is None else self.best.bound
        return max((bound for bound in (own, self.board_bound) if bound is not None), default=None)

    @cached_property
    def steps(self) -> tuple[Attempt, ...]:
        """The trials that were better than all that had ended before them."""
        found: list[Attempt] = []
        for attempt in self.attempts:
            if attempt.cycles is not None and (not found or attempt.cycles < (found[-1].cycles or 0)):
                found.append(attempt)
        return tuple(found)

    @property
    def best(self) -> Attempt | None:
        """The trial with the fewest cycles, of equal ones that which ended first; ``None`` if none led to a program."""
        return self.steps[-1] if self.steps else None

    @property
    def gap(self) -> float | None:
        """How far above its bound the best may be, as a fraction of the bound."""
        best, bound = self.best, self.bound
        if best is None or best.cycles is None or bound is None:
            return None
        return best.cycles / max(1, bound) - 1

    @property
    def since(self) -> int | None:
        """Trials of the study that have ended since the best."""
        return None if self.best is None else len(self.attempts) - 1 - self.best.place

    @property
    def failed(self) -> int:
        """Trials that led to no program."""
        return sum(attempt.cycles is None for attempt in self.attempts)

    def to_json(self) -> dict[str, Any]:
        """The analysis as plain data; of the trials only those that were best."""
        best = self.best
        return {
            "study": self.number,
            "title": self.title,
            "asked": self.asked,
            "ended": len(self.attempts),
            "skipped": self.skipped,
            "failed": self.failed,
            "cycles": best and best.cycles,
            "bound": self.bound,
            "board_bound": self.board_bound,
            "settings": best and best.point,
            "gap": self.gap,
            "trial": best and best.trial,
            "after": best and best.after,
            "since": self.since,
            "best_so_far": [
                {"trial": each.trial, "place": each.place, "after": each.after, "cycles": each.cycles}
                for each in self.steps
            ],
            "importance": {**asdict(self.importance), "doubt": self.importance.doubt},
            "values": [asdict(table) for table in self.values],
        }


@dataclass(frozen=True)
class FailureKind:
    """Trials that failed in one way.

    Attributes:
        ending: how they ended.
        error: the name of what went wrong; the ending where that has no other.
        trials: how many.
        example: the number of the first of them.
        message: what that said.
    """

    ending: str
    error: str
    trials: int
    example: int
    message: str

    @property
    def name(self) -> str:
        """The kind, in words; the ending is left out where the trial returned and reported the error itself."""
        return self.error if self.ending in (self.error, Ending.RETURNED.value) else f"{self.ending}: {self.error}"


@dataclass(frozen=True)
class SweepAnalysis:
    """How a sweep went, or some of its studies.

    Attributes:
        name: the sweep's name.
        finished: why the sweep has finished; ``None`` if it has not.
        last: when the last record was written, in seconds since 1970.
        work: the sum of the seconds that trials ran.
        schedules: the number of list schedules tried.
        lost: by name of the error, the number of list schedules that led to nothing.
        clock: the seconds from first to last record.
        worked: the part of ``clock`` in which the sweep was running.
        pauses: the times in which it was not.
        damaged: the number of records that could not be read.
        failures: kinds of failed trials, the most frequent first.
        studies: the analyses of its studies.
        features: cycles against features of machines, where the sweep varies some.
    """

    name: str
    finished: str | None
    last: float
    work: float
    schedules: int
    lost: Mapping[str, int]
    clock: float
    worked: float
    pauses: tuple[Pause, ...]
    damaged: int
    failures: tuple[FailureKind, ...]
    studies: tuple[StudyAnalysis, ...]
    features: tuple[FeatureSeries, ...] = ()

    @property
    def asked(self) -> int:
        """Trials that were to be run."""
        return sum(study.asked for study in self.studies)

    @property
    def ended(self) -> int:
        """Trials that have ended."""
        return sum(len(study.attempts) for study in self.studies)

    @property
    def skipped(self) -> int:
        """Trials that were not run, for too few on the rung below them had succeeded."""
        return sum(study.skipped for study in self.studies)

    @property
    def running(self) -> int:
        """Trials that have not ended: they run, or were cut off."""
        return self.asked - self.ended

    def to_json(self) -> dict[str, Any]:
        """The analysis as plain data."""
        data = asdict(self)
        counts = {name: getattr(self, name) for name in ("asked", "ended", "running", "skipped")}
        return {**data, **counts, "studies": [study.to_json() for study in self.studies]}


def analyze(history: History, study: int | None = None) -> SweepAnalysis:
    """How a sweep went, or one study of it.

    Args:
        history: what the sweep's journal says.
        study: its number; ``None`` for all.

    Raises:
        UserError: there is no such study.
    """
    ran = [each for each in history.ended if each.trial.ending is not Untried.SKIPPED]
    time = WorkTime(history.times, [(each.time, each.trial.seconds) for each in ran])
    titles = _titles(history)
    if study is not None and study not in titles:
        raise UserError(f"there is no study {study}: studies are {', '.join(map(str, titles)) or 'not known yet'}")
    chosen = [number for number in titles if study in (None, number)]
    counted = [each.trial for each in ran if each.trial.study in chosen]
    lost: Counter[str] = Counter()
    for trial in counted:
        lost.update(trial.failures)
    studies = tuple(_study(number, titles[number], history, time) for number in chosen)
    return SweepAnalysis(
        name=history.name,
        finished=history.finished,
        last=history.times[-1],
        work=sum(trial.seconds for trial in counted),
        schedules=sum(trial.schedules for trial in counted),
        lost=dict(lost.most_common()),
        clock=time.clock,
        worked=time.worked,
        pauses=time.pauses,
        damaged=history.damaged,
        failures=_failures(counted),
        studies=studies,
        features=feature_series(history.file, {each.number: _best(each) for each in studies}),
    )


def _best(study: StudyAnalysis) -> tuple[int | None, int | None]:
    """Cycles and bound of a study's best."""
    return (None, None) if study.best is None else (study.best.cycles, study.best.bound)


def _titles(history: History) -> dict[int, str]:
    """Of the studies that the sweep file describes, and of others that there are trials of."""
    numbers = {trial.study for trial in history.asked.values()} | {each.trial.study for each in history.ended}
    known = dict(enumerate(study_titles(history.file)))
    return {number: known.get(number, f"study {number}") for number in sorted(numbers | known.keys())}


def _study(number: int, title: str, history: History, time: WorkTime) -> StudyAnalysis:
    mine = [each for each in history.ended if each.trial.study == number]
    ran = [each for each in mine if each.trial.ending is not Untried.SKIPPED]
    attempts = tuple(_attempt(place, each, history, time) for place, each in enumerate(ran))
    asked = {trial.trial for trial in history.asked.values() if trial.study == number}
    tried = [Tried(each.point, each.cycles) for each in attempts if each.rung == 0 and each.point is not None]
    importance = importance_of([Result(point, cycles) for point, cycles in tried if cycles is not None])
    return StudyAnalysis(
        number=number,
        title=title,
        asked=len(asked | {each.trial for each in attempts}),
        skipped=len(mine) - len(ran),
        attempts=attempts,
        importance=importance,
        values=tuple(value_table(weight.dimension, tried) for weight in importance.weights[:_TABLES]),
    )


def _attempt(place: int, ended: TimedEnd, history: History, time: WorkTime) -> Attempt:
    trial, asked = ended.trial, history.asked.get(ended.trial.trial)
    bound = None if trial.bound is None else trial.bound.cycles
    rung, point = (0, None) if asked is None else (asked.rung, asked.point)
    return Attempt(trial.trial, place, rung, time.at(ended.time), trial.cycles, bound, point)


def _failures(trials: Iterable[EndedTrial]) -> tuple[FailureKind, ...]:
    kinds: dict[tuple[str, str], list[EndedTrial]] = {}
    for trial in trials:
        if trial.failure is not None:
            kinds.setdefault((trial.ending.value, trial.failure), []).append(trial)
    found = []
    for (ending, error), failed in kinds.items():
        first = failed[0]
        found.append(FailureKind(ending, error, len(failed), first.trial, first.error[1] if first.error else ""))
    return tuple(sorted(found, key=lambda kind: (-kind.trials, kind.name)))
