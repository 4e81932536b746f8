"""Precedences: the laws of a flat graph, pair by pair, and a little more where a word is written twice."""

from itertools import product
from random import Random

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.dependences import EdgeKind
from machine.graph.flat import FlatGraph, edge_distance
from machine.graph.operation import MemoryRange
from machine.graph.overwriting import distance_after_write
from machine.model import Machine
from search.analysis.precedences import Precedences
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import default_policy
from tests.machine.graph.graphs import constraints, random_choice
from tests.search.cases import TAKEHOME, machines, needed_words, random_policies, random_prepared
from tests.search.small_kernels import swapped_words

MIXED = TAKEHOME.variant("mixed", latencies={("alu", "*"): 5, ("alu", "-"): 2, ("store", "store"): 3})

Pairs = dict[tuple[int, int], int]
"""Least cycles by (slot, later slot)."""


def pairs_of(precedences: Precedences) -> Pairs:
    later = np.repeat(np.arange(len(precedences.starts) - 1), np.diff(precedences.starts))
    pairs = zip(precedences.earlier.tolist(), later.tolist(), strict=True)
    return dict(zip(pairs, precedences.distances.tolist(), strict=True))


def second_write(flat: FlatGraph, first: int, second: int) -> int:
    """What list scheduling asks for: the law, and no share in a bundle but in order and on one engine."""
    law = edge_distance(EdgeKind.WRITE_AFTER_WRITE, int(flat.slot_latencies[first]), int(flat.slot_latencies[second]))
    return max(law, 0 if flat.slot_engines[first] == flat.slot_engines[second] else 1)


def stated(flat: FlatGraph) -> Pairs:
    """Every law, asked for every two slots."""
    slots = range(len(flat.slot_implementations))
    reads = [set(flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]].tolist()) for slot in slots]
    writes = [set(flat.writes[flat.write_starts[slot] : flat.write_starts[slot + 1]].tolist()) for slot in slots]
    replaces = [{int(flat.version_previous[version]) for version in writes[slot]} for slot in slots]
    edges = {(a, b): EdgeKind(kind) for a, b, kind in flat.edges.tolist()}
    assert len(edges) == len(flat.edges)
    found: Pairs = {}
    for a in slots:
        for b in slots:
            latency, later_latency, kind = int(flat.slot_latencies[a]), int(flat.slot_latencies[b]), edges.get((a, b))
            distances = []
            if writes[a] & reads[b]:
                distances.append(latency)
            if reads[a] & replaces[b]:
                distances.append(1 - later_latency)
            if writes[a] & replaces[b] or kind is EdgeKind.WRITE_AFTER_WRITE:
                distances.append(second_write(flat, a, b))
            elif kind is not None:
                distances.append(edge_distance(kind, latency, later_latency))
            if distances and a != b:
                found[a, b] = max(distances)
    return found


def prepared_pairs(kernel: Kernel) -> Pairs:
    return pairs_of(prepare(kernel.graph()).precedences)


# Against the laws


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_they_are_the_laws_asked_for_every_two_slots(machine: Machine) -> None:
    found = 0
    for seed in range(5):
        prepared = random_prepared(seed, machine, 10)
        pairs = pairs_of(prepared.precedences)
        assert pairs == stated(prepared.flat)
        found += len(pairs)
    assert found > 100


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_between_slots_that_are_chosen_they_ask_for_no_less_than_makes_a_schedule_legal(machine: Machine) -> None:
    """The least that keeps programs legal, as the tests of graphs state it and simulators confirm it."""
    for seed in range(20):
        prepared = random_prepared(seed, machine)
        pairs = pairs_of(prepared.precedences)
        slots, needed = constraints(prepared.flat, random_choice(Random(seed), prepared.graph))
        assert all(pairs[a, b] >= distance for a, b, distance, _ in needed)
        chosen = set(slots)
        assert {(a, b) for a, b in pairs if a in chosen and b in chosen} == {(a, b) for a, b, _, _ in needed}


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_no_slot_precedes_itself_and_no_pair_comes_twice(machine: Machine) -> None:
    for seed in range(20):
        starts, earlier, distances = random_prepared(seed, machine).precedences
        later = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        assert starts[-1] == len(earlier) == len(distances)
        assert (earlier != later).all()
        assert len(set(zip(earlier.tolist(), later.tolist(), strict=True))) == len(earlier)


# Against the list scheduler


def assert_keeps(prepared: PreparedGraph, cycles: list[int]) -> int:
    """Every distance between chosen slots is kept; return how many there are."""
    chosen = {
        pair: least for pair, least in pairs_of(prepared.precedences).items() if min(cycles[s] for s in pair) >= 0
    }
    assert [pair for pair, least in chosen.items() if cycles[pair[1]] < cycles[pair[0]] + least] == []
    return len(chosen)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_every_list_schedule_keeps_every_distance_between_slots_it_issues(machine: Machine) -> None:
    kept = 0
    for seed in range(20):
        prepared = random_prepared(seed, machine)
        for policy in random_policies(Random(seed), machine, 4):
            kept += assert_keeps(prepared, schedule(prepared, policy, machine.scratch_words).cycles.tolist())
    assert kept > 1000


