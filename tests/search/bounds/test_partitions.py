"""Partitions to count over: each finer than the one before, not weaker, and none that takes a schedule away."""

from itertools import pairwise
from random import Random

import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Graph
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.analysis.symmetry import Alike
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import has_counts
from search.bounds.partitions import COUNTS, partitions
from search.solver.solve_outcome import SolveLimits
from tests.search.bounds.test_work_bound import TINY, optimum, tiny_graph
from tests.search.cases import TAKEHOME, machines, needed_words, with_scratch
from tests.search.cpsat.corpus import SLOW, Saved

LIMITS = SolveLimits(20.0, workers=1)


def copies(seed: int, machine: Machine, most: int) -> Graph:
    """Two or three copies of at most ``most`` operations, each with words of its own, over words that they share."""
    random = Random(seed)
    kernel = Kernel(machine, 8)
    shared = [kernel.vector(f"shared {number}", zero=True) for number in range(2)]
    for vector in shared:
        if random.random() < 0.7:
            kernel.scalar_binary("+", vector[0], vector[0], vector[0])
    # What each operation reads: a vector that is shared (0, 1) or one that the copy has made.
    recipe = [(random.randrange(2 + n), random.randrange(2 + n)) for n in range(random.randint(1, most))]
    for copy in range(random.randint(2, 3)):
        vectors = list(shared)
        for left, right in recipe:
            vectors.append(kernel.vector(f"copy {copy}"))
            kernel.binary("+", vectors[-1], vectors[left], vectors[right])
    return kernel.graph()


def is_finer(fine: Alike, coarse: Alike) -> bool:
    """Whether all that is alike in one partition is so in the other."""
    kinds = [
        (fine.slots, coarse.slots),
        (fine.implementations, coarse.implementations),
        (fine.operations, coarse.operations),
        (fine.versions, coarse.versions),
        (fine.buffers, coarse.buffers),
    ]
    return all(len(set(zip(a, b, strict=True))) == len(set(a)) for a, b in kinds)


def answers(prepared: PreparedGraph, length: int) -> list[bool]:
    """Whether there are counts over each partition, coarsest first."""
    found = [has_counts(prepared, partition, length, LIMITS) for partition in partitions(prepared)]
    assert None not in found
    return [answer is True for answer in found]


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_each_is_finer_than_the_one_before_until_all_operations_are_apart(machine: Machine) -> None:
    for seed in range(10):
        prepared = prepare(copies(seed, machine, 6))
        found = [partition.classes.alike for partition in partitions(prepared)]
        for coarse, fine in pairwise(found):
            assert is_finer(fine, coarse)
            assert fine.count > coarse.count
        assert len(set(found[-1].operations)) == prepared.flat.operations
        assert len(found) > 1


def test_small_classes_are_split_first() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    found = list(partitions(prepared))
    assert [partition.apart for partition in found] == [1, 2, 4, 8]
    assert [len(set(partition.classes.alike.operations)) for partition in found] == [37, 49, 53, 143]


def test_the_lanes_of_an_operation_stay_together() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    *_, finest = partitions(prepared)
    assert len(set(finest.classes.alike.implementations)) == len(prepared.flat.implementation_operations)
    assert len(set(finest.classes.alike.slots)) == len(prepared.flat.implementation_operations)


def test_a_graph_of_nothing_has_one() -> None:
    assert len(list(partitions(prepare(Graph(TAKEHOME, 0, (), ()))))) == 1


def test_arguments_say_what_was_counted() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    first, second, *_ = partitions(prepared)
    assert first.argument == COUNTS
    assert second.argument == f"{COUNTS}, classes of up to 2 operations split"


@pytest.mark.parametrize("machine", TINY, ids=lambda machine: machine.name)
def test_no_partition_refutes_the_optimum_and_none_is_weaker_than_a_coarser(machine: Machine) -> None:
    tiny = [tiny_graph(seed, machine) for seed in range(20)]
    for seed, graph in enumerate([*tiny, *(copies(seed, machine, 2) for seed in range(20))]):
        prepared = prepare(graph)
        best = optimum(prepared)
        assert all(answers(prepared, best)), seed
        for length in range(max(0, best - 2), best):
            found = answers(prepared, length)
            assert found == sorted(found, reverse=True), (seed, length)


def test_none_is_weaker_where_scratch_is_scarce() -> None:
    for seed in range(8):
        roomy = prepare(copies(seed, TAKEHOME, 6))
        prepared = with_scratch(roomy, needed_words(roomy))
        bound = lower_bound(prepared).cycles
        for length in range(bound, bound + 4):
            found = answers(prepared, length)
            assert found == sorted(found, reverse=True), (seed, length)
