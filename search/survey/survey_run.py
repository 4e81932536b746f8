"""Searches each problem of the suite at its shapes on some machines, row by row; rows that are finished stay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase

from machine.errors import SlotsmithError, UserError, printable
from machine.model import Machine
from machine.nearest import did_you_mean
from problems.suite.catalogue import CATALOGUE
from search.board.entry import Entry, graph_as_recorded
from search.board.leaderboard import Leaderboard
from search.processes.workers import Runner
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.session import NothingFoundError, Outcome, SessionSettings, improve, search
from search.strategy.stages.bound_stage import BoundStage
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.moves_stage import MovesStage
from search.strategy.stages.plan_stage import PlanStage
from search.strategy.stages.random_stage import RandomStage
from search.strategy.stages.windows_stage import WindowsStage
from search.strategy.step import PATIENCE, GraphSize, Step
from search.survey.survey_row import MOST_NOTE, RowState, SurveyRow
from search.survey.survey_table import SurveyTable
from search.tasks.task import Task, TaskName, resolve_task

_FIRST_STEPS = (
    Step(PlanStage(), seconds=0.15),
    Step(RandomStage(patience=PATIENCE), seconds=0.2),
    Step(MovesStage(), seconds=0.15, size=GraphSize.SMALL),
    Step(ExactStage(), seconds=0.5, size=GraphSize.SMALL),
    Step(BoundStage(), seconds=0.2, size=GraphSize.LARGE),
    Step(MovesStage(), seconds=0.35, size=GraphSize.LARGE),
    Step(WindowsStage(), seconds=0.1, size=GraphSize.LARGE),
)
"""As in any search, but with moves before a small graph is solved exactly, and a bound of a large one."""

_AGAIN_STEPS = (
    Step(MovesStage(), seconds=0.2, size=GraphSize.SMALL),
    Step(ExactStage(), seconds=0.8, size=GraphSize.SMALL),
    Step(JustificationStage(), size=GraphSize.LARGE),
    Step(MovesStage(), seconds=0.5, size=GraphSize.LARGE),
    Step(BoundStage(), seconds=0.4, size=GraphSize.LARGE),
    Step(WindowsStage(), seconds=0.1, size=GraphSize.LARGE),
)
"""From the best schedule of an earlier run: moves, then its graph exactly if it is small; else a bound and windows.

