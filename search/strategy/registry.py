"""The stages there are, by name.  A new one is a class in ``stages/`` and a line here."""

from collections.abc import Mapping

from search.strategy.stage import Stage
from search.strategy.stages.bound_stage import BoundStage
from search.strategy.stages.cp_sat_stage import CpSatStage
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.list_stage import ListStage
from search.strategy.stages.moves_stage import MovesStage
from search.strategy.stages.plan_stage import PlanStage
from search.strategy.stages.random_stage import RandomStage
from search.strategy.stages.windows_stage import WindowsStage

_STAGES: tuple[type[Stage], ...] = (
    PlanStage,
    RandomStage,
    ListStage,
    JustificationStage,
    MovesStage,
    WindowsStage,
    BoundStage,
    ExactStage,
    CpSatStage,
)

STAGES: Mapping[str, type[Stage]] = {stage.name: stage for stage in _STAGES}
