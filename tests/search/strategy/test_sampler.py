"""The sampler: what is tried next depends on the seed and on findings, never on when they come in."""

from collections.abc import Iterable
from random import Random

import pytest

from problems.knobs import ChoiceKnob, IntegerKnob, Knob, KnobValue
from search.scheduling.policy import default_policy
from search.scheduling.policy_walk import PolicyWalk
from search.strategy.sampler import BATCH_SCHEDULES, BatchRequest, Finding, Sampler
from tests.search.cases import TAKEHOME

KNOBS: tuple[Knob, ...] = (
    IntegerKnob("unroll", 4, "rounds", 1, 16),
    ChoiceKnob("service", "select", "how", ("select", "gather")),
    IntegerKnob("stagger", 0, "rounds", 0, 30),
)
DEFAULTS: dict[str, KnobValue] = {"unroll": 4, "service": "select", "stagger": 0}


def finding(request: BatchRequest, cycles: int) -> Finding:
    return Finding(cycles, request.number, request.knobs, default_policy(TAKEHOME))


def told(numbers: Iterable[int], fixed: dict[str, KnobValue] | None = None, seed: str = "0") -> Sampler:
    """A sampler that has heard of these batches, each as good as its knobs: the smaller ``stagger`` the better."""
    sampler = Sampler(KNOBS, fixed or {}, seed)
    for number in numbers:
        request = sampler.ask(number)
        assert request is not None
        sampler.tell(number, finding(request, 100 + int(request.knobs["stagger"])))
    return sampler


def test_the_first_batch_has_the_defaults() -> None:
    request = Sampler(KNOBS, {}, "3").ask(0)
    assert request == BatchRequest(0, "3:0", DEFAULTS, None, BATCH_SCHEDULES)


def test_a_batch_has_a_value_in_range_for_every_knob() -> None:
    sampler = told(range(40))
    for number in range(40):
        request = sampler.ask(number)
        assert request is not None
        assert list(request.knobs) == list(DEFAULTS)
        assert {knob.name: knob.parse(str(request.knobs[knob.name])) for knob in KNOBS} == request.knobs


def test_fixed_knobs_stay_fixed() -> None:
    sampler = told(range(60), {"service": "gather", "unroll": 16})
    for number in range(60):
        request = sampler.ask(number)
        assert request is not None
        assert (request.knobs["service"], request.knobs["unroll"]) == ("gather", 16)
    staggers = {request.knobs["stagger"] for request in map(sampler.ask, range(60)) if request}
    assert len(staggers) > 5


def test_a_search_with_every_knob_fixed_goes_on() -> None:
    sampler = told(range(30), {**DEFAULTS, "stagger": 3})
    assert all(request and request.knobs == {**DEFAULTS, "stagger": 3} for request in map(sampler.ask, range(30)))


def test_what_is_asked_depends_on_the_seed() -> None:
    first, second, other = (told(range(20), seed=seed) for seed in ("1", "1", "2"))
    assert [first.ask(number) for number in range(20)] == [second.ask(number) for number in range(20)]
    assert [first.ask(number) for number in range(20)] != [other.ask(number) for number in range(20)]


def test_a_batch_does_not_change_with_findings_that_come_in_early_or_late() -> None:
    """A batch draws on the generations before the last; those of its own and of the last change nothing."""
    early, late = told(range(8)), told(range(16))
    for number in range(8, 16):
        assert early.ask(number) == late.ask(number)


def test_a_batch_waits_for_the_generations_it_draws_on() -> None:
    sampler = Sampler(KNOBS, {}, "0")
    assert all(sampler.ask(number) for number in range(16))
    assert sampler.ask(16) is None
    for number in range(7):
        sampler.tell(number, None)
    assert sampler.ask(16) is None
    sampler.tell(7, None)
    assert sampler.ask(16) is not None
    assert sampler.ask(24) is None


def test_batches_that_led_to_nothing_are_no_reason_to_stop() -> None:
    sampler = Sampler(KNOBS, {}, "0")
    for number in range(40):
        assert sampler.ask(number) is not None
        sampler.tell(number, None)


def test_later_batches_stay_near_the_best() -> None:
    sampler = told(range(160))
    late = [request for request in map(sampler.ask, range(120, 160)) if request]
    started = [request for request in late if request.start is not None]
    assert len(started) > len(late) / 2
    assert sum(int(request.knobs["stagger"]) <= 6 for request in started) > len(started) / 2


def test_what_another_stage_has_found_is_varied_from_the_first_generation_on() -> None:
    start = Finding(90, -1, {"unroll": 11, "service": "gather", "stagger": 23}, default_policy(TAKEHOME))
    sampler = Sampler(KNOBS, {}, "0", start=start)
    requests = [request for number in range(8) if (request := sampler.ask(number)) is not None]
    assert requests[0].knobs == DEFAULTS
    near = [sum(request.knobs[name] == value for name, value in start.knobs.items()) for request in requests[1:]]
    assert sum(count >= 1 for count in near) >= 5
    assert any(request.start == start.policy for request in requests[1:])


def test_the_last_batch_may_be_short() -> None:
    request = Sampler(KNOBS, {}, "0").ask(1, schedules=5)
    assert request is not None
    assert request.schedules == 5


@pytest.mark.parametrize("number", [0, 1, 9])
def test_a_problem_without_knobs_can_be_searched(number: int) -> None:
    request = Sampler((), {}, "0").ask(number)
    assert request is not None
    assert request.knobs == {}


# Policies


def test_a_walk_begins_with_the_default_or_where_it_is_told_to() -> None:
    assert PolicyWalk(TAKEHOME, None, Random(0)).ask() == default_policy(TAKEHOME)
    start = PolicyWalk(TAKEHOME, None, Random(1))
    start.ask()
    other = start.ask()
    assert PolicyWalk(TAKEHOME, other, Random(0)).ask() == other


def test_a_walk_is_the_same_for_the_same_seed_and_results() -> None:
    walks = [PolicyWalk(TAKEHOME, None, Random(4)) for _ in range(2)]
    asked: list[list[object]] = [[], []]
    for number in range(30):
        for walk, policies in zip(walks, asked, strict=True):
            policy = walk.ask()
            policies.append(policy)
            walk.tell(policy, 50 - number)
    assert asked[0] == asked[1]
    assert len(set(asked[0])) > 20


def test_a_walk_that_has_heard_of_no_success_draws_fresh_policies() -> None:
    walk = PolicyWalk(TAKEHOME, default_policy(TAKEHOME), Random(0))
    assert len({walk.ask() for _ in range(10)}) > 5
