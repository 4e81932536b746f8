"""What a stage of a search is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from problems.knobs import Knob, KnobValue, default_settings
from search.cpsat.exact import ExactResult
from search.cpsat.window_passes import WindowProgress
from search.processes.workers import Runner
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.tasks.rewriting_knob import USUAL_AIM, rewrite_knob
from search.tasks.task import Task, TaskName


class StageEnding(Enum):
    """Why a stage ended: it was through, time cut it short (so that it may end elsewhere next time), or Ctrl-C."""

    COMPLETED = "completed"
    CUT_SHORT = "cut short"
    INTERRUPTED = "interrupted"


class Measure(Enum):
    """How the budget of a stage is counted where time plays no part."""

    SCHEDULES = "list schedules"
    WORK = "deterministic time"
    TIME = "time alone, so that it does nothing"
    NOTHING = "nothing"


@dataclass(frozen=True)
class StageEnd:
    """What a stage came to.

    Attributes:
        solution: no worse than the one it started from; ``None`` if there is still none.
        ending: why it ended.
        detail: more about a stage of CP-SAT.
    """

    solution: Solution | None
    ending: StageEnding = StageEnding.COMPLETED
    detail: ExactResult | WindowProgress | None = None


@dataclass(frozen=True)
class Context:
    """What the stages of a search have in common.

    Attributes:
        task: what programs are for.
        name: the same, as it travels to workers.
        fixed: knobs that keep a value.
        seed: of everything drawn at random.
        runner: runs what can run elsewhere.
        rewrite: whether graphs are rewritten.
    """

    task: Task
    name: TaskName
    fixed: Mapping[str, KnobValue]
    seed: str
    runner: Runner
    rewrite: bool = False

    @property
    def knobs(self) -> tuple[Knob, ...]:
        """What a search may choose: the problem's knobs and, where graphs are rewritten, to what end."""
        task = self.task
        declared = task.problem.knobs(task.shape, task.category, task.machine)
        return (*declared, rewrite_knob(USUAL_AIM)) if self.rewrite else declared

    @property
    def settings(self) -> dict[str, KnobValue]:
        """The value of every knob where nothing chooses others: fixed, or the default."""
        return default_settings(self.knobs) | dict(self.fixed)

    @property
    def threads(self) -> int:
        """Of a solver."""
        return self.runner.threads

    @property
    def solver_seed(self) -> int:
        """The seed as solvers take it; 0 for one that is no number."""
        return int(self.seed) % (1 << 31) if self.seed.isdecimal() else 0


class Stage(ABC):
    """From a solution to one that is no worse; subclasses are frozen dataclasses whose fields are their options.

    Attributes:
        name: as users write it and as entries name it.
        summary: one line for people.
        measure: what of its budget counts where time plays no part.
        needs_start: whether it improves on a schedule of one graph, and so needs one to start from.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    measure: ClassVar[Measure] = Measure.NOTHING
    needs_start: ClassVar[bool] = True

    @abstractmethod
    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        """Search until the budget is spent; what has been found when Ctrl-C comes is kept, or the start stands.

        Args:
            context: the task, and where to run.
            start: the best so far; never ``None`` for a stage that needs a start.
            budget: of this stage alone.
            watch: is told of progress while the stage runs; of what the stage came to, the pipeline tells it.
        """
