"""Steps: stages with the shares of the budget that they get, and the lists of steps that commands begin with."""

from dataclasses import dataclass
from enum import Enum

from machine.errors import UserError
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.granularity import is_small
from search.strategy.registry import STAGES
from search.strategy.stage import Stage
from search.strategy.stages.bound_stage import BoundStage
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.list_stage import ListStage
from search.strategy.stages.moves_stage import MovesStage
from search.strategy.stages.plan_stage import PlanStage
from search.strategy.stages.random_stage import RandomStage
from search.strategy.stages.windows_stage import WINDOW_WORK, WindowsStage

_COUNTED_TOGETHER = 1000
"""List schedules for which a step names its work and its windows."""

_EXACT_WORK = 6.0
"""Deterministic time of exact solving for so many schedules, where all of the budget is for it."""

_MODEL_WORK = 3e-4
"""Deterministic time for each slot of a graph, below which an exact solve is not worth building its model."""

PATIENCE = 500
"""Batches of a search: seconds for a small graph, and exact solving has a use for the rest; large ones take longer."""


class GraphSize(Enum):
    """The graphs that a step is for: any, or only those on one side of what exact solving can take in its stride."""

    ANY = "any"
    SMALL = "small"
    LARGE = "large"

    def suits(self, prepared: PreparedGraph) -> bool:
        """Whether a graph is of this size."""
        return self is GraphSize.ANY or (self is GraphSize.SMALL) == is_small(prepared)


@dataclass(frozen=True)
class Step:
    """A stage in a list of stages.

    Attributes:
        stage: the stage.
        seconds: its share of the time.
        schedules: its share of the list schedules, where they are counted.
        work: deterministic time for each thousand schedules of the whole budget, where these are counted and work is
            not.
        windows: likewise, windows.
        size: the graphs it is for.
        is_for_time: whether it is left out where time is no limit.
        keeps_to_share: whether it gets none of the schedules that others leave, as in recipes of former versions.
    """

    stage: Stage
    seconds: float = 0.0
    schedules: float = 0.0
    work: float = 0.0
    windows: float = 0.0
    size: GraphSize = GraphSize.ANY
    is_for_time: bool = False
    keeps_to_share: bool = False

    def counted_work(self, schedules: float, prepared: PreparedGraph | None) -> float:
        """Deterministic time where a budget counts so many schedules and no work.

        Whole windows only; and none where it is less than is worth a model of the graph, if that is known.
        """
        share = schedules / _COUNTED_TOGETHER
        solving = self.work * share
        is_worth_it = prepared is None or solving >= _least_work(prepared)
        return (solving if is_worth_it else 0.0) + WINDOW_WORK * int(self.windows * share)


def _least_work(prepared: PreparedGraph) -> float:
    """Deterministic time below which solving a graph, or a window of it, is not worth building the model."""
    return _MODEL_WORK * len(prepared.flat.slot_implementations) if is_small(prepared) else WINDOW_WORK


SEARCH_STEPS = (
    Step(PlanStage(), seconds=0.35, is_for_time=True),
    Step(RandomStage(patience=PATIENCE), seconds=0.15, schedules=0.5),
    Step(ExactStage(), seconds=0.5, schedules=0.5, work=0.5 * _EXACT_WORK, size=GraphSize.SMALL),
    Step(BoundStage(), seconds=0.25, size=GraphSize.LARGE),
    Step(MovesStage(), seconds=0.17, schedules=0.5, size=GraphSize.LARGE),
    Step(WindowsStage(), seconds=0.08, windows=1.0, size=GraphSize.LARGE),
)
"""Half for knobs and policies, which a plan begins where time is the limit; half for the best graph: exactly if it is
small; if not, a bound, moves and windows."""

SOLVE_STEPS = (Step(ExactStage(), seconds=1.0, work=_EXACT_WORK),)
"""An exact solve."""

IMPROVE_STEPS = (
    Step(JustificationStage()),
    Step(MovesStage(), seconds=0.8, schedules=1.0),
    Step(WindowsStage(), seconds=0.2, windows=1.0),
)
"""Moves on one graph, then windows."""


def parse_steps(text: str) -> tuple[Step, ...]:
    """The steps in ``name[:share],...``: stages in the order given; those without a share divide what is left.

    Raises:
        UserError: an unknown stage, or shares that are none or come to more than 1.
    """
    names, shares = zip(*(_named(part.strip()) for part in text.split(",")), strict=True)
    given = sum(share for share in shares if share is not None)
    if given > 1 + 1e-9:
        raise UserError(f"stages '{text}': the shares come to {given:g}, more than 1")
    rest = (1 - given) / max(1, shares.count(None))
    return tuple(
        _step(STAGES[name](), rest if share is None else share) for name, share in zip(names, shares, strict=True)
    )


def from_nothing(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps for a task that there is no schedule of yet: with a list schedule first, if the first needs a start."""
    return (Step(ListStage()), *steps) if steps[0].stage.needs_start else steps


def _step(stage: Stage, share: float) -> Step:
    if isinstance(stage, WindowsStage):
        return Step(stage, share, share, windows=share)
    return Step(stage, share, share, work=share * _EXACT_WORK)


def _named(part: str) -> tuple[str, float | None]:
    name, colon, share_text = part.partition(":")
    if name not in STAGES:
        raise UserError(f"there is no stage '{name}': use {', '.join(STAGES)}, as in random:0.5,moves:0.4,windows")
    if not colon:
        return name, None
    try:
        share = float(share_text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise UserError(f"stage {name}: its share of the budget is a number from 0 to 1, not '{share_text}'")
    return name, share


def format_steps(steps: tuple[Step, ...]) -> str:
    """The stages with their shares of the time, as :func:`parse_steps` reads them."""
    return ",".join(f"{step.stage.name}:{step.seconds!r}" for step in steps)
