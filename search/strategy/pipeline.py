"""Runs stages one after the other, each from where the one before it ended."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from machine.errors import UserError
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.shares import Spent, part_of
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.strategy.step import Step


@dataclass(frozen=True)
class StageRun:
    """A stage that was run: its name, the cycles at its start (``None``: it had none) and what it came to."""

    name: str
    before: int | None
    end: StageEnd

    @property
    def after(self) -> int | None:
        """The cycles at its end."""
        return self.end.solution.cycles if self.end.solution else None


@dataclass(frozen=True)
class PipelineRun:
    """What a list of stages came to.

    Attributes:
        solution: the best; ``None`` if there is none.
        stages: those that were run.
    """

    solution: Solution | None
    stages: tuple[StageRun, ...]

    @property
    def method(self) -> str:
        """The stages that ran, in words."""
        return ", then ".join(run.name for run in self.stages)

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return any(run.end.ending is StageEnding.INTERRUPTED for run in self.stages)

    @property
    def is_repeatable(self) -> bool:
        """Whether time had no part in the result."""
        return all(run.end.ending is StageEnding.COMPLETED for run in self.stages)

    def uninterrupted(self) -> Solution | None:
        """The solution, for whoever has no use for half of a run.

        Raises:
            KeyboardInterrupt: Ctrl-C ended the stages.
        """
        if self.is_interrupted:
            raise KeyboardInterrupt
        return self.solution


def run_stages(
    context: Context, steps: Sequence[Step], start: Solution | None, budget: Budget, watch: Watch
) -> PipelineRun:
    """Run the steps that suit the graph, until one is interrupted or the time is over.

    Once there is a schedule and a step has run, no other begins after the time.  A schedule that is proven optimal is
    left alone by stages that only improve on the schedule of one graph.  What a step leaves of its share goes on to
    others (:func:`~search.strategy.shares.part_of`).

    Args:
        context: the task, and where to run.
        steps: in this order.
        start: a solution to begin with, if there is one.
        budget: of all of them, validation not included.
        watch: is told of progress.

    Raises:
        UserError: the budget limits neither time nor schedules, so that some stages would never end.
    """
    if budget.seconds is None and budget.schedules is None:
        raise UserError("give a search a time limit or a number of schedules")
    begun, solution = time.monotonic(), start
    runs: list[StageRun] = []
    schedules = 0
    for place, step in enumerate(steps):
        elapsed = time.monotonic() - begun
        if solution and runs and budget.seconds is not None and elapsed >= budget.seconds:
            break
        if not _is_for(step, solution):
            continue
        part = part_of(steps, place, budget, Spent(elapsed, schedules), solution.prepared if solution else None)
        if _is_nothing(part, step):
            continue
        before, tried = solution.cycles if solution else None, watch.progress.schedules
        end = _run_stage(step.stage, context, solution, part, watch)
        runs.append(StageRun(step.stage.name, before, end))
        solution = end.solution
        if end.ending is StageEnding.INTERRUPTED:
            break
        schedules += watch.progress.schedules - tried
        if step.stage.measure is Measure.WORK:
            schedules += part.schedules or 0
    return PipelineRun(solution, tuple(runs))


def _is_for(step: Step, start: Solution | None) -> bool:
    """Whether a step can begin with a solution, or without one."""
    if start is None:
        return not step.stage.needs_start
    return step.size.suits(start.prepared) and not (start.is_optimal and step.stage.needs_start)


def _run_stage(stage: Stage, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
    """Run a stage, and tell what it came to; Ctrl-C that it does not see to itself leaves its start."""
    end = StageEnd(start)
    try:
        watch.stage_begins(stage.name)
        end = stage.run(context, start, budget, watch)
        if end.solution is not None:
            watch.note(end.solution.cycles, end.solution.bound, lambda: end.solution)
        watch()
    except KeyboardInterrupt:
        return replace(end, ending=StageEnding.INTERRUPTED)
    return end


def _is_nothing(part: Budget, step: Step) -> bool:
    """Whether a step can do nothing with its part of the budget, or is for time alone."""
    has_no_work = step.stage.measure is Measure.WORK and part.work == 0
    is_for_time = step.is_for_time or step.stage.measure is Measure.TIME
    return has_no_work or (is_for_time and part.seconds is None)
