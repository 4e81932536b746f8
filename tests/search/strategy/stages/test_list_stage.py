"""List schedules of one graph: a walk over policies that begins where it is told to."""

from collections import Counter
from random import Random

import pytest

from search.errors import ScratchExceededError
from search.scheduling.policy import sample_policy
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from search.strategy.budget import Budget
from search.strategy.solution import list_solution
from search.strategy.stage import StageEnding
from search.strategy.stages import list_stage
from search.strategy.stages.list_stage import ListStage
from tests.search.cases import TAKEHOME
from tests.search.problems import task_name
from tests.search.strategy.cases import assert_sound, context_of, essence, run_stage, start_of, watched


@pytest.mark.parametrize("schedules", [1, 7, 40])
def test_it_is_the_best_of_a_walk_over_as_many_policies_as_its_budget_counts(schedules: int) -> None:
    watch = watched()
    solution = run_stage(ListStage(), Budget(schedules=schedules), context=context_of(seed=4), watch=watch).solution
    assert solution is not None
    walk = PolicyWalk(TAKEHOME, None, Random("4"))
    policy, decision = best_of_walk(solution.prepared, walk, schedules, Counter())
    assert (solution.policy, essence(solution.incumbent.decision)) == (policy, essence(decision))
    assert watch.progress.schedules == schedules
    assert_sound(solution)


def test_a_budget_without_schedules_is_one_and_one_that_does_not_count_them_two_hundred() -> None:
    for budget, schedules in ((Budget(schedules=0), 1), (Budget(5.0), 200)):
        watch = watched()
        run_stage(ListStage(), budget, watch=watch)
        assert watch.progress.schedules == schedules


def test_time_ends_it_after_the_first_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_stage, "_LEAST_SECONDS", 0.0)
    watch = watched()
    end = run_stage(ListStage(), Budget(0.0), watch=watch)
    assert (watch.progress.schedules, end.ending) == (1, StageEnding.CUT_SHORT)
    assert end.solution is not None
    assert_sound(end.solution)


def test_a_policy_that_is_given_is_tried_first() -> None:
    policy = sample_policy(TAKEHOME, Random(1))
    solution = run_stage(ListStage(policy), Budget(schedules=1)).solution
    assert solution is not None
    assert solution.policy == policy


def test_fixed_knobs_give_the_graph_and_a_start_gives_its_own() -> None:
    context = context_of(fixed={"select.0.1": "none"})
    solution = run_stage(ListStage(), Budget(schedules=4), context=context).solution
    assert solution is not None
    assert solution.knobs["select.0.1"] == "none"
    start = start_of()
    again = run_stage(ListStage(), Budget(schedules=40), context=context, start=start).solution
    assert again is not None
    assert (again.prepared, again.knobs) == (start.prepared, start.knobs)
    assert again.cycles <= start.cycles


def test_a_start_that_no_list_schedule_beats_stands() -> None:
    start = start_of()
    assert start.policy is not None
    assert run_stage(ListStage(start.policy), Budget(schedules=1), start=start).solution is start
    assert list_solution(start.prepared, start.knobs, start.policy).cycles == start.cycles


def test_where_all_lead_to_nothing_the_last_says_why() -> None:
    watch = watched()
    context = context_of(task_name("Choosy"), fixed={"kind": "large"})
    with pytest.raises(ScratchExceededError):
        run_stage(ListStage(), Budget(schedules=5), context=context, watch=watch)
    assert watch.progress.failures == {"ScratchExceededError": 5}
