"""Heads and tails are true of every schedule, and exact where nothing but a chain matters."""

from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Graph, MemoryRange
from machine.model import Machine
from search.analysis.chains import Chains
from search.analysis.prepared_graph import prepare
from search.scheduling.list_scheduler import schedule
from tests.machine.graph.graphs import random_choice, random_schedule
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared

SLOW = TAKEHOME.variant("slow", latencies={("alu", "*"): 5, ("valu", "*"): 3, ("load", "load"): 4})


def chains_of(graph: Graph) -> Chains:
    return prepare(graph).chains


def test_a_chain_of_three_has_heads_and_tails_by_latency() -> None:
    kernel = Kernel(SLOW, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    a, b, c = (kernel.scalar(name) for name in "abc")
    kernel.scalar_binary("*", a, zero, zero)
    kernel.scalar_binary("+", b, a, a)
    kernel.scalar_binary("*", c, b, b)
    chains = chains_of(kernel.graph())
    assert chains.slot_heads.tolist() == [0, 5, 6]
    assert chains.slot_tails.tolist() == chains.operation_tails.tolist() == [11, 6, 5]
    assert chains.critical_path == 11


def test_the_fastest_implementation_counts() -> None:
    """A vector product takes 3 cycles on valu and 5 by lanes; a lane of the next waits for a lane of the last."""
    kernel = Kernel(SLOW, 0)
    zero, a, b = kernel.vector("zero", zero=True), kernel.vector("a"), kernel.vector("b")
    kernel.binary("*", a, zero, zero)
    kernel.binary("*", b, a, a)
    chains = chains_of(kernel.graph())
    assert chains.slot_heads.tolist() == [0] * 9 + [3] * 9
    assert chains.operation_tails.tolist() == [6, 3]
    assert chains.slot_tails.tolist() == [6, *[8] * 8, 3, *[5] * 8]
    assert chains.critical_path == 6


def test_an_operand_that_not_every_implementation_reads_is_not_needed() -> None:
    """A constant loaded by flow reads a zero that another operation writes; loaded by ``const`` it does not."""
    kernel = Kernel(SLOW, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    word = kernel.scalar("word")
    kernel.load_constant(word, 7)
    kernel.scalar_binary("*", zero, word, word)
    assert chains_of(kernel.graph()).critical_path == 6


def test_a_load_waits_for_the_store_whose_words_it_may_read() -> None:
    kernel = Kernel(SLOW, 8)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.store(zero, zero, MemoryRange(0, 4))
    kernel.load(word, zero, MemoryRange(3, 8))
    chains = chains_of(kernel.graph())
    assert chains.slot_heads.tolist() == [0, 1]
    assert chains.critical_path == 5


def test_overwriting_costs_a_chain_nothing() -> None:
    kernel = Kernel(SLOW, 8)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    for _ in range(3):
        kernel.scalar_binary("*", word, zero, zero)
    assert chains_of(kernel.graph()).critical_path == 5


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_slot_issues_before_its_head_or_so_late_that_its_tail_is_cut(machine: Machine) -> None:
    for seed in range(12):
        random, prepared = Random(seed), random_prepared(seed, machine)
        chains, found = prepared.chains, []
        for policy in random_policies(random, machine, 2):
            made = schedule(prepared, policy, machine.scratch_words)
            found.append((made.cycles, made.length))
        for _ in range(4):
            loose = random_schedule(random, prepared.flat, random_choice(random, prepared.graph), spread=2)
            cycles = np.full(len(prepared.flat.slot_implementations), -1, dtype=np.int64)
            for slot, cycle in loose.items():
                cycles[slot] = cycle
            issued = cycles >= 0
            found.append((cycles, int((cycles + prepared.flat.slot_latencies)[issued].max())))
        for cycles, length in found:
            issued = cycles >= 0
            assert (cycles >= chains.slot_heads)[issued].all()
            assert (cycles + chains.slot_tails <= length)[issued].all()
            assert chains.critical_path <= length
