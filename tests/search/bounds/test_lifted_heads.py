"""Lifted heads: what the checker of certificates reckons from the lifts, and never above what a schedule does."""

from fractions import Fraction

import numpy as np
import pytest

from machine.certificates.checker import check_certificate
from machine.certificates.times import Times
from machine.graph.builder import Kernel
from machine.graph.operation import Implementation, MemoryRange
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.chains_and_work import chains_and_work, lower_bound
from search.bounds.lifted_heads import LiftedHeads, lift_heads
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.building import build_prepared
from search.tasks.task import resolve_task
from tests.search.cases import TAKEHOME, machines, random_prepared

GRAPHS = range(120)


def lifted(prepared: PreparedGraph) -> LiftedHeads:
    """With the slots of each engine priced alone."""
    engines = prepared.machine.scored_engines
    return lift_heads(prepared, [[Fraction(one is other) for one in engines] for other in engines])


def gathers(count: int) -> Kernel:
    """Vectors gathered one after the other, each from where the one before says."""
    kernel = Kernel(TAKEHOME, 8)
    addresses = kernel.vector("addresses", zero=True)
    for number in range(count):
        words = kernel.vector(f"words {number}")
        kernel.gather(words, addresses, MemoryRange(0, 8))
        addresses = kernel.vector(f"addresses {number}")
        kernel.multiply_add(addresses, words, words, words)
    kernel.store_vector(kernel.zero(), addresses, MemoryRange(0, 8))
    return kernel


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_gather_takes_as_long_as_the_load_engine_does(count: int) -> None:
    prepared = prepare(gathers(count).graph())
    assert prepared.chains.critical_path == 2 * count + 1
    proven = chains_and_work(prepared)
    assert proven.is_lifted == (count > 1)  # work alone proves as much of one
    assert proven.best.cycles == 5 * count + 1  # 8 loads in 4 cycles, then the addresses
    assert decide(prepared, default_policy(TAKEHOME)).schedule.length == proven.best.cycles


def test_of_alternatives_the_least_work_counts() -> None:
    def graph(lanes: bool) -> PreparedGraph:
        kernel = Kernel(TAKEHOME.variant("narrow", slots={"alu": 2, "valu": 1}), 16)
        a, b = kernel.vector("a", zero=True), kernel.vector("b")
        vectors, runs = kernel.binary_implementations("+", b, a, a)
        kernel.operation("+", [runs] if lanes else [vectors, Implementation("lanes", runs.runs)])
        kernel.store_vector(kernel.zero(), b, MemoryRange(0, 8))
        return prepare(kernel.graph())

    assert lower_bound(graph(lanes=True)).cycles == 5  # 8 lanes in 4 cycles
    assert lower_bound(graph(lanes=False)).cycles == 2


@pytest.mark.parametrize("seed", GRAPHS)
def test_heads_are_those_that_the_checker_reckons_and_no_schedule_is_ahead_of_them(seed: int) -> None:
    prepared = random_prepared(seed, machines()[seed % len(machines())])
    found = lifted(prepared)
    assert (found.slot_heads >= prepared.chains.slot_heads).all()
    cycles = decide(prepared, default_policy(prepared.machine)).schedule.cycles
    assert (cycles >= found.slot_heads)[cycles >= 0].all()
    bound = lower_bound(prepared)
    check_certificate(prepared.graph, bound.cycles, bound.certificate)


def test_random_graphs_are_lifted_often_enough_to_show_something() -> None:
    assert sum(len(lifted(random_prepared(seed, machines()[seed % len(machines())])).lifts) > 0 for seed in GRAPHS) > 20


def test_a_latency_bound_tree_hash_is_proven_much_nearer() -> None:
    task, _ = resolve_task("tree_hash", "height=6,rounds=8,batch=16", "values", TAKEHOME)
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    prepared = build_prepared(task, knobs)
    bound = lower_bound(prepared)
    assert bound.cycles >= 1.05 * prepared.chains.critical_path
    check_certificate(prepared.graph, bound.cycles, bound.certificate)
    lifts = bound.certificate.lifts  # type: ignore[union-attr]
    heads = [s.head for each in Times(prepared.graph, lifts).spans for slots in each for s in slots]
    assert np.max(np.array(heads) - prepared.chains.slot_heads) > 0
