"""The stage that proves a bound of the graph, and leaves its schedule."""

from dataclasses import dataclass, replace

from search.bounds.bound import Bound
from search.bounds.proving import prove_by_multipliers
from search.solver.solve_outcome import SolveLimits
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding


@dataclass(frozen=True)
class BoundStage(Stage):
    """A bound by multipliers, which graphs too large for counting and exact solving have, too.

    Its solver knows time alone: where schedules are counted, it does nothing.
    """

    name = "bound"
    summary = "proves a bound by prices of slots over time"
    measure = Measure.TIME

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        assert start is not None
        if budget.seconds is None:
            return StageEnd(start)
        limits = SolveLimits(budget.seconds, workers=context.threads)
        solution = start

        def tell(bound: Bound) -> None:
            nonlocal solution
            solution = replace(start, bound=bound)
            watch.note(solution.cycles, bound)
            watch()

        try:
            tell(prove_by_multipliers(start.prepared, start.bound, start.cycles, limits, tell))
        except KeyboardInterrupt:
            return StageEnd(solution, StageEnding.INTERRUPTED)
        return StageEnd(solution, StageEnding.CUT_SHORT)
