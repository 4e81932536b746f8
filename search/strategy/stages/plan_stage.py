"""The stage that plans the knobs before anything is drawn at random."""

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from problems.knobs import KnobValue
from search.strategy.batch_run import finding_solution
from search.strategy.budget import Budget
from search.strategy.plan_trial import TRIAL_SCHEDULES, Attempt, Trial, try_setting
from search.strategy.planning import Change, best_parts, other_values, planned
from search.strategy.progress import Watch
from search.strategy.settled_knobs import settled_knobs
from search.strategy.solution import Solution, shorter
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.strategy.stopwatch import Stopwatch


@dataclass(frozen=True)
class PlanStage(Stage):
    """A setting of the knobs by a linear program over their work and what schedules lose, as long as that gains.

    Attributes:
        rounds: plans, each from where the one before it led, at the most.
    """

    name = "plan"
    summary = "sets the knobs by a linear program over the work of the graphs that they give"
    measure = Measure.SCHEDULES
    needs_start = False

    rounds: int = 3

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        """Plan, from the knobs of ``start`` or the defaults; see :class:`~search.strategy.stage.Stage`."""
        planner = Planner(context, budget, watch)
        begin = (start.knobs if start else context.settings) | dict(context.fixed)
        solution = start

        def best() -> Solution | None:
            return solution

        try:
            for trial in planner.trials(begin, self.rounds):
                solution = shorter(solution, finding_solution(context.task, trial.found, trial.bound))
                if solution is not None:
                    watch.note(solution.cycles, solution.bound, best)
                watch()
        except KeyboardInterrupt:
            return StageEnd(solution, StageEnding.INTERRUPTED)
        return StageEnd(solution, StageEnding.CUT_SHORT if planner.was_cut_short else StageEnding.COMPLETED)


class Planner:
    """Tries settings of the knobs, each shorter than the one before.

    Attributes:
        was_cut_short: whether time was over before all that was asked for was tried.
    """

    def __init__(self, context: Context, budget: Budget, watch: Watch) -> None:
        self._context = context
        self._stopwatch = Stopwatch(budget.seconds)
        self._trials_left = math.inf if budget.schedules is None else max(1, budget.schedules // TRIAL_SCHEDULES)
        self._watch = watch
        settled = settled_knobs(context)
        self._knobs = [knob for knob in context.knobs if knob.name not in settled]
        self.was_cut_short = False

    def trials(self, begin: Mapping[str, KnobValue], rounds: int) -> Iterator[Trial]:
        """The setting it begins with, then the best of each round, as long as that is shorter."""
        best = self._try(begin, None)
        if best is None:
            return
        yield best
        for _ in range(rounds):
            if self._is_spent:
                break
            after = self._best_of_round(best)
            if after is None or after.cycles >= best.cycles:
                break
            yield after
            best = after
        self.was_cut_short = self._stopwatch.is_over

    def _best_of_round(self, start: Trial) -> Trial | None:
        """The shortest of what a plan and each of its changes alone lead to."""
        singles = self._single_changes(start)
        changes = [change for change, _ in singles if change.work or change.loss]
        parts = best_parts(start.work, changes, self._context.task.machine)
        setting = planned(start.found.knobs, changes, parts)
        found = [trial for _, trial in singles]
        is_new = all(setting != each.found.knobs for each in (start, *found))
        plan = self._try(setting, start.cycles) if is_new and self._trials_left > 0 else None
        return min((plan, *found) if plan else found, key=lambda trial: trial.cycles, default=None)

    def _single_changes(self, start: Trial) -> list[tuple[Change, Trial]]:
        """What each other value of a knob does, of those that lead to a schedule."""
        setting, futures = start.found.knobs, []
        asked = [(knob, *other) for knob in self._knobs for other in other_values(knob, setting[knob.name])]
        for knob, value, _ in asked:
            if self._is_spent:  # where there are no workers, each is tried as soon as it is submitted
                break
            futures.append(self._submit({**setting, knob.name: value}, start.cycles))
        changes = []
        for (knob, value, extent), future in zip(asked, futures, strict=False):
            if self._stopwatch.is_over:
                future.cancel()
            elif (trial := self._result(future)) is not None:
                kinds = {*trial.work, *start.work}
                work = {kind: more for kind in kinds if (more := trial.work[kind] - start.work[kind])}
                changes.append((Change(knob, value, extent, work, max(0.0, trial.idle - start.idle)), trial))
        return changes

    def _try(self, setting: Mapping[str, KnobValue], to_beat: int | None) -> Trial | None:
        return self._result(self._submit(setting, to_beat))

    @property
    def _is_spent(self) -> bool:
        """Whether no other setting is tried but a plan, which has the last trial."""
        return self._stopwatch.is_over or self._trials_left <= 1

    def _submit(self, setting: Mapping[str, KnobValue], to_beat: int | None) -> "Future[Attempt]":
        self._trials_left -= 1
        return self._context.runner.submit(try_setting, self._context.name, setting, to_beat, self._stopwatch.end)

    def _result(self, future: "Future[Attempt]") -> Trial | None:
        attempt = future.result()
        self._watch.progress.schedules += attempt.schedules
        self._watch.progress.failures.update(attempt.failures)
        self._watch()
        return attempt.trial
