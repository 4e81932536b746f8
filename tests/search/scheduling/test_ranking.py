"""Ranks of slots: by engine, then by key, then as they stand in the graph."""

import numpy as np
import pytest

from machine.model import Machine
from search.scheduling.ranking import rank_slots
from search.scheduling.ready_bits import BITS
from tests.search.cases import machines, random_prepared


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
@pytest.mark.parametrize("kinds", [1, 5, 10_000])
def test_ranks_are_in_the_order_of_engine_key_and_slot(machine: Machine, kinds: int) -> None:
    for seed in range(5):
        flat = random_prepared(seed, machine, 30).flat
        keys = np.random.default_rng(seed).integers(-kinds, kinds, len(flat.slot_engines)) / 3
        ranking = rank_slots(flat, keys, machine)
        expected = np.lexsort((np.arange(len(keys)), keys, flat.slot_engines))
        assert np.argsort(ranking.ranks).tolist() == expected.tolist()
        assert ranking.slots[ranking.ranks].tolist() == list(range(len(keys)))


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_each_engine_has_ranks_from_its_start_on_without_gaps(machine: Machine) -> None:
    flat = random_prepared(0, machine, 60).flat
    ranking = rank_slots(flat, np.zeros(len(flat.slot_engines)), machine)
    assert (ranking.starts % BITS == 0).all()
    for engine in range(len(machine.scored_engines)):
        ranks = np.sort(ranking.ranks[flat.slot_engines == engine])
        assert ranks.tolist() == list(range(int(ranking.starts[engine]), int(ranking.starts[engine]) + len(ranks)))
        assert len(ranks) <= ranking.starts[engine + 1] - ranking.starts[engine]
