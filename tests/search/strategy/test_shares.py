"""What each step gets of a budget: shares of schedules that a step leaves, or cannot use, go to others."""

import pytest

from search.analysis.prepared_graph import PreparedGraph
from search.strategy import step as step_module
from search.strategy.budget import Budget
from search.strategy.registry import STAGES
from search.strategy.shares import Spent, part_of
from search.strategy.stage import Measure
from search.strategy.stages.windows_stage import WINDOW_WORK
from search.strategy.step import SEARCH_STEPS, Step, parse_steps
from tests.search.strategy.cases import start_of


def spent_by(steps: tuple[Step, ...], schedules: int, prepared: PreparedGraph) -> list[int]:
    """What each step spends if it has a use for all that it gets, the first without a graph; work by schedules."""
    spent: list[int] = []
    for place, step in enumerate(steps):
        part = part_of(steps, place, Budget(schedules=schedules), Spent(0.0, sum(spent)), prepared if place else None)
        spends = step.stage.measure is Measure.SCHEDULES or (step.stage.measure is Measure.WORK and part.work)
        spent.append((part.schedules or 0) if spends and step.size.suits(prepared) else 0)
    return spent


@pytest.mark.parametrize(
    ("stages", "schedules", "spent"),
    [
        ("random,justification,moves", 30, [10, 0, 20]),
        ("random,moves,justification", 30, [10, 20, 0]),
        ("random,moves,windows", 30, [10, 20, 0]),  # too few for a window
        ("random,moves,windows", 3000, [1000, 1000, 1000]),
        ("random,windows", 30, [30, 0]),
        ("random,bound,justification", 30, [30, 0, 0]),
        ("random:0.3,moves:0.2", 30, [9, 6]),  # the rest is nobody's share
        ("random:0.5,moves:0,justification:0.5", 30, [30, 0, 0]),
        ("random:0.5,exact:0.25,moves:0.25", 8, [4, 0, 4]),  # too few for a model of the graph
    ],
)
def test_schedules_that_a_step_has_no_use_for_go_to_the_next_that_has_or_else_to_the_last(
    stages: str, schedules: int, spent: list[int]
) -> None:
    assert spent_by(parse_steps(stages), schedules, start_of().prepared) == spent


def test_a_stage_that_has_tried_less_leaves_the_rest() -> None:
    steps, prepared = parse_steps("moves:0.5,random:0.3,moves:0.2"), start_of().prepared
    parts = [part_of(steps, 2, Budget(schedules=100), Spent(0.0, spent), prepared) for spent in (80, 48, 100, 120)]
    assert [part.schedules for part in parts] == [20, 52, 0, 0]


def test_schedules_that_are_left_buy_more_work() -> None:
    prepared, budget = start_of().prepared, Budget(schedules=3000)
    own = part_of(parse_steps("random,windows,windows"), 1, budget, Spent(0.0, 1000), prepared)
    more = part_of(parse_steps("random,justification,windows"), 2, budget, Spent(0.0, 1000), prepared)
    assert (own.work, more.work) == (WINDOW_WORK, 2 * WINDOW_WORK)
    alone = part_of(parse_steps("exact"), 0, budget, Spent(0.0, 0), prepared)
    after = part_of(parse_steps("justification,exact"), 1, budget, Spent(0.0, 0), prepared)
    assert after.work == alone.work == pytest.approx(18.0)


@pytest.mark.parametrize("schedules", [64, 999, 4000])
@pytest.mark.parametrize("is_small", [True, False])
def test_the_usual_stages_get_their_shares_alone(
    schedules: int, is_small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody leaves any, so that what former versions have recorded is what is done today."""
    monkeypatch.setattr(step_module, "is_small", lambda prepared: is_small)
    prepared, half = start_of().prepared, round(0.5 * schedules)
    shares = [0, half, schedules - half, 0, 0, 0] if is_small else [0, half, 0, 0, schedules - half, 0]
    assert spent_by(SEARCH_STEPS, schedules, prepared) == shares
    for place in (2, 5):
        part = part_of(SEARCH_STEPS, place, Budget(schedules=schedules), Spent(0.0, sum(shares[:place])), prepared)
        assert part.work == SEARCH_STEPS[place].counted_work(schedules, prepared)


def test_a_step_of_a_former_recipe_keeps_to_its_share() -> None:
    steps = tuple(Step(STAGES[name](), 1 / 3, 1 / 3, keeps_to_share=True) for name in ("random", "plan", "moves"))
    parts = [part_of(steps, place, Budget(schedules=100), Spent(0.0, 0), None) for place in range(3)]
    assert [part.schedules for part in parts] == [33, 34, 33]


def test_time_that_steps_leave_goes_to_the_next() -> None:
    steps, prepared = parse_steps("list:0.5,justification:0.25,moves:0.25"), start_of().prepared
    parts = [part_of(steps, place, Budget(8.0, 100), Spent(1.0 * place, 0), prepared) for place in range(3)]
    assert [part.seconds for part in parts] == [4.0, 5.0, 6.0]
    assert [part.work for part in parts] == [None] * 3
