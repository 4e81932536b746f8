"""The critical chain accounts for every cycle of the schedule."""

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import schedule_of
from machine.model import Machine
from search.analysis.prepared_graph import prepare
from search.bounds.bound import Bound
from search.explain.explanation import explain
from search.explain.readiness import NOBODY
from search.explain.schedule_chain import Wait
from tests.search.cases import TAKEHOME
from tests.search.explain.explained import MACHINES, SEEDS, Explained, crowded, explained, random_explained
from tests.search.small_kernels import swapped_words


def assert_accounts_for_all(case: Explained) -> None:
    chain, cycles = case.told.chain, case.schedule.cycles
    assert sum(chain.totals.values()) == case.schedule.length
    assert [link.waited_for for link in chain.links] == [NOBODY, *(link.slot for link in chain.links[:-1])]
    for link in chain.links:
        assert link.cycle == cycles[link.slot] == link.ready + sum(link.delays.values())
        assert (link.dependence is None) == (link.waited_for == NOBODY)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_cycle_went_to_something(machine: Machine) -> None:
    for seed in SEEDS:
        assert_accounts_for_all(random_explained(seed, machine))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_cycle_went_to_something_where_scratch_is_tight(seed: int) -> None:
    assert_accounts_for_all(crowded(seed))


def test_sums_one_after_the_other_wait_for_each_other_and_nothing_else() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.constant(1)
    for number in range(5):
        total = kernel.scalar(f"sum {number}")
        kernel.scalar_binary("+", total, word, word)
        word = total
    totals = explained(prepare(kernel.graph())).told.chain.totals
    assert {wait: count for wait, count in totals.items() if count} == {Wait.VALUE: 5, Wait.LANDING: 1}


def test_independent_constants_wait_for_slots_alone() -> None:
    kernel = Kernel(TAKEHOME.variant("one load", slots={"load": 1, "flow": 1}), 0)
    for value in range(9):
        kernel.constant(value)
    totals = explained(prepare(kernel.graph())).told.chain.totals
    assert {wait: count for wait, count in totals.items() if count} == {Wait.ENGINE: 4, Wait.LANDING: 1}


def test_lanes_that_wait_for_each_other_in_a_circle_end_the_chain() -> None:
    prepared = prepare(swapped_words().graph())
    told = explain(prepared, schedule_of(prepared.flat, np.array([3, 3])), Bound(1, "critical path"))
    assert sum(told.chain.totals.values()) == 4


def test_a_schedule_of_nothing_has_no_chain() -> None:
    assert explained(prepare(Kernel(TAKEHOME, 0).graph())).told.chain.links == ()