A large graph is justified before its moves.
"""


class Again(Enum):
    """Which finished rows are searched again: none, those without a proof that have had less time, or all."""

    NONE = "none"
    UNPROVEN = "unproven"
    ALL = "all"


@dataclass(frozen=True)
class SurveySettings:
    """How to search each row.

    Attributes:
        seconds: the most for a row.
        workers: processes that search it; 0 for the one that asks.
        inputs: on which winners are validated.
        seed: of everything drawn at random.
        again: which finished rows are searched again.
        rewrite: whether graphs are rewritten.
    """

    seconds: float
    workers: int
    inputs: int
    seed: int
    again: Again
    rewrite: bool = False


@dataclass(frozen=True)
class SurveyTask:
    """A row that is to be searched."""

    task: Task
    name: TaskName

    @property
    def key(self) -> tuple[str, str, str]:
        """As that of its row."""
        return self.task.problem.name, self.name.shape, self.task.machine.name

    @property
    def digests(self) -> tuple[str, str]:
        """What its row depends on."""
        return self.task.problem.digest(), self.task.machine.digest


def survey_tasks(patterns: Sequence[str], machines: Sequence[Machine]) -> list[SurveyTask]:
    """The suite's problems whose names match one of the patterns (all if there are none), at each shape and machine.

    Raises:
        UserError: a pattern matches no problem.
    """
    names = [listed.problem.name for listed in CATALOGUE]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UserError(f"no problem of the suite matches '{pattern}'{did_you_mean(pattern, names)}")
    chosen = [each for each in CATALOGUE if _matches(each.problem.name, patterns)]
    return [
        SurveyTask(*resolve_task(listed.problem.name, shape, None, machine))
        for listed in chosen
        for machine in machines
        for shape in listed.shapes
    ]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


class Survey:
    """Searches rows and keeps the table.

    Args:
        settings: how to search each row.
        table: where rows are; those of tasks that the suite no longer has leave it.
        board: where programs are.

    Raises:
        UserError: the table is there and cannot be read.
    """

    def __init__(self, settings: SurveySettings, table: SurveyTable, board: Leaderboard) -> None:
        self._settings = settings
        self._table = table
        self._board = board
        self._rows = self._read()

    def _read(self) -> dict[tuple[str, str, str], SurveyRow]:
        listed = {(each.problem.name, shape) for each in CATALOGUE for shape in each.shapes}
        return {row.key: row for row in self._table.read() if row.key[:2] in listed}

    def row(self, task: SurveyTask) -> SurveyRow | None:
        """The row of a task, unless it is missing, or problem or machine have changed since."""
        found = self._rows.get(task.key)
        return found if found is not None and found.digests == task.digests else None

    def is_wanted(self, task: SurveyTask) -> bool:
        """Whether a task is to be searched."""
        row, settings = self.row(task), self._settings
        if row is None or not row.is_finished or settings.again is Again.ALL:
            return True
        has_had_less = row.effort < settings.seconds * max(1, settings.workers)
        return settings.again is Again.UNPROVEN and row.state is not RowState.PROVEN and has_had_less

    def search(self, task: SurveyTask, runner: Runner, watch: Watch) -> SurveyRow:
        """Search a row, and put it in the table, where other processes may have put rows meanwhile.

        Raises:
            KeyboardInterrupt: Ctrl-C; the table stays, and what has been found is on the board.
            UserError: the table cannot be read or written.
        """
        note, has_failed = "", False
        try:
            is_interrupted = self._search(task, runner, watch).run.is_interrupted
        except SlotsmithError as error:
            note = printable(" ".join(str(error).split()))[:MOST_NOTE]
            has_failed = not isinstance(error, NothingFoundError)
            is_interrupted = isinstance(error, NothingFoundError) and error.is_interrupted
        if is_interrupted:
            raise KeyboardInterrupt
        with self._table.alone():
            self._rows = self._read()
            row = self._row(task, watch, note, has_failed=has_failed)
            self._rows[row.key] = row
            self._table.write(self._rows.values())
        return row

    def _search(self, task: SurveyTask, runner: Runner, watch: Watch) -> Outcome:
        """From nothing; or where the proof alone may be missing, from the program that there is."""
        settings, best = self._settings, self._start(task)
        steps = _FIRST_STEPS if best is None else _AGAIN_STEPS
        session = SessionSettings(
            steps, Budget(settings.seconds), settings.seed, settings.inputs, {}, rewrite=settings.rewrite
        )
        if best is None:
            return search(task.task, task.name, session, self._board, runner, watch)
        return improve(best, task.name, session, self._board, runner, watch)

    def _start(self, task: SurveyTask) -> Entry | None:
        """The program that a search goes on from, if any.

        None whose graph was built by another version, and is no longer; nor, where graphs are to be rewritten, one
        whose graph is not.
        """
        if self.row(task) is None or self._settings.again is not Again.UNPROVEN:
            return None
        best = self._board.best_for(task.name)
        if best is None or (self._settings.rewrite and best.rewriting is None):
            return None
        return None if graph_as_recorded(best, task.task) is None else best

    def _row(self, task: SurveyTask, watch: Watch, note: str, *, has_failed: bool) -> SurveyRow:
        before, entry = self.row(task), self._board.best_for(task.name)
        seconds = round(watch.progress.seconds + (0.0 if before is None else before.seconds), 1)
        limit = 0.0 if has_failed else self._settings.seconds
        row = SurveyRow(*task.key, None, 0, "", "", seconds, limit, self._settings.workers, task.digests, note)
        if before is not None and before.effort >= row.effort:
            row = replace(row, limit=before.limit, workers=before.workers)
        if entry is None:
            return row
        bound = entry.bound
        return replace(row, cycles=entry.cycles, bound=bound.cycles, argument=bound.argument, entry=entry.id)
