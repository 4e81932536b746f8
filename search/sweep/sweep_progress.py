"""Where a sweep stands, for people: a snapshot that views and summaries are made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from search.sweep.sweep_state import StudyState, SweepState
from search.tasks.task import TaskName


@dataclass(frozen=True)
class StudyProgress:
    """Where a study stands.

    Attributes:
        title: its task, in words.
        trials: that have ended.
        cycles: the fewest so far; ``None`` while there is no program.
        bound: of the graph that led to them.
        curve: after how many trials there were fewer cycles, and how many, in order.
    """

    title: str
    trials: int
    cycles: int | None
    bound: int | None
    curve: tuple[tuple[int, int], ...] = ()

    @property
    def gap(self) -> float | None:
        """How far above the bound the cycles may be, as a fraction of the bound."""
        return None if self.cycles is None or self.bound is None else self.cycles / max(1, self.bound) - 1


@dataclass(frozen=True)
class SweepProgress:
    """Where a sweep stands.

    Attributes:
        name: of the sweep.
        trials: that have ended, in earlier runs too.
        planned: trials of the budget, if it counts them.
        failures: trials that failed, by what went wrong.
        now: trials that have ended in this run.
        workers: trials that can run at once; ``None`` where that is not known.
        seconds: of this run.
        limit: seconds of the budget, if it counts them.
        studies: the state of every study.
    """

    name: str
    trials: int
    planned: int | None
    failures: Mapping[str, int]
    now: int
    workers: int | None
    seconds: float
    limit: float | None
    studies: tuple[StudyProgress, ...]

    @property
    def rate(self) -> float:
        """Trials a minute, in this run."""
        return 60 * self.now / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds until the sweep ends, by whichever limit comes first; ``None`` while that is unknown."""
        ends = [] if self.limit is None else [self.limit - self.seconds]
        if self.planned is not None and self.now > 0:
            ends.append((self.planned - self.trials) * self.seconds / self.now)
        return max(0.0, min(ends)) if ends else None


Watch = Callable[[SweepProgress], None]
"""Called about twice a second, and whenever trials have ended."""


def title_of(task: TaskName) -> str:
    """A task in words, as it heads what is printed about it."""
    return f"{task.problem} {task.shape} {task.category} on {task.machine.name}"


def task_key(task: TaskName) -> tuple[str, str, str, str]:
    """What a task's entries have as :attr:`search.board.entry.Entry.key`."""
    return task.problem, task.shape, task.category, task.machine.name


def studies_progress(tasks: Sequence[TaskName], state: SweepState) -> tuple[StudyProgress, ...]:
    """The state of every study."""
    return tuple(study_progress(title_of(task), study) for task, study in zip(tasks, state.studies, strict=True))


def study_progress(title: str, state: StudyState) -> StudyProgress:
    """The state of a study, in words."""
    best = state.best
    bound = best.bound.cycles if best and best.bound else None
    return StudyProgress(title, len(state.cycles), best.cycles if best else None, bound, tuple(state.curve))
