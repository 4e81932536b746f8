"""Incumbents: the order of their own cycles, and what the list scheduler and allocation make of keys."""

from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import OMITTED, Schedule, schedule_of
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.errors import ScratchExceededError
from search.scheduling.decide import decide
from search.scheduling.incumbent import UNUSED_PENALTIES, Incumbent, incumbent_of, keys_of_slots, try_keys
from search.scheduling.list_scheduler import schedule, schedule_by_keys
from search.scheduling.policy import Keys, default_policy
from search.scratch.placement import COLOURING, THOROUGH
from search.tasks.candidate import make_candidate
from tests.search.cases import (
    TAKEHOME,
    has_lanes_that_must_share_a_bundle,
    machines,
    needed_words,
    random_policies,
    random_prepared,
    with_scratch,
)
from tests.search.small_kernels import divided_scratch, swapped_words

ORDER = default_policy(TAKEHOME).engine_order


def start_of(prepared: PreparedGraph) -> Schedule:
    return schedule(prepared, default_policy(prepared.machine), prepared.machine.scratch_words)


def graph_keys(prepared: PreparedGraph) -> Keys:
    """Slots in the order of the graph."""
    return np.arange(len(prepared.flat.slot_engines), dtype=np.float64)


# Keys


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_key_of_a_slot_is_its_cycle_or_its_operations_first_and_a_penalty(machine: Machine) -> None:
    unused = 0
    for seed in range(8):
        prepared = random_prepared(seed, machine)
        flat, made = prepared.flat, start_of(prepared)
        cycles = np.array(Random(seed).sample(range(1000), len(made.cycles)), dtype=np.int64)
        keys = keys_of_slots(flat, made, cycles, 6.5)
        for slot, implementation in enumerate(flat.slot_implementations.tolist()):
            if made.cycles[slot] >= 0:
                assert keys[slot] == cycles[slot]
            else:
                operation = flat.implementation_operations[implementation]
                chosen = int(flat.operation_starts[operation] + made.implementations[operation])
                assert keys[slot] == min(cycles[other] for other in flat.slots_of(chosen)) + 6.5
                unused += 1
    assert unused > 100 or machine.vector_length == 1


def test_a_decision_as_it_is_has_its_own_cycles_for_keys_and_the_least_penalty() -> None:
    prepared = random_prepared(6)
    decision = decide(prepared, default_policy(TAKEHOME))
    found, made = incumbent_of(prepared.flat, decision, ORDER[::-1]), decision.schedule
    assert found.engine_order == ORDER[::-1]
    assert found.decision is decision
    assert found.cycles == made.length
    assert np.array_equal(found.keys, keys_of_slots(prepared.flat, made, made.cycles, min(UNUSED_PENALTIES)))
    assert np.array_equal(found.keys[made.cycles >= 0], made.cycles[made.cycles >= 0])


def test_each_lane_has_the_key_of_its_own_cycle() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    kernel.binary("+", kernel.vector("sum"), zero, zero)
    prepared = prepare(kernel.graph())
    lanes = [7, 6, 5, 4, 3, 9, 9, 9]
    made = schedule_of(prepared.flat, np.array([OMITTED, *lanes], dtype=np.int64))
    assert keys_of_slots(prepared.flat, made, made.cycles, 2.0).tolist() == [5, *lanes]


def test_an_operation_that_is_left_out_comes_after_all_others() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for name in ("left out", "kept"):
        kernel.scalar_binary("+", kernel.scalar(name), zero, zero)
    prepared = prepare(kernel.graph())
    made = schedule_of(prepared.flat, np.array([OMITTED, 3], dtype=np.int64))
    assert keys_of_slots(prepared.flat, made, made.cycles, 2.0).tolist() == [np.inf, 3]


def test_the_keys_of_a_schedule_lead_to_one_that_is_hardly_longer() -> None:
    longer = 0
    for seed in range(20):
        prepared = random_prepared(seed, TAKEHOME, 40)
        for policy in random_policies(Random(seed), TAKEHOME, 2):
            decision = decide(prepared, policy)
            again = try_keys(
                prepared, incumbent_of(prepared.flat, decision, policy.engine_order).keys, policy.engine_order
            )
            assert again is not None
            longer += again.length - decision.schedule.length
    assert longer <= 20


# Schedules from keys


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_keys_lead_to_their_list_schedule_in_the_machines_scratch(machine: Machine) -> None:
    for seed in range(4):
        roomy = random_prepared(seed, machine)
        prepared = with_scratch(roomy, needed_words(roomy) + 9)
        assert not has_lanes_that_must_share_a_bundle(prepared)
        keys, order = graph_keys(prepared), default_policy(machine).engine_order
        made = try_keys(prepared, keys, order)
        assert made is not None
        expected = schedule_by_keys(prepared, keys, order, prepared.machine.scratch_words)
        assert np.array_equal(made.cycles, expected.cycles)


def test_keys_lead_to_nothing_where_nothing_is_left_to_issue() -> None:
    prepared = prepare(swapped_words().graph())
    assert has_lanes_that_must_share_a_bundle(prepared)
    assert try_keys(prepared, graph_keys(prepared), ORDER) is None


def test_a_graph_that_does_not_fit_scratch_is_an_error_whatever_the_keys() -> None:
    kernel = Kernel(TAKEHOME.variant("tiny", scratch_words=1), 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    kernel.scalar_binary("+", kernel.scalar("sum"), zero, zero)
    kernel.scalar_binary("+", zero, zero, zero)
    prepared = prepare(kernel.graph())
    with pytest.raises(ScratchExceededError):
        try_keys(prepared, graph_keys(prepared), ORDER)


# Decisions from schedules


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_an_incumbent_is_replaced_by_a_legal_decision_beside_its_keys(machine: Machine) -> None:
    for seed in range(4):
        prepared = random_prepared(seed, machine)
        keys, made = graph_keys(prepared), start_of(prepared)
        start = Incumbent(decide(prepared, default_policy(machine)), keys + 1, default_policy(machine).engine_order)
        found = start.replaced(prepared, keys, made)
        assert found is not None
        assert found.keys is keys
        assert found.engine_order == start.engine_order
        assert found.decision.schedule is made
        program = make_candidate(prepared, found.decision).program
        assert check_decision(prepared.graph, found.decision, program) == []


def test_a_schedule_for_whose_buffers_there_are_no_addresses_replaces_nothing() -> None:
    """Colouring finds none in 7 words, where the largest buffers first find some."""
    for words, is_placed in ((7, False), (9, True)):
        prepared = with_scratch(prepare(divided_scratch().graph()), words)
        made = start_of(prepared)
        start = incumbent_of(prepared.flat, decide(prepared, default_policy(prepared.machine)), ORDER)
        assert (start.replaced(prepared, graph_keys(prepared), made, COLOURING) is not None) == is_placed
        assert start.replaced(prepared, graph_keys(prepared), made, THOROUGH) is not None
        assert start.replaced(prepared, graph_keys(prepared), made, ()) is None
