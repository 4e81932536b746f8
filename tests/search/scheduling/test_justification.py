"""Justification: never longer than its start, legal, and the end of what stays idle by bad order alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import OMITTED, Decision, Schedule, schedule_of
from machine.graph.dependences import Ints
from machine.graph.operation import MemoryRange
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import lower_bound
from search.errors import AllocationError
from search.scheduling import justification as justification_module
from search.scheduling.decide import decide
from search.scheduling.incumbent import UNUSED_PENALTIES, Incumbent, incumbent_of, keys_of_slots
from search.scheduling.justification import justify, justify_once, latest_cycles
from search.scheduling.list_scheduler import schedule_by_keys
from search.scheduling.policy import Keys, Policy, default_policy
from search.scratch.allocation import allocate
from search.scratch.lifetimes import find_lifetimes
from search.tasks.candidate import make_candidate
from tests.machine.graph.graphs import MEMORY_WORDS
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    machines,
    needed_words,
    random_policies,
    random_prepared,
    with_scratch,
)
from tests.search.small_kernels import shifted_vector, swapped_words

DEFAULT = default_policy(TAKEHOME)


def justified_cases(machine: Machine, seeds: range) -> Iterator[tuple[PreparedGraph, Policy, Decision, Incumbent]]:
    """Random graphs, policies of all kinds, what these lead to, and what justification makes of it."""
    for seed in seeds:
        prepared = random_prepared(seed, machine, 40)
        for policy in random_policies(Random(seed), machine, 3):
            start = decide(prepared, policy)
            yield prepared, policy, start, justified(prepared, start, policy)


def justified(prepared: PreparedGraph, start: Decision, policy: Policy) -> Incumbent:
    """What justification makes of a decision."""
    return justify(prepared, incumbent_of(prepared.flat, start, policy.engine_order))


def assert_sound(prepared: PreparedGraph, decision: Decision, random: Random) -> None:
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, random)


def decision_at(prepared: PreparedGraph, cycles: Ints) -> Decision:
    made = schedule_of(prepared.flat, cycles)
    addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, made), prepared.machine.scratch_words)
    assert addresses is not None
    return Decision(made, addresses)


# What holds whatever the start


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_it_never_lengthens_a_schedule_and_stays_legal(machine: Machine) -> None:
    before = after = 0
    for prepared, _, start, found in justified_cases(machine, range(5)):
        assert lower_bound(prepared).cycles <= found.cycles <= start.schedule.length
        assert_sound(prepared, found.decision, Random(0))
        before += start.schedule.length
        after += found.cycles
    assert after < 0.97 * before


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_what_is_gained_is_the_very_schedule_of_its_keys_and_else_the_start_stays(machine: Machine) -> None:
    gained = 0
    for prepared, policy, start, found in justified_cases(machine, range(10)):
        if found.cycles == start.schedule.length:
            assert found.decision is start
            continue
        again = schedule_by_keys(prepared, found.keys, policy.engine_order, machine.scratch_words)
        assert np.array_equal(again.cycles, found.decision.schedule.cycles)
        gained += 1
    assert gained > 10


def test_it_is_no_longer_than_any_one_pass_over_the_start() -> None:
    for prepared, policy, start, found in justified_cases(TAKEHOME, range(10)):
        for penalty in UNUSED_PENALTIES:
            once = justify_once(prepared, start.schedule, policy.engine_order, penalty)
            assert once is not None
            assert found.cycles <= once[1].length


def test_one_pass_takes_operations_forward_in_the_order_of_their_late_cycles() -> None:
    for prepared, policy, start, _ in justified_cases(TAKEHOME, range(3)):
        late = latest_cycles(prepared, start.schedule, policy.engine_order)
        once = justify_once(prepared, start.schedule, policy.engine_order, 6.0)
        assert late is not None
        assert once is not None
        assert np.array_equal(once[0], keys_of_slots(prepared.flat, start.schedule, late, 6.0))
        made = schedule_by_keys(prepared, once[0], policy.engine_order, TAKEHOME.scratch_words)
        assert np.array_equal(once[1].cycles, made.cycles)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_what_is_justified_gains_nothing_by_being_justified_again(machine: Machine) -> None:
    for prepared, policy, _, found in justified_cases(machine, range(5)):
        assert justified(prepared, found.decision, policy).decision is found.decision


def test_the_same_start_leads_to_the_same_again_and_is_not_changed() -> None:
    for prepared, policy, start, found in justified_cases(TAKEHOME, range(5)):
        cycles, addresses = start.schedule.cycles.copy(), start.addresses.copy()
        again = justified(prepared, start, policy)
        assert np.array_equal(again.keys, found.keys)
        assert np.array_equal(again.decision.schedule.cycles, found.decision.schedule.cycles)
        assert np.array_equal(again.decision.addresses, found.decision.addresses)
        assert np.array_equal(start.schedule.cycles, cycles)
        assert np.array_equal(start.addresses, addresses)


def test_a_start_that_no_list_scheduler_has_made_may_be_justified() -> None:
    """List schedules with two idle cycles after each cycle come back without them."""
    before = after = 0
    for prepared, policy, start, _ in justified_cases(TAKEHOME, range(8)):
        cycles = start.schedule.cycles
        found = justified(prepared, decision_at(prepared, np.where(cycles >= 0, 3 * cycles, cycles)), policy)
        assert_sound(prepared, found.decision, Random(0))
        before += start.schedule.length
        after += found.cycles
    assert after < before


def test_scratch_with_only_just_enough_words_is_enough() -> None:
    """Orders for which no addresses are found are passed over."""
    tried = gained = 0
    for seed in range(30):
        roomy = random_prepared(seed, TAKEHOME, 40)
        prepared = with_scratch(roomy, needed_words(roomy) + 4)
        for policy in random_policies(Random(seed), TAKEHOME, 2):
            try:
                start = decide(prepared, policy)
            except AllocationError:
                continue
            found = justified(prepared, start, policy)
            assert found.cycles <= start.schedule.length
            assert_sound(prepared, found.decision, Random(seed))
            tried += 1
            gained += start.schedule.length - found.cycles
    assert tried > 30
    assert gained > 0


# Passes


def later_by(prepared: PreparedGraph, made: Schedule, cycles: int) -> Schedule:
    return schedule_of(prepared.flat, np.where(made.cycles >= 0, made.cycles + cycles, OMITTED))


def passes_of(delays: Sequence[Sequence[int | None]], monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """The delay that is left of one of 9 cycles, and the passes made, where they come to ``delays`` or to nothing.

    Each pass has a delay for each penalty; those after the last come to 9 cycles again.
    """
    prepared = random_prepared(5)
    made = decide(prepared, DEFAULT).schedule
    script = iter([delay for each in delays for delay in each])
    asked = []

    def scripted(prepared: PreparedGraph, keys: Keys, engine_order: Sequence[int]) -> Schedule | None:
        asked.append(keys)
        delay = next(script, 9)
        return None if delay is None else later_by(prepared, made, delay)

    monkeypatch.setattr(justification_module, "try_keys", scripted)
    start = decision_at(prepared, later_by(prepared, made, 9).cycles)
    found = justified(prepared, start, DEFAULT)
    assert np.array_equal(found.decision.schedule.cycles, later_by(prepared, made, found.cycles - made.length).cycles)
    return found.cycles - made.length, len(asked) // len(UNUSED_PENALTIES)


def test_passes_go_on_through_longer_schedules_until_four_in_turn_gain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes_of([], monkeypatch) == (9, 4)
    assert passes_of([[9] * 3, [12] * 3, [9] * 3, [7] * 3, [7] * 3, [8] * 3, [9] * 3, [6] * 3], monkeypatch) == (6, 12)
    assert passes_of([[9] * 3] * 4 + [[5] * 3], monkeypatch) == (9, 4)


def test_of_the_schedules_of_a_pass_the_shortest_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    for delays in ([8, 3, 8], [3, 8, 8], [8, 8, 3], [None, 3, 8], [8, None, 3], [None, None, 3]):
        assert passes_of([delays], monkeypatch) == (3, 5)


def test_a_pass_that_comes_to_nothing_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes_of([[7] * 3, [None] * 3, [5] * 3], monkeypatch) == (7, 2)


def test_a_shorter_schedule_without_addresses_is_gone_on_from_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(*arguments: object) -> None:
        return None

    monkeypatch.setattr(Incumbent, "replaced", find_none)
    assert passes_of([[7] * 3, [5] * 3], monkeypatch) == (9, 4)


# Made-up graphs


def long_chain_last(idle: int, links: int) -> Kernel:
    """Sums that nothing needs, all more urgent by stream than the head of a chain of vector operations."""
    kernel = Kernel(TAKEHOME.variant("one alu slot", slots={"alu": 1}), MEMORY_WORDS)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    for number in range(idle):
        kernel.scalar_binary("+", kernel.scalar(f"idle {number}"), zero, zero)
    with kernel.at(stream=1):
        head = kernel.scalar("head")
        kernel.scalar_binary("+", head, zero, zero)
        vector = kernel.vector("chain 0")
        kernel.broadcast(vector, head)
        for number in range(1, links):
            following = kernel.vector(f"chain {number}")
            kernel.multiply_add(following, vector, vector, vector)
            vector = following
        kernel.store_vector(zero, vector, MemoryRange(0, 8))
    return kernel


def test_a_long_chain_that_was_begun_late_is_begun_first() -> None:
    """Ten sums, a head, eight links and a store: 20 cycles one after the other, 11 when the sums fill what is idle."""
    prepared = prepare(long_chain_last(10, 8).graph())
    poor = replace(DEFAULT, order=0.0, tail=0.0)
    start = decide(prepared, poor)
    found = justified(prepared, start, poor)
    assert (start.schedule.length, found.cycles, lower_bound(prepared).cycles) == (20, 11, 11)
    assert found.decision.schedule.cycles[10:].tolist() == list(range(1, 11))
    assert_sound(prepared, found.decision, Random(0))


def test_a_schedule_as_short_as_its_bound_stays_as_it_is() -> None:
    prepared = prepare(long_chain_last(0, 8).graph())
    start = decide(prepared, DEFAULT)
    assert start.schedule.length == lower_bound(prepared).cycles
    assert justified(prepared, start, DEFAULT).decision is start


@pytest.mark.parametrize("kernel", [swapped_words(), shifted_vector()], ids=["swap", "shift"])
def test_a_start_in_which_slots_must_share_a_bundle_comes_back_as_it_is(kernel: Kernel) -> None:
    """No list scheduling, in either direction, can make it, but what solves windows exactly can."""
    prepared = prepare(kernel.graph())
    is_lane = prepared.flat.slot_implementations == prepared.flat.slot_implementations[-1]
    start = decision_at(prepared, np.where(is_lane, 0, OMITTED))
    assert check_decision(prepared.graph, start, make_candidate(prepared, start).program) == []
    assert justified(prepared, start, DEFAULT).decision is start
    assert justify_once(prepared, start.schedule, DEFAULT.engine_order, 2.0) is None


def test_a_graph_without_operations_takes_no_cycles() -> None:
    prepared = prepare(Kernel(TAKEHOME, 0).graph())
    assert justified(prepared, decide(prepared, DEFAULT), DEFAULT).cycles == 0
