"""Solutions: a schedule is only ever exchanged for a shorter one."""

from dataclasses import replace

from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.scheduling.decide import decide
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.strategy.solution import shorter
from tests.search.cases import TAKEHOME
from tests.search.strategy.cases import assert_sound, essence, start_of


def test_a_list_solution_is_what_its_policy_leads_to() -> None:
    start = start_of()
    assert start.policy == default_policy(TAKEHOME)
    assert essence(start.incumbent.decision) == essence(decide(start.prepared, default_policy(TAKEHOME)))
    assert start.incumbent.engine_order == default_policy(TAKEHOME).engine_order
    assert start.bound == lower_bound(start.prepared)
    assert_sound(start)


def test_only_a_shorter_incumbent_takes_the_place_of_another() -> None:
    start = start_of()
    better = justify(start.prepared, start.incumbent)
    assert better.cycles < start.cycles
    assert start.with_incumbent(better) == replace(start, incumbent=better)
    assert start.with_incumbent(replace(start.incumbent)) is start
    assert start.with_incumbent(better).with_incumbent(start.incumbent).incumbent is better


def test_a_solution_is_optimal_where_schedule_and_bound_meet() -> None:
    assert not start_of().is_optimal
    assert replace(start_of(), bound=Bound(start_of().cycles, "a proof")).is_optimal


def test_the_shorter_of_two_is_the_first_where_they_are_as_long() -> None:
    start = start_of()
    better = start.with_incumbent(justify(start.prepared, start.incumbent))
    assert shorter(start, better) is shorter(better, start) is better
    assert shorter(start, again := replace(start)) is start
    assert shorter(None, again) is shorter(again, None) is again
    assert shorter(None, None) is None
