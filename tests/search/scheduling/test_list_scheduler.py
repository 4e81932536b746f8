"""Every list schedule is legal, fits, computes what the graph computes, and takes the cycles it says."""

from random import Random

import numpy as np
import pytest

from machine.errors import GraphError
from machine.graph.builder import Kernel
from machine.graph.decision import Decision
from machine.graph.operation import MemoryRange
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import lower_bound
from search.errors import ScheduleStuckError, ScratchExceededError
from search.scheduling import list_scheduler
from search.scheduling.list_scheduler import schedule, schedule_by_keys
from search.scheduling.policy import Policy, default_policy
from search.scratch.allocation import allocate
from search.scratch.lifetimes import find_lifetimes
from search.tasks.candidate import make_candidate
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    has_lanes_that_must_share_a_bundle,
    machines,
    needed_words,
    random_graph,
    random_policies,
    random_prepared,
)


def least_words(prepared: PreparedGraph) -> int:
    """The least scratch in which any form of the graph runs in order."""
    return min(needed_words(made) for made in (prepared, *(form.prepared for form in prepared.forms())))


def assert_sound(prepared: PreparedGraph, bound: int, policy: Policy, capacity: int, random: Random) -> bool:
    """Schedule within ``capacity`` and check all there is to check; return whether addresses were found too."""
    made = schedule(prepared, policy, capacity)
    assert made.length >= bound
    lifetimes = find_lifetimes(prepared.flat, made)
    assert lifetimes.peak(prepared.flat.buffer_words) <= capacity
    addresses = allocate(prepared.flat, lifetimes, capacity)
    if addresses is None:
        return False
    decision = Decision(made, addresses)
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, random)
    return True


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_schedules_with_scratch_to_spare_are_sound(machine: Machine) -> None:
    for seed in range(20):
        random, prepared = Random(seed), random_prepared(seed, machine)
        bound = lower_bound(prepared).cycles
        for policy in random_policies(random, machine, 2):
            assert assert_sound(prepared, bound, policy, machine.scratch_words, random)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_schedules_in_the_least_scratch_are_sound_and_never_get_stuck(machine: Machine) -> None:
    """Only lanes that must share a bundle may stop a schedule; of such graphs there are few."""
    found = stuck = 0
    for seed in range(25, 45):
        random, prepared = Random(seed), random_prepared(seed, machine)
        words, bound = needed_words(prepared), lower_bound(prepared).cycles
        for policy in random_policies(random, machine, 2):
            for capacity in (words, words + random.randint(1, 40)):
                try:
                    found += assert_sound(prepared, bound, policy, capacity, random)
                except ScheduleStuckError:
                    assert has_lanes_that_must_share_a_bundle(prepared)
                    stuck += 1
    assert found >= 50
    assert stuck < 10


