"""The stage that list schedules one graph."""

import math
import time
from dataclasses import dataclass
from random import Random

from machine.errors import SlotsmithError
from search.bounds.proving import prove_bound
from search.scheduling.incumbent import incumbent_of
from search.scheduling.policy import Policy
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution, shorter
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding
from search.tasks.building import build_prepared

_SCHEDULES = 200
"""Where the budget does not count them."""

_LEAST_SECONDS = 1.0
"""For schedules of large graphs after the first, where the budget leaves no time for this stage."""


@dataclass(frozen=True)
class ListStage(Stage):
    """List schedules of the graph that the fixed knobs give, on a walk over policies.

    Attributes:
        policy: the first to try; ``None`` for the default.
    """

    name = "list"
    summary = "list schedules of one graph, on a walk over policies"
    measure = Measure.SCHEDULES
    needs_start = False

    policy: Policy | None = None

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        """Search; see :class:`~search.strategy.stage.Stage`.

        Raises:
            TrialError: all schedules led to nothing, and there is no start.
        """
        if start and start.is_optimal:
            return StageEnd(start)
        prepared = start.prepared if start else build_prepared(context.task, context.settings)
        knobs = start.knobs if start else context.settings
        walk = PolicyWalk(prepared.machine, self.policy, Random(context.seed))
        schedules = _SCHEDULES if budget.schedules is None else max(1, budget.schedules)
        seconds = math.inf if budget.seconds is None else max(_LEAST_SECONDS, budget.seconds)
        try:
            policy, decision = best_of_walk(
                prepared, walk, schedules, watch.progress.failures, time.monotonic() + seconds
            )
        except SlotsmithError:
            if start is None:
                raise
            return StageEnd(start)
        finally:
            watch.progress.schedules += walk.tried
        bound = start.bound if start else prove_bound(prepared)
        incumbent = incumbent_of(prepared.flat, decision, policy.engine_order)
        ending = StageEnding.COMPLETED if walk.tried == schedules else StageEnding.CUT_SHORT
        return StageEnd(shorter(start, Solution(knobs, policy, prepared, incumbent, bound)), ending)
