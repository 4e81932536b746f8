"""The scheduler's tables: every event that a slot waits for comes from a pair, whatever is chosen."""

from random import Random

import numpy as np
import pytest

from machine.graph.dependences import Ints
from machine.model import Machine
from search.analysis.kernel_tables import DISTANCE, EVENTS, FIRST_PAIR, LATENCY, LATER, OPERATION, WAITS, WRITTEN
from search.scheduling.list_scheduler import PreparedGraph, schedule
from tests.search.cases import machines, random_policies, random_prepared


def earlier_slots(prepared: PreparedGraph) -> Ints:
    """The earlier slot of each pair."""
    firsts = prepared.tables.slots[:, FIRST_PAIR]
    return np.repeat(np.arange(len(firsts) - 1), np.diff(firsts))


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_two_pairs_are_of_the_same_slots_and_all_lead_to_other_operations_or_lanes(machine: Machine) -> None:
    for seed in range(10):
        prepared = random_prepared(seed, machine, 30)
        pairs = list(zip(earlier_slots(prepared).tolist(), prepared.tables.pairs[:, LATER].tolist(), strict=True))
        assert len(set(pairs)) == len(pairs) > 0
        assert all(earlier != later for earlier, later in pairs)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_pairs_keep_every_precedence_but_those_of_reads_and_what_replaces_them(machine: Machine) -> None:
    found = 0
    for seed in range(10):
        prepared = random_prepared(seed, machine, 30)
        starts, earlier, distances = prepared.precedences
        later = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        needed = dict(zip(zip(earlier.tolist(), later.tolist(), strict=True), distances.tolist(), strict=True))
        pairs = prepared.tables.pairs
        for before, (after, _, distance) in zip(earlier_slots(prepared).tolist(), pairs.tolist(), strict=True):
            assert distance == max(needed.pop((before, after)), 0)
            found += 1
        assert all(distance <= 0 for distance in needed.values())
    assert found > 500


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_slots_of_a_schedule_bring_about_no_more_events_than_others_wait_for(machine: Machine) -> None:
    for seed in range(10):
        prepared = random_prepared(seed, machine, 30)
        tables, flat = prepared.tables, prepared.flat
        earlier = earlier_slots(prepared)
        for policy in random_policies(Random(seed), machine, 2):
            issued = schedule(prepared, policy, machine.scratch_words).cycles >= 0
            events = np.where(issued[earlier], tables.pairs[:, EVENTS], 0)
            brought = np.bincount(tables.pairs[:, LATER], weights=events, minlength=len(issued))
            assert (brought <= tables.slots[:-1, WAITS]).all()
        assert tables.slots[:-1, LATENCY].tolist() == flat.slot_latencies.tolist()
        assert (tables.pairs[:, DISTANCE] >= 0).all()


def test_a_slot_has_its_operation_and_the_buffer_that_it_writes() -> None:
    prepared = random_prepared(1)
    flat, slots = prepared.flat, prepared.tables.slots
    for slot in range(len(slots) - 1):
        written = flat.writes[flat.write_starts[slot] : flat.write_starts[slot + 1]]
        buffers = set(flat.word_buffers[flat.version_words[written]].tolist())
        assert buffers == ({int(slots[slot, WRITTEN])} - {-1})
        assert slots[slot, OPERATION] == flat.implementation_operations[flat.slot_implementations[slot]]
