"""The stage that solves a graph exactly."""

import time
from dataclasses import dataclass, replace

from search.cpsat.exact import ExactResult
from search.cpsat.granularity import solve_whole
from search.processes.isolate import FAILURES
from search.scheduling.incumbent import incumbent_of
from search.solver.solve_outcome import SolveLimits, SolverNews
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding

_REPEATABLE_SECONDS = 24 * 3600.0
"""Wall time for a solve that its work limits."""

_LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class ExactStage(Stage):
    """The whole graph as one model of CP-SAT, with bounds by counting before and after it."""

    name = "exact"
    summary = "solves the whole graph with CP-SAT, and proves a bound"
    measure = Measure.WORK

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        assert start is not None
        limits, begun = _limits(context, budget), time.monotonic()

        def tell(state: ExactResult) -> None:
            solution, watch.progress.solver = _solution(start, state), None
            watch.note(solution.cycles, solution.bound, lambda: solution)
            watch()

        def hear(news: SolverNews | None) -> None:
            watch.progress.solver = news or watch.progress.solver
            watch()

        result = solve_whole(start.prepared, start.incumbent.decision, limits, start.bound, tell, hear)
        is_late = time.monotonic() - begun >= limits.seconds
        ending = StageEnding.CUT_SHORT if is_late or _has_failed(result) else StageEnding.COMPLETED
        if result.is_interrupted:
            ending = StageEnding.INTERRUPTED
        return StageEnd(_solution(start, result), ending, result)


def _solution(start: Solution, result: ExactResult) -> Solution:
    """The start with the schedule and the bound that solving has led to."""
    incumbent = start.incumbent
    if result.decision is not incumbent.decision:
        incumbent = incumbent_of(start.prepared.flat, result.decision, incumbent.engine_order)
    return replace(start.with_incumbent(incumbent), bound=result.bound)


def _limits(context: Context, budget: Budget) -> SolveLimits:
    if budget.seconds is None:
        return SolveLimits(_REPEATABLE_SECONDS, deterministic_time=budget.work, workers=1, seed=context.solver_seed)
    seconds = max(_LEAST_SECONDS, budget.seconds)
    return SolveLimits(seconds, workers=context.threads, seed=context.solver_seed)


def _has_failed(result: ExactResult) -> bool:
    """Whether the solver ended in a way that another time it may not, or its schedule found no addresses."""
    return bool(result.refused) or (result.outcome is not None and result.outcome.status.value in FAILURES)
