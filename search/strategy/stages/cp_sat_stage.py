"""The stage that gives CP-SAT as much of the graph as it can take."""

from dataclasses import dataclass

from search.cpsat.granularity import is_small
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.windows_stage import WindowsStage


@dataclass(frozen=True)
class CpSatStage(Stage):
    """A small graph is solved whole, a large one window by window."""

    name = "cp-sat"
    summary = "exact for a small graph, windows for a large one"
    measure = Measure.WORK

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        assert start is not None
        stage = ExactStage() if is_small(start.prepared) else WindowsStage()
        return stage.run(context, start, budget, watch)
