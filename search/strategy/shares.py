"""What each step gets of a budget: its share, and what others leave of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.analysis.prepared_graph import PreparedGraph
from search.strategy.budget import Budget
from search.strategy.stage import Measure
from search.strategy.step import Step


@dataclass(frozen=True)
class Spent:
    """What the steps so far have spent.

    Attributes:
        seconds: of wall time.
        schedules: tried, or given for deterministic time.
    """

    seconds: float
    schedules: int


def part_of(
    steps: Sequence[Step], place: int, budget: Budget, spent: Spent, prepared: PreparedGraph | None = None
) -> Budget:
    """The part of the step at a place.

    It gets its share and what the steps before it have left; of schedules also the shares of the steps after it, if
    none of these has a use for any.

    Args:
        steps: all of them.
        place: of the step among them.
        budget: of all steps.
        spent: by the steps before.
        prepared: the graph that the step begins with, where there is one.
    """
    step = steps[place]
    before = [each for each in steps[:place] if _suits(each, prepared)]
    share = sum(each.seconds for each in before) + step.seconds
    seconds = None if budget.seconds is None else max(0.0, share * budget.seconds - spent.seconds)
    if budget.schedules is None:
        return Budget(seconds, work=_work(step, budget, 0, prepared))
    begin = sum(each.schedules for each in before)
    end = begin + step.schedules
    own = round(end * budget.schedules) - round(begin * budget.schedules)
    if step.keeps_to_share:
        return Budget(seconds, own, _work(step, budget, budget.schedules, prepared))
    end += _unusable(steps[place + 1 :], budget, prepared)
    schedules = max(0, round(end * budget.schedules) - spent.schedules)
    more = round((schedules - own) / step.schedules, 6) if step.schedules else 0.0  # whole windows stay whole
    return Budget(seconds, schedules, _work(step, budget, budget.schedules + more, prepared))


def _unusable(after: Sequence[Step], budget: Budget, prepared: PreparedGraph | None) -> float:
    """The shares of schedules of the steps that follow; none where one of them has a use for its own."""
    following = [each for each in after if _suits(each, prepared)]
    if any(_can_spend(each, budget, prepared) for each in following):
        return 0.0
    return sum(each.schedules for each in following)


def _can_spend(step: Step, budget: Budget, prepared: PreparedGraph | None) -> bool:
    """Whether schedules, or the work that stands for them, make a step do more."""
    match step.stage.measure:
        case Measure.SCHEDULES:
            return step.schedules > 0
        case Measure.WORK:
            return step.schedules > 0 and _work(step, budget, budget.schedules or 0, prepared) != 0
    return False


def _work(step: Step, budget: Budget, schedules: float, prepared: PreparedGraph | None) -> float | None:
    """The deterministic time of a step where a budget counts so many schedules; none where seconds limit it."""
    if budget.seconds is not None:
        return None
    return step.counted_work(schedules, prepared) if budget.work is None else budget.work


def _suits(step: Step, prepared: PreparedGraph | None) -> bool:
    """Whether a step is for the graph; where there is none yet, it may be."""
    return prepared is None or step.size.suits(prepared)
