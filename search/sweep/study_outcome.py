"""What a sweep came to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.files.clock import now
from search.sweep.commits import Commits
from search.sweep.study_run import StudyRun
from search.sweep.sweep_file import SweepFile
from search.sweep.sweep_journal import Reason
from search.sweep.sweep_progress import SweepProgress, task_key
from search.sweep.sweep_state import Tally


@dataclass(frozen=True)
class StudyOutcome:
    """What a study came to.

    Attributes:
        problem: name, or ``file.py:Class``.
        shape: the shape, as users write it.
        category: what counts as output.
        machine: name of the machine.
        trials: the number of trials that have ended.
        cycles: the fewest cycles of any trial; ``None`` if no trial led to a program.
        bound: the bound of the graph of that trial.
        entry: the id of an entry with ``cycles`` cycles: from this run, else the leaderboard's best.
        is_record: whether this run has put ``entry`` on the leaderboard.
        is_standing: whether ``entry`` is the leaderboard's best now that the sweep has ended.
        standing: the cycles of the leaderboard's best entry.
    """

    problem: str
    shape: str
    category: str
    machine: str
    trials: int
    cycles: int | None
    bound: Bound | None
    entry: str | None
    is_record: bool
    is_standing: bool
    standing: int | None

    @property
    def title(self) -> str:
        """The task, in words."""
        return f"{self.problem} {self.shape} {self.category} on {self.machine}"

    @property
    def gap(self) -> float | None:
        """How far above the bound the cycles may be, as a fraction of the bound."""
        return None if self.cycles is None or self.bound is None else self.cycles / max(1, self.bound.cycles) - 1

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "problem": self.problem,
            "shape": self.shape,
            "category": self.category,
            "machine": self.machine,
            "points": self.trials,
            "cycles": self.cycles,
            "bound": self.bound.cycles if self.bound else None,
            "bound_argument": self.bound.argument if self.bound else None,
            "entry": self.entry,
            "record": self.is_record,
        }


@dataclass(frozen=True)
class SweepOutcome:
    """The outcome of a sweep.

    Attributes:
        progress: the state of the sweep at its end.
        reason: why the sweep has finished; ``None`` if it was interrupted.
        studies: the outcomes of its studies.
        journal: the path of its journal.
    """

    progress: SweepProgress
    reason: Reason | None
    studies: tuple[StudyOutcome, ...]
    journal: Path


def study_outcome(study: StudyRun, commits: Commits, board: Leaderboard) -> StudyOutcome:
    """What a study came to, its results being on the leaderboard."""
    key = task_key(study.task)
    best, trials = study.state.best, len(study.state.cycles)
    standing = board.best_for(study.task)
    entry, is_record = None, False
    if best is not None:
        if commits.entry is not None and commits.entry.cycles == best.cycles:
            entry, is_record = commits.entry.id, commits.is_record
        elif standing is not None and standing.cycles == best.cycles:
            entry = standing.id
    found = (None, None) if best is None else (best.cycles, best.bound)
    is_standing = standing is not None and standing.id == entry
    return StudyOutcome(*key, trials, *found, entry, is_record, is_standing, standing.cycles if standing else None)


def summary_record(sweep: SweepFile, outcome: SweepOutcome, spent: Tally) -> dict[str, Any]:
    """A run of a sweep for the journal of all searches; schedules, failures and seconds are those of this run alone.

    As in the lines of other runs, schedules are list schedules tried; what a sweep calls a trial is a point here.  The
    curve of a study is over its trials in all runs of the sweep, in the order in which they ended.
    """
    progress = outcome.progress
    studies = zip(outcome.studies, progress.studies, strict=True)
    return {
        "kind": "sweep",
        "time": now(),
        "sweep": sweep.name,
        "studies": [{**study.to_json(), "curve": [list(step) for step in stood.curve]} for study, stood in studies],
        "seed": sweep.seed,
        "schedules": spent.schedules,
        "points": spent.trials,
        "seconds": round(progress.seconds, 1),
        "workers": progress.workers,
        "failures": dict(spent.failures),
        "reason": outcome.reason.value if outcome.reason else None,
        "interrupted": outcome.reason is None,
    }
