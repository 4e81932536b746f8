"""Walks over policies: the shortest of what they lead to is kept, and what leads to nothing is counted."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest

from machine.graph.decision import Decision, Schedule
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.errors import AllocationError, ScheduleStuckError, ScratchExceededError
from search.scheduling import policy_walk as policy_walk_module
from search.scheduling.decide import decide
from search.scheduling.policy import Policy, default_policy, sample_policy
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from tests.search.cases import TAKEHOME, machines, needed_words, random_prepared, with_scratch

Outcome = int | Exception
"""The cycles of a schedule, or why there is none."""


class NotedWalk(PolicyWalk):
    """A walk that notes the policies it gives out and what it is told."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(TAKEHOME, None, Random(seed))
        self.asked: list[Policy] = []
        self.told: list[tuple[Policy, int]] = []

    def ask(self) -> Policy:
        self.asked.append(super().ask())
        return self.asked[-1]

    def tell(self, policy: Policy, cycles: int) -> None:
        self.told.append((policy, cycles))
        super().tell(policy, cycles)


def plan(monkeypatch: pytest.MonkeyPatch, outcomes: Sequence[Outcome]) -> None:
    """Whatever the policies, this is what they lead to, in turn."""
    coming = iter(outcomes)
    none = np.zeros(0, dtype=np.int64)

    def planned(prepared: PreparedGraph, policy: Policy) -> Decision:
        outcome = next(coming)
        if isinstance(outcome, Exception):
            raise outcome
        return Decision(Schedule(none, none, outcome), none)

    monkeypatch.setattr(policy_walk_module, "decide", planned)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_best_is_what_its_policy_leads_to_and_no_policy_of_the_walk_leads_to_less(machine: Machine) -> None:
    prepared = random_prepared(3, machine, 40)
    policy, best = best_of_walk(prepared, PolicyWalk(machine, None, Random(1)), 20, Counter())
    assert np.array_equal(decide(prepared, policy).schedule.cycles, best.schedule.cycles)
    again = PolicyWalk(machine, None, Random(1))
    lengths = []
    for _ in range(20):
        asked = again.ask()
        lengths.append(decide(prepared, asked).schedule.length)
        again.tell(asked, lengths[-1])
    assert best.schedule.length == min(lengths) < max(lengths)


def test_the_same_walk_from_the_same_seed_leads_to_the_same_and_another_elsewhere() -> None:
    prepared = random_prepared(3, TAKEHOME, 40)
    found = [best_of_walk(prepared, PolicyWalk(TAKEHOME, None, Random(seed)), 12, Counter()) for seed in (5, 5, 6)]
    assert found[0][0] == found[1][0] != found[2][0]
    assert np.array_equal(found[0][1].schedule.cycles, found[1][1].schedule.cycles)


def test_more_trials_are_never_worse() -> None:
    prepared = random_prepared(3, TAKEHOME, 40)
    walks = [(trials, PolicyWalk(TAKEHOME, None, Random(0))) for trials in (1, 2, 5, 12, 30)]
    lengths = [best_of_walk(prepared, walk, trials, Counter())[1].schedule.length for trials, walk in walks]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < lengths[0]


def test_one_trial_is_that_of_the_policy_the_walk_starts_from() -> None:
    prepared, start = random_prepared(3), sample_policy(TAKEHOME, Random(7))
    assert best_of_walk(prepared, PolicyWalk(TAKEHOME, start, Random(0)), 1, Counter())[0] == start
    first = best_of_walk(prepared, PolicyWalk(TAKEHOME, None, Random(0)), 1, Counter())[0]
    assert first == default_policy(TAKEHOME)


def test_of_equally_short_schedules_the_first_is_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [9, 7, 8, 7, 7])
    walk = NotedWalk()
    policy, best = best_of_walk(random_prepared(0), walk, 5, Counter())
    assert best.schedule.length == 7
    assert policy is walk.asked[1]


def test_the_walk_is_told_of_every_schedule_and_of_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [ScheduleStuckError("stuck"), 9, AllocationError("none"), 12])
    walk = NotedWalk()
    best_of_walk(random_prepared(0), walk, 4, Counter())
    assert len(walk.asked) == 4
    assert walk.told == [(walk.asked[1], 9), (walk.asked[3], 12)]


def test_failures_are_added_by_the_name_of_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [ScheduleStuckError("stuck"), 9, AllocationError("none"), 8, ScheduleStuckError("stuck")])
    failures = Counter({"ScheduleStuckError": 3, "WrongOutputError": 1})
    assert best_of_walk(random_prepared(0), NotedWalk(), 5, failures)[1].schedule.length == 8
    assert failures == {"ScheduleStuckError": 5, "AllocationError": 1, "WrongOutputError": 1}


def test_where_all_fail_the_last_error_is_raised_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [ScheduleStuckError("first"), AllocationError("last")])
    failures: Counter[str] = Counter()
    with pytest.raises(AllocationError, match="last"):
        best_of_walk(random_prepared(0), NotedWalk(), 2, failures)
    assert failures == {"ScheduleStuckError": 1, "AllocationError": 1}


def test_a_graph_that_does_not_fit_scratch_fails_once_a_trial() -> None:
    roomy = random_prepared(0)
    least = min(needed_words(form.prepared) for form in roomy.forms())
    failures: Counter[str] = Counter()
    with pytest.raises(ScratchExceededError):
        best_of_walk(with_scratch(roomy, least - 1), NotedWalk(), 6, failures)
    assert failures == {"ScratchExceededError": 6}


def test_an_error_that_is_none_of_its_own_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [9, ZeroDivisionError("a defect")])
    failures: Counter[str] = Counter()
    with pytest.raises(ZeroDivisionError):
        best_of_walk(random_prepared(0), NotedWalk(), 3, failures)
    assert failures == {}


def test_a_walk_ends_with_the_first_decision_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [AllocationError("no room"), 9, 8])
    walk, failures = NotedWalk(), Counter[str]()
    assert best_of_walk(random_prepared(0), walk, 32, failures, until=0.0)[1].schedule.length == 9
    assert walk.tried == len(walk.asked) == 2
    assert failures == {"AllocationError": 1}


def test_a_walk_with_a_decision_ends_at_its_time_though_others_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    plan(monkeypatch, [9, *[AllocationError("no room")] * 30])
    clock = iter([0.0, 2.0])
    monkeypatch.setattr(policy_walk_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    walk, failures = NotedWalk(), Counter[str]()
    assert best_of_walk(random_prepared(0), walk, 32, failures, until=1.0)[1].schedule.length == 9
    assert failures == {"AllocationError": 1}
