"""Lanes: which slots of an implementation start together."""

import pytest

from search.cpsat.lane_groups import Granularity, assign_lanes
from tests.search.cases import TAKEHOME, random_prepared
from tests.search.cpsat.corpus import Saved


@pytest.mark.parametrize(
    ("granularity", "alu_lanes"),
    [(Granularity.SINGLE_LANES, 8), (Granularity.LANES_GROUPED, 2), (Granularity.LANES_TOGETHER, 1)],
)
def test_eight_alu_lanes_of_twelve_slots(granularity: Granularity, alu_lanes: int) -> None:
    """Groups of four fill the engine without rest."""
    flat = Saved("", "polynomial", "", TAKEHOME).prepared().flat
    alu = [engine.name for engine in TAKEHOME.scored_engines].index("alu")
    lanes = assign_lanes(flat, TAKEHOME, granularity, range(flat.operations))
    found = {
        made.used
        for operation in lanes
        for made in operation.implementations
        if len(made.lane_of_slot) == 8 and all(flat.slot_engines[slot] == alu for slot in made.lane_of_slot)
    }
    assert found == {alu_lanes}


@pytest.mark.parametrize("granularity", Granularity)
def test_every_slot_has_a_lane_and_every_lane_slots(granularity: Granularity) -> None:
    for seed in range(20):
        flat = random_prepared(seed).flat
        for operation in assign_lanes(flat, TAKEHOME, granularity, range(flat.operations)):
            for made in operation.implementations:
                assert set(made.lane_of_slot) == set(flat.slots_of(made.implementation))
                assert set(made.lane_of_slot.values()) == set(range(made.used))
                assert made.used <= operation.lanes
                assert all(made.slots_of_lane(lane) for lane in range(operation.lanes))
