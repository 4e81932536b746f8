"""Local search: never longer than its start, always legal, and the same again from the same seed."""

from random import Random

import numpy as np
import pytest

from machine.graph.decision import Decision
from machine.legality import check_decision
from machine.model import Machine
from search.decide import decide, make_candidate
from search.errors import AllocationError
from search.list_scheduler import PreparedGraph, schedule_by_keys
from search.local_search import LocalState, keys_of, local_search, start_from
from search.policy import default_policy
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    machines,
    needed_words,
    random_policies,
    random_prepared,
    with_scratch,
)


def start_of(prepared: PreparedGraph) -> LocalState:
    return start_from(prepared.flat, decide(prepared, default_policy(prepared.machine)))


def search(prepared: PreparedGraph, start: LocalState, trials: int = 40, seed: str = "0") -> LocalState:
    return local_search(prepared, start, default_policy(prepared.machine).engine_order, trials, seed)


def assert_sound(prepared: PreparedGraph, decision: Decision, random: Random) -> None:
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, random)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_it_never_lengthens_a_schedule_and_stays_legal(machine: Machine) -> None:
    gained = 0
    for seed in range(6):
        prepared = random_prepared(seed, machine, 40)
        start = start_of(prepared)
        found = search(prepared, start, seed=str(seed))
        assert found.cycles <= start.cycles
        assert_sound(prepared, found.decision, Random(seed))
        gained += start.cycles - found.cycles
    assert gained > 0


def test_it_keeps_to_scratch_where_there_is_only_just_enough() -> None:
    """Orders for which no addresses are found are passed over."""
    searched = 0
    for seed in range(12):
        roomy = random_prepared(seed, TAKEHOME, 40)
        prepared = with_scratch(roomy, needed_words(roomy) + 4)
        try:
            start = start_of(prepared)
        except AllocationError:
            continue
        found = search(prepared, start)
        assert found.cycles <= start.cycles
        assert_sound(prepared, found.decision, Random(seed))
        searched += 1
    assert searched >= 6


def test_the_same_seed_gives_the_same_and_another_something_else() -> None:
    prepared = random_prepared(2, TAKEHOME, 60)
    start = start_of(prepared)
    first, second, other = (search(prepared, start, seed=seed) for seed in ("1:0:0", "1:0:0", "1:0:1"))
    assert np.array_equal(first.keys, second.keys)
    assert np.array_equal(first.decision.schedule.cycles, second.decision.schedule.cycles)
    assert not np.array_equal(first.keys, other.keys)


def test_more_trials_are_never_worse() -> None:
    prepared = random_prepared(3, TAKEHOME, 60)
    start = start_of(prepared)
    cycles = [search(prepared, start, trials).cycles for trials in (0, 1, 10, 100)]
    assert cycles[0] == start.cycles
    assert cycles == sorted(cycles, reverse=True)


def test_no_trials_give_back_the_start() -> None:
    prepared = random_prepared(3)
    start = start_of(prepared)
    assert search(prepared, start, 0) is start


def test_the_start_is_not_changed() -> None:
    prepared = random_prepared(4, TAKEHOME, 40)
    start = start_of(prepared)
    keys, cycles = start.keys.copy(), start.decision.schedule.cycles.copy()
    search(prepared, start)
    assert np.array_equal(start.keys, keys)
    assert np.array_equal(start.decision.schedule.cycles, cycles)


def test_keys_are_the_cycles_of_operations_and_a_little_more_where_an_implementation_is_not_used() -> None:
    prepared = random_prepared(6)
    flat, made = prepared.flat, start_of(prepared).decision.schedule
    keys = keys_of(flat, made)
    for slot, implementation in enumerate(flat.slot_implementations.tolist()):
        operation = flat.implementation_operations[implementation]
        first, last = flat.operation_starts[operation : operation + 2]
        cycles = made.cycles[flat.implementation_starts[first] : flat.implementation_starts[last]]
        assert keys[slot] == cycles[cycles >= 0].min() + (0 if made.cycles[slot] >= 0 else 3)


def test_the_keys_of_a_schedule_lead_to_one_that_is_hardly_longer() -> None:
    longer = 0
    for seed in range(20):
        prepared = random_prepared(seed, TAKEHOME, 40)
        for policy in random_policies(Random(seed), TAKEHOME, 2):
            made = decide(prepared, policy).schedule
            keys = keys_of(prepared.flat, made)
            again = schedule_by_keys(prepared, keys, policy.engine_order, TAKEHOME.scratch_words)
            longer += again.length - made.length
    assert longer <= 20