def test_list_schedules_of_other_forms_of_a_graph_keep_them_too() -> None:
    """Those run operations in another order, but never two that touch one word."""
    kept = 0
    for seed in range(30):
        prepared = random_prepared(seed)
        words = min(needed_words(form.prepared) for form in prepared.forms())
        if words < needed_words(prepared):
            for policy in random_policies(Random(seed), TAKEHOME, 3):
                kept += assert_keeps(prepared, schedule(prepared, policy, words).cycles.tolist())
    assert kept > 1000


@pytest.mark.parametrize("written_by", [("+", "-"), ("+", "vbroadcast"), ("vbroadcast", "+")])
@pytest.mark.parametrize("latencies", list(product(range(1, 5), repeat=2)))
def test_a_list_schedule_with_free_slots_writes_a_word_again_as_soon_as_the_law_allows(
    written_by: tuple[str, str], latencies: tuple[int, int]
) -> None:
    """The compiled core of list scheduling has the law in its own loops: here it meets the one stated for all."""
    engines = ["valu" if opcode == "vbroadcast" else "alu" for opcode in written_by]
    slow = dict(zip(zip(engines, written_by, strict=True), latencies, strict=True))
    kernel = Kernel(TAKEHOME.variant("slow", latencies=slow), 0)
    zero, words = kernel.buffer("zero", 1, zero=True)[0], kernel.buffer("words", 8)
    for opcode in written_by:
        if opcode == "vbroadcast":
            kernel.broadcast(words, zero)
        else:
            kernel.scalar_binary(opcode, words[3], zero, zero)
    prepared = prepare(kernel.graph())
    cycles = schedule(prepared, default_policy(prepared.machine), prepared.machine.scratch_words).cycles
    assert cycles.tolist() == [0, distance_after_write(*latencies, *prepared.flat.slot_engines.tolist())]


# One law at a time


def test_a_reader_follows_by_the_latency_of_the_writer() -> None:
    kernel = Kernel(MIXED, 0)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", kernel.scalar("last"), word, word)
    assert prepared_pairs(kernel) == {(0, 1): 5}


def test_an_overwriting_slot_may_issue_before_a_reader_by_all_but_one_cycle_of_its_latency() -> None:
    kernel = Kernel(MIXED, 0)
    word, zero = kernel.buffer("word", 1, zero=True)[0], kernel.buffer("zero", 1, zero=True)[0]
    kernel.scalar_binary("+", kernel.scalar("copy"), word, zero)
    kernel.scalar_binary("*", word, zero, zero)
    assert prepared_pairs(kernel) == {(0, 1): -4}


@pytest.mark.parametrize(("first", "second", "distance"), [("+", "+", 0), ("*", "-", 3), ("-", "*", 0)])
def test_a_second_write_lands_after_the_first_and_does_not_issue_before_it(
    first: str, second: str, distance: int
) -> None:
    kernel = Kernel(MIXED, 0)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary(first, word, zero, zero)
    kernel.scalar_binary(second, word, zero, zero)
    assert prepared_pairs(kernel) == {(0, 1): distance}


def test_writes_of_one_word_on_two_engines_take_a_cycle_each() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero, pair = kernel.buffer("zero", 8, zero=True), kernel.buffer("pair", 8)
    kernel.scalar_binary("+", pair[3], zero[0], zero[0])
    kernel.broadcast(pair, zero[0])
    assert prepared_pairs(kernel) == {(0, 1): 1}


def test_accesses_of_one_word_of_memory_keep_the_distances_of_its_edges() -> None:
    kernel = Kernel(MIXED, 8)
    address, memory = kernel.buffer("address", 1, zero=True)[0], MemoryRange(0, 2)
    kernel.store(address, address, memory)
    kernel.load(kernel.scalar("word"), address, memory)
    kernel.store(address, address, memory)
    assert prepared_pairs(kernel) == {(0, 1): 3, (0, 2): 0, (1, 2): -2}


def test_of_two_reasons_the_longer_distance_counts() -> None:
    """The second slot reads what the first writes, after 5 cycles, and overwrites it, which may be after 4."""
    kernel = Kernel(MIXED, 0)
    zero, word = kernel.buffer("zero", 1, zero=True)[0], kernel.scalar("word")
    kernel.scalar_binary("*", word, zero, zero)
    kernel.scalar_binary("+", word, word, zero)
    assert prepared_pairs(kernel) == {(0, 1): 5}


def test_lanes_that_each_read_what_another_writes_precede_each_other() -> None:
    assert prepared_pairs(swapped_words()) == {(0, 1): 0, (1, 0): 0}


def test_a_graph_without_operations_has_none() -> None:
    assert prepared_pairs(Kernel(TAKEHOME, 0)) == {}
