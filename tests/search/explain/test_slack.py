"""Slack is the cycles by which a slot could issue later: one more breaks a dependence, or makes the schedule longer."""

import pytest

from machine.model import Machine
from search.explain.slack import find_slack
from tests.machine.graph.graphs import constraints
from tests.search.explain.explained import MACHINES, SEEDS, random_explained


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_slack_is_what_the_slots_after_it_leave(machine: Machine) -> None:
    for seed in SEEDS:
        case = random_explained(seed, machine)
        cycles, latencies = case.schedule.cycles, case.prepared.flat.slot_latencies
        slots, pairs = constraints(case.prepared.flat, case.schedule.implementations.tolist())
        law = {slot: case.schedule.length - int(latencies[slot]) - int(cycles[slot]) for slot in slots}
        for slot, after, distance, _ in pairs:
            law[slot] = min(law[slot], int(cycles[after]) - distance - int(cycles[slot]))
        slack = find_slack(case.prepared, case.schedule)
        # Schedulers keep the stronger form of the law of overwriting: never later than the law itself.
        assert all(0 <= slack[slot] <= law[slot] for slot in slots)
        assert sum(slack[slot] == law[slot] for slot in slots) >= 0.9 * len(slots)
        assert (slack[cycles < 0] == -1).all()
