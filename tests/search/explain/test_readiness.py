"""Ready means ready: one cycle earlier would break a dependence, and the cycle itself breaks none."""

import pytest

from machine.graph.decision import Schedule, schedule_of
from machine.model import Machine
from search.explain.readiness import NOBODY
from search.scratch.lifetimes import find_lifetimes
from tests.machine.graph.graphs import constraints
from tests.search.explain.explained import MACHINES, SEEDS, Explained, crowded, random_explained


def moved(case: Explained, slot: int, cycle: int) -> Schedule:
    cycles = case.schedule.cycles.copy()
    cycles[slot] = cycle
    return schedule_of(case.prepared.flat, cycles)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_ready_is_the_earliest_cycle_that_the_slots_before_allow(machine: Machine) -> None:
    for seed in SEEDS:
        case = random_explained(seed, machine)
        cycles = case.schedule.cycles
        slots, pairs = constraints(case.prepared.flat, case.schedule.implementations.tolist())
        law = dict.fromkeys(slots, 0)
        for before, slot, distance, _ in pairs:
            law[slot] = max(law[slot], int(cycles[before]) + distance)
        ready = case.told.readiness.ready
        # Schedulers keep the stronger form of the law of overwriting: never earlier than the law itself.
        assert all(law[slot] <= ready[slot] <= cycles[slot] for slot in slots)
        exact = {slot for slot in slots if ready[slot] == law[slot]}
        assert len(exact) >= 0.9 * len(slots)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_slot_that_could_not_issue_at_first_has_waited_for_somebody(machine: Machine) -> None:
    for seed in SEEDS:
        case = random_explained(seed, machine)
        told, cycles = case.told.readiness, case.schedule.cycles
        for slot in (cycles >= 0).nonzero()[0].tolist():
            before = int(told.waited_for[slot])
            assert (before == NOBODY) == (told.ready[slot] == 0)
            if before != NOBODY:
                assert cycles[before] + told.distances[slot] == told.ready[slot]


def test_slots_not_issued_are_never_ready() -> None:
    case = random_explained(0, MACHINES[0])
    left_out = case.schedule.cycles < 0
    assert left_out.any()
    assert (case.told.readiness.ready[left_out] == -1).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_there_is_room_from_the_cycle_in_which_moving_the_slot_there_fits_scratch(seed: int) -> None:
    case = crowded(seed)
    flat, told = case.prepared.flat, case.told.readiness
    capacity = case.prepared.machine.scratch_words
    opened = find_lifetimes(flat, case.schedule).starts
    for slot in (told.room > told.ready).nonzero()[0].tolist():
        for cycle in range(int(told.ready[slot]), int(case.schedule.cycles[slot])):
            lifetimes = find_lifetimes(flat, moved(case, slot, cycle))
            # Its own reads may end other buffers earlier: the words that it opens are what counts here.
            live = lifetimes.live_words(flat.buffer_words)[cycle + int(flat.slot_latencies[slot]) :]
            changed = (lifetimes.starts < opened).any()
            assert changed
            if cycle >= told.room[slot]:
                assert live[: int(case.schedule.cycles[slot]) - cycle].max() <= capacity


def test_scratch_is_what_some_slots_wait_for_where_it_is_tight() -> None:
    assert sum(int((crowded(seed).told.readiness.room > crowded(seed).told.readiness.ready).sum()) for seed in SEEDS)
