"""Prices add up to the bound, paths are paths, and what a change is worth is what the changed graph's bound says."""

from dataclasses import replace
from itertools import pairwise

import pytest

from machine.graph.builder import Kernel
from machine.limits import MOST_SLOTS
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.explain.bound_basis import Basis, bound_basis, lane_changes, slot_changes
from tests.search.cases import TAKEHOME, random_prepared
from tests.search.explain.explained import MACHINES, SEEDS


def constants(machine: Machine, count: int = 12) -> PreparedGraph:
    kernel = Kernel(machine, 0)
    for value in range(count):
        kernel.constant(value)
    return prepare(kernel.graph())


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_operations_cost_the_window_of_the_work_bound_together(machine: Machine) -> None:
    for seed in SEEDS:
        prepared = random_prepared(seed, machine)
        basis = bound_basis(prepared, lower_bound(prepared))
        assert basis.work is not None
        assert sum(worth.cycles for worth in basis.operations) == basis.work.window
        assert sum(worth.count for worth in basis.operations) == len(basis.work.operations)
        assert basis.computed == lower_bound(prepared)
        slots = [engine.slots for engine in machine.scored_engines]
        assert sum(price * count for price, count in zip(basis.work.prices, slots, strict=True)) == 1


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_longest_path_is_one_of_slots_that_follow_each_other(machine: Machine) -> None:
    for seed in SEEDS:
        prepared = random_prepared(seed, machine)
        path = bound_basis(prepared, lower_bound(prepared)).path
        heads, latencies = prepared.chains.slot_heads, prepared.flat.slot_latencies
        assert heads[path[0]] == 0
        for before, after in pairwise(path):
            assert heads[before] + latencies[before] == heads[after]
        assert heads[path[-1]] + latencies[path[-1]] <= prepared.chains.critical_path


def test_constants_rest_on_the_engines_that_load_them() -> None:
    basis = bound_basis(constants(TAKEHOME), Bound(4, "work"))
    assert basis.basis is Basis.WORK
    assert list(basis.engines) == ["load", "flow"]
    assert [(worth.name, worth.count, worth.cycles) for worth in basis.operations] == [("constant", 12, 4)]
    assert basis.operations[0].each == basis.engines["load"]


def test_one_operation_fewer_is_worth_what_it_is_said_to_be() -> None:
    windows = []
    for count in (12, 11):
        work = bound_basis(constants(TAKEHOME, count), Bound(4, "work")).work
        assert work is not None
        windows.append(work.window)
    (worth,) = bound_basis(constants(TAKEHOME, 12), Bound(4, "work")).operations
    assert windows[0] - windows[1] == worth.each


def test_one_more_slot_of_either_is_worth_a_cycle_and_of_others_nothing() -> None:
    found = {change.what: change.bound.cycles for change in slot_changes(constants(TAKEHOME))}
    better = {"one more slot of load": 3, "one more slot of flow": 3}
    assert found == {f"one more slot of {engine.name}": 4 for engine in TAKEHOME.scored_engines} | better


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_slot_is_worth_what_the_graph_of_that_machine_says(seed: int) -> None:
    for change in slot_changes(random_prepared(seed)):
        graph = replace(random_prepared(seed).graph, machine=change.machine)
        assert change.bound == lower_bound(prepare(graph))


def test_an_engine_with_all_slots_that_there_may_be_gets_no_more() -> None:
    full = TAKEHOME.variant("full", slots={"alu": MOST_SLOTS})
    found = {change.what for change in slot_changes(constants(full))}
    assert "one more slot of valu" in found
    assert "one more slot of alu" not in found


def test_lanes_are_changed_in_a_kernel_built_anew_and_left_out_where_it_cannot_be() -> None:
    def rebuild(machine: Machine) -> PreparedGraph:
        if machine.vector_length % 2:
            raise IndexError
        return constants(machine, 96 // machine.vector_length)

    found = [(change.what, change.bound.cycles) for change in lane_changes(constants(TAKEHOME), rebuild)]
    assert found == [("twice the lanes", 2)]


def test_a_chain_is_what_the_bound_rests_on_where_it_is_as_long() -> None:
    kernel = Kernel(TAKEHOME, 0)
    word = kernel.constant(1)
    for number in range(5):
        total = kernel.scalar(f"sum {number}")
        kernel.scalar_binary("+", total, word, word)
        word = total
    prepared = prepare(kernel.graph())
    basis = bound_basis(prepared, lower_bound(prepared))
    assert (basis.basis, basis.path_cycles, len(basis.path)) == (Basis.PATH, 6, 6)
    assert bound_basis(prepared, Bound(7, "counts")).basis is Basis.COUNTS


def test_a_graph_of_nothing_rests_on_nothing() -> None:
    prepared = prepare(Kernel(TAKEHOME, 0).graph())
    basis = bound_basis(prepared, lower_bound(prepared))
    assert (basis.work, basis.path, basis.operations, dict(basis.engines)) == (None, (), (), {})
