"""The stage that justifies the incumbent."""

from dataclasses import dataclass

from search.scheduling.justification import justify
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Stage, StageEnd


@dataclass(frozen=True)
class JustificationStage(Stage):
    """Backward and forward passes of list scheduling; it takes a fraction of a second, whatever the budget."""

    name = "justification"
    summary = "schedules backward from the end, then forward in that order, while it gains"

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        assert start is not None
        return StageEnd(start.with_incumbent(justify(start.prepared, start.incumbent)))
