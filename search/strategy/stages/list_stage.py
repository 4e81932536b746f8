"""The stage that list schedules one graph."""

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
from search.strategy.stage import Context, Measure, Stage, StageEnd
from search.tasks.building import build_prepared

_SCHEDULES = 200
"""Where the budget does not count them."""


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
        prepared = start.prepared if start else build_prepared(context.task, context.settings)
        knobs = start.knobs if start else context.settings
        walk = PolicyWalk(prepared.machine, self.policy, Random(context.seed))
        schedules = _SCHEDULES if budget.schedules is None else max(1, budget.schedules)
        watch.progress.schedules += schedules
        try:
            policy, decision = best_of_walk(prepared, walk, schedules, watch.progress.failures)
        except SlotsmithError:
            if start is None:
                raise
            return StageEnd(start)
        bound = start.bound if start else prove_bound(prepared)
        incumbent = incumbent_of(prepared.flat, decision, policy.engine_order)
        return StageEnd(shorter(start, Solution(knobs, policy, prepared, incumbent, bound)))
