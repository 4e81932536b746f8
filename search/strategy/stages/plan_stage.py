"""The stage that plans the knobs before anything is drawn at random."""

from collections.abc import Mapping
from dataclasses import dataclass

from problems.knobs import Knob, KnobValue
from search.errors import TrialError
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.strategy.budget import Budget
from search.strategy.planning import Change, Work, best_parts, cycles_of, measure_work, other_values, planned
from search.strategy.progress import Watch
from search.strategy.solution import Solution, list_solution, shorter
from search.strategy.stage import Context, Stage, StageEnd, StageEnding
from search.strategy.stopwatch import Stopwatch
from search.tasks.building import build_prepared


@dataclass(frozen=True)
class PlanStage(Stage):
    """A setting of the knobs by a linear program over their work, and a list schedule of its graph, justified.

    Attributes:
        rounds: plans, each from where the one before it led, at the most.
    """

    name = "plan"
    summary = "sets the knobs by a linear program over the work of the graphs that they give"
    needs_start = False

    rounds: int = 3

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        """Plan, from the knobs of ``start`` or the defaults; see :class:`~search.strategy.stage.Stage`.

        Raises:
            TrialError: neither the plan nor the setting it began with leads to a schedule.
        """
        planner = Planner(context, Stopwatch(budget.seconds))
        begin = start.knobs if start else context.settings
        solution = start

        def best() -> Solution | None:
            return solution

        try:
            for setting in planner.settings(begin, self.rounds):
                if solution is not None and setting == solution.knobs:
                    continue
                solution = shorter(solution, _scheduled(context, setting))
                watch.progress.schedules += 1
                if solution is not None:
                    watch.note(solution.cycles, solution.bound, best)
                watch()
        except KeyboardInterrupt:
            return StageEnd(solution, StageEnding.INTERRUPTED)
        if solution is None:
            solution = list_solution(build_prepared(context.task, begin), begin, default_policy(context.task.machine))
        return StageEnd(solution, StageEnding.CUT_SHORT if planner.was_cut_short else StageEnding.COMPLETED)


class Planner:
    """Settings of the knobs, each with less work than the one before."""

    def __init__(self, context: Context, stopwatch: Stopwatch) -> None:
        self._context = context
        self._stopwatch = stopwatch
        self._knobs = [knob for knob in context.knobs if knob.name not in context.fixed]
        self.was_cut_short = False

    def settings(self, begin: Mapping[str, KnobValue], rounds: int) -> list[dict[str, KnobValue]]:
        """The setting it begins with, then plans, as long as their work gets less."""
        found = [dict(begin)]
        machine = self._context.task.machine
        work = measure_work(self._context.name, begin)
        for _ in range(rounds):
            if work is None or self._stopwatch.is_over:
                break
            changes = self._changes(found[-1], work)
            setting = planned(found[-1], changes, best_parts(work, changes, machine))
            after = measure_work(self._context.name, setting)
            if after is None or cycles_of(after, machine) >= cycles_of(work, machine):
                break
            found.append(setting)
            work = after
        self.was_cut_short = self._stopwatch.is_over
        return found

    def _changes(self, setting: Mapping[str, KnobValue], work: Work) -> list[Change]:
        """What each other value of a knob does to the work, of those that do anything."""
        asked: list[tuple[Knob, KnobValue, int]] = [
            (knob, value, extent) for knob in self._knobs for value, extent in other_values(knob, setting[knob.name])
        ]
        name, runner, futures = self._context.name, self._context.runner, []
        for knob, value, _ in asked:
            if self._stopwatch.is_over:  # where there are no workers, each is measured as soon as it is submitted
                break
            futures.append(runner.submit(measure_work, name, {**setting, knob.name: value}))
        changes = []
        for (knob, value, extent), future in zip(asked, futures, strict=False):
            if self._stopwatch.is_over:
                future.cancel()
                continue
            found = future.result()
            if found is not None and found != work:
                difference = {kind: found[kind] - work[kind] for kind in {*found, *work} if found[kind] != work[kind]}
                changes.append(Change(knob, value, extent, difference))
        return changes


def _scheduled(context: Context, setting: dict[str, KnobValue]) -> Solution | None:
    """A list schedule by the default policy, justified; ``None`` where there is none."""
    try:
        listed = list_solution(build_prepared(context.task, setting), setting, default_policy(context.task.machine))
    except TrialError:
        return None
    return listed.with_incumbent(justify(listed.prepared, listed.incumbent))