@pytest.mark.parametrize("seed", range(8))
def test_long_graphs_in_the_least_scratch_never_get_stuck(seed: int) -> None:
    machine = machines()[seed % len(machines())]
    prepared = random_prepared(seed, machine, 150)
    words = needed_words(prepared)
    for policy in random_policies(Random(seed), machine, 20):
        try:
            made = schedule(prepared, policy, words)
        except ScheduleStuckError:
            assert has_lanes_that_must_share_a_bundle(prepared)
            continue
        assert find_lifetimes(prepared.flat, made).peak(prepared.flat.buffer_words) <= words


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_schedules_in_less_scratch_than_the_graph_needs_in_order_are_sound(machine: Machine) -> None:
    """They are made of the graph in another form, and checked against the graph itself."""
    found = 0
    for seed in range(50, 70):
        random, prepared = Random(seed), random_prepared(seed, machine)
        words, bound = least_words(prepared), lower_bound(prepared).cycles
        for capacity in range(words, needed_words(prepared), 1 + (needed_words(prepared) - words) // 3):
            for policy in random_policies(random, machine, 2):
                try:
                    found += assert_sound(prepared, bound, policy, capacity, random)
                except ScheduleStuckError:
                    assert has_lanes_that_must_share_a_bundle(prepared)
    assert found > 25


@pytest.mark.parametrize("seed", range(10))
def test_less_scratch_than_any_form_of_the_graph_needs_is_an_error(seed: int) -> None:
    prepared = random_prepared(seed)
    words = least_words(prepared)
    thrifty, lean = needed_words(prepared.thrifty.prepared), needed_words(prepared.lean.prepared)
    with pytest.raises(
        ScratchExceededError,
        match=f"needs {needed_words(prepared)} words of scratch in order, {thrifty} in a thriftier order, "
        f"{lean} with its leanest implementations; {words - 1} are left",
    ):
        schedule(prepared, default_policy(TAKEHOME), words - 1)


def test_no_other_form_of_a_graph_is_made_while_its_own_order_leaves_plenty() -> None:
    prepared = prepare(random_graph(4, TAKEHOME))
    schedule(prepared, default_policy(TAKEHOME), 2 * needed_words(prepared))
    assert {"thrifty", "lean"}.isdisjoint(vars(prepared))
    schedule(prepared, default_policy(TAKEHOME), 2 * needed_words(prepared) - 1)
    assert "thrifty" in vars(prepared)


def test_where_scratch_is_tight_other_forms_are_tried_even_if_its_own_order_fits() -> None:
    shorter = 0
    for seed in range(30):
        prepared, policy = random_prepared(seed), default_policy(TAKEHOME)
        words = needed_words(prepared)
        own = list_scheduler._schedule_by_policy(prepared, policy, words).length
        assert schedule(prepared, policy, words).length <= own
        shorter += schedule(prepared, policy, words).length < own
    assert shorter > 0


def test_of_the_forms_that_fit_the_shortest_schedule_is_taken() -> None:
    taken = set()
    for seed in range(30):
        prepared = random_prepared(seed)
        forms = [form.prepared for form in prepared.forms()]
        capacity = max(needed_words(form) for form in forms)
        if capacity < needed_words(prepared):
            policy = default_policy(TAKEHOME)
            lengths = [list_scheduler._schedule_by_policy(form, policy, capacity).length for form in forms]
            assert schedule(prepared, policy, capacity).length == min(lengths)
            taken.add(lengths.index(min(lengths)))
    assert taken == {0, 1}


def test_keys_belong_to_the_slots_of_the_graph_in_whatever_form_it_is_scheduled() -> None:
    """Constants that are stored in the order in which they are loaded; the keys say which is loaded first."""
    kernel = Kernel(TAKEHOME, 8)
    address = kernel.buffer("address", 1, zero=True)[0]
    constants = [kernel.constant(100 + number) for number in range(8)]
    for number, constant in enumerate(constants):
        kernel.store(address, constant, MemoryRange(number, number + 1))
    prepared = prepare(kernel.graph())
    slots = np.arange(len(prepared.flat.slot_engines), dtype=np.float64)
    stores = np.flatnonzero(prepared.flat.slot_memory[:, 0] >= 0)
    for keys, expected in ((slots, stores), (-slots, stores[::-1])):
        made = schedule_by_keys(prepared, keys, default_policy(TAKEHOME).engine_order, needed_words(prepared) - 1)
        cycles = made.cycles[expected].tolist()
        assert cycles == sorted(cycles)
        assert cycles[0] < cycles[-1]


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_engine_is_given_more_slots_than_it_has(machine: Machine) -> None:
    prepared = random_prepared(3, machine)
    made = schedule(prepared, default_policy(machine), machine.scratch_words)
    issued = np.flatnonzero(made.cycles >= 0)
    load = np.zeros((made.length, len(machine.scored_engines)), dtype=int)
    np.add.at(load, (made.cycles[issued], prepared.flat.slot_engines[issued]), 1)
    assert (load <= [engine.slots for engine in machine.scored_engines]).all()


def test_a_policy_schedules_the_same_again() -> None:
    prepared = random_prepared(11)
    for policy in random_policies(Random(0), TAKEHOME, 5):
        first, second = (schedule(prepared, policy, TAKEHOME.scratch_words) for _ in range(2))
        assert (first.cycles == second.cycles).all()
        assert (first.implementations == second.implementations).all()


def test_exactly_the_slots_of_one_implementation_of_each_operation_issue() -> None:
    for seed in range(10):
        prepared = random_prepared(seed)
        flat, made = prepared.flat, schedule(prepared, default_policy(TAKEHOME), TAKEHOME.scratch_words)
        for operation, chosen in enumerate(made.implementations.tolist()):
            first, last = flat.operation_starts[operation : operation + 2].tolist()
            for implementation in range(first, last):
                issued = [bool(made.cycles[slot] >= 0) for slot in flat.slots_of(implementation)]
                assert all(issued) if implementation == first + chosen else not any(issued)


def test_lanes_of_an_operation_issue_in_different_cycles_where_slots_are_few() -> None:
    machine = TAKEHOME.variant("few lanes", slots={"alu": 3, "valu": 1})
    kernel = Kernel(machine, 0)
    zero = kernel.vector("zero", zero=True)
    for number in range(2):
        kernel.binary("+", kernel.vector(f"sum {number}"), zero, zero)
    prepared = prepare(kernel.graph())
    made = schedule(prepared, default_policy(machine), machine.scratch_words)
    assert sorted(made.implementations.tolist()) in ([0, 1], [0, 0])
    kernel.binary("^", kernel.vector("more"), zero, zero)
    kernel.binary("|", kernel.vector("yet more"), zero, zero)
    made = schedule(prepare(kernel.graph()), default_policy(machine), machine.scratch_words)
    assert made.length == 3
    assert 1 in made.implementations.tolist()


def test_an_empty_graph_takes_no_cycles() -> None:
    prepared = prepare(Kernel(TAKEHOME, 0).graph())
    made = schedule(prepared, default_policy(TAKEHOME), 0)
    assert (made.length, len(made.cycles)) == (0, 0)


def test_a_zero_buffer_that_nothing_uses_takes_no_scratch() -> None:
    kernel = Kernel(TAKEHOME, 0)
    kernel.vector("unused", zero=True)
    word = kernel.buffer("word", 1, zero=True)[0]
    kernel.scalar_binary("+", word, word, word)
    prepared = prepare(kernel.graph())
    assert needed_words(prepared) == 1
    assert schedule(prepared, default_policy(TAKEHOME), 1).length == 1


def test_a_write_nobody_reads_holds_its_buffer_though_another_word_of_it_is_read_last() -> None:
    """In the cycle in which the buffer's last operation issues, a write of another word of it still has to land."""
    machine = TAKEHOME.variant("slow subtraction", latencies={("alu", "-"): 4})
    kernel = Kernel(machine, 0)
    pair, zero = kernel.buffer("pair", 2), kernel.buffer("zero", 1, zero=True)
    kernel.scalar_binary("+", pair[0], zero[0], zero[0])
    kernel.scalar_binary("-", pair[1], zero[0], zero[0])
    kernel.scalar_binary("+", zero[0], pair[0], pair[0])
    later = kernel.buffer("later", 2)
    kernel.scalar_binary("+", later[0], zero[0], zero[0])
    prepared = prepare(kernel.graph())
    made = schedule(prepared, default_policy(machine), needed_words(prepared))
    assert needed_words(prepared) == 3
    assert find_lifetimes(prepared.flat, made).peak(prepared.flat.buffer_words) <= 3
    assert made.cycles.tolist() == [0, 0, 1, 4]


def test_preparing_a_graph_that_reads_what_was_never_written_is_an_error() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.scalar("word")
    kernel.scalar_binary("+", word, word, word)
    with pytest.raises(GraphError, match="never written"):
        prepare(kernel.graph())
