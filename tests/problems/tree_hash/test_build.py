"""The kernel, executed directly, equals the reference: for every recorded shape, every height, any knobs."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machine.graph.flat import flatten
from machine.graph.operation import Graph
from tests.problems.tree_hash.kernels import (
    PROBLEM,
    TAKEHOME,
    assert_outputs,
    build,
    default_knobs,
    random_choice,
    random_knobs,
)
from tests.recorded import TreeHashCase, tree_hash_cases

BY_SHAPE = {case.name: case for case in tree_hash_cases()}
categories = pytest.mark.parametrize("category", PROBLEM.categories)
recorded_shapes = pytest.mark.parametrize("case", BY_SHAPE.values(), ids=lambda case: case.name)


def images(case: TreeHashCase) -> np.ndarray:
    """The recorded image, and a mixture of boundary words and random ones."""
    recorded = np.array([case.memory], dtype=np.uint32)
    return np.concatenate([recorded, PROBLEM.inputs(case.shape, 5, seed=1)[4:]])


@pytest.mark.slow
@categories
@recorded_shapes
def test_the_default_kernel_equals_the_reference(case: TreeHashCase, category: str) -> None:
    graph = build(case.shape, category, default_knobs(case.shape, category))
    assert_outputs(case.shape, category, graph, images(case))


@pytest.mark.slow
@categories
@recorded_shapes
def test_kernels_of_random_knobs_equal_the_reference(case: TreeHashCase, category: str) -> None:
    random = Random(f"{case.name} {category}")
    for _ in range(2):
        graph = build(case.shape, category, random_knobs(random, case.shape, category))
        assert_outputs(case.shape, category, graph, images(case), random_choice(random, graph))


@pytest.mark.slow
@categories
@pytest.mark.parametrize("height", range(13))
@pytest.mark.parametrize("batch", [3, 8, 17])
def test_trees_of_every_height(height: int, batch: int, category: str) -> None:
    shape = {"height": height, "rounds": min(height + 3, 14), "batch": batch}
    random = Random(height)
    memories = PROBLEM.inputs(shape, 6, seed=height)
    for knobs in (default_knobs(shape, category), random_knobs(random, shape, category)):
        graph = build(shape, category, knobs)
        assert_outputs(shape, category, graph, memories[3:], random_choice(random, graph))


@categories
@pytest.mark.parametrize("batch", range(1, 18))
def test_batches_that_fill_no_vector(batch: int, category: str) -> None:
    shape = {"height": 4, "rounds": 7, "batch": batch}
    random = Random(batch)
    memories = PROBLEM.inputs(shape, 6, seed=batch)
    for knobs in (default_knobs(shape, category), random_knobs(random, shape, category)):
        assert_outputs(shape, category, build(shape, category, knobs), memories)


@pytest.mark.slow
@settings(max_examples=120)
@given(
    height=st.integers(0, 7),
    rounds=st.integers(1, 26),
    batch=st.integers(1, 34),
    category=st.sampled_from(PROBLEM.categories),
    seed=st.integers(0, 2**32),
)
def test_any_shape_any_knobs_any_implementations(
    height: int, rounds: int, batch: int, category: str, seed: int
) -> None:
    shape = {"height": height, "rounds": rounds, "batch": batch}
    random = Random(seed)
    graph = build(shape, category, random_knobs(random, shape, category))
    flatten(graph)
    memories = PROBLEM.inputs(shape, 6, seed=seed)
    assert_outputs(shape, category, graph, memories[[random.randrange(4), 4, 5]], random_choice(random, graph))


@categories
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8, 12, 16])
def test_machines_of_other_vector_lengths(length: int, category: str) -> None:
    machine = TAKEHOME.variant("other", vector_length=length)
    for shape in ({"height": 5, "rounds": 8, "batch": 19}, {"height": 2, "rounds": 7, "batch": 5}):
        random = Random(length)
        memories = PROBLEM.inputs(shape, 6, seed=length)
        for knobs in (default_knobs(shape, category, machine), random_knobs(random, shape, category, machine)):
            graph = build(shape, category, knobs, machine)
            assert_outputs(shape, category, graph, memories, random_choice(random, graph))


# Each knob by itself, away from its default

SMALL = {"height": 5, "rounds": 14, "batch": 21}


def settings_of_one_knob() -> list[tuple[str, int | str]]:
    found: list[tuple[str, int | str]] = []
    for knob in PROBLEM.knobs(SMALL, "values", TAKEHOME):
        samples = {knob.sample(Random(seed)) for seed in range(40)}
        found += [(knob.name, value) for value in sorted(samples, key=str) if value != knob.default]
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), settings_of_one_knob())
def test_every_setting_of_every_knob(name: str, value: int | str) -> None:
    graph = build(SMALL, "values+indices", {**default_knobs(SMALL, "values+indices"), name: value})
    assert_outputs(SMALL, "values+indices", graph, PROBLEM.inputs(SMALL, 5, seed=3)[3:])


# Memory


def memory_ranges(graph: Graph) -> list[tuple[int, int]]:
    return [(start, stop) for start, stop in flatten(graph).slot_memory.tolist() if stop >= 0]


@categories
@pytest.mark.parametrize("height", [0, 1, 2, 3, 6])
@pytest.mark.parametrize("batch", [1, 7, 8, 9])
def test_memory_ranges_stay_within_memory(height: int, batch: int, category: str) -> None:
    shape = {"height": height, "rounds": 2 * height + 3, "batch": batch}
    for knobs in (default_knobs(shape, category), random_knobs(Random(batch), shape, category)):
        ranges = memory_ranges(build(shape, category, knobs))
        assert min(start for start, _ in ranges) >= 0
        assert max(stop for _, stop in ranges) == PROBLEM.memory_words(shape)


def test_the_same_knobs_build_the_same_graph() -> None:
    knobs = random_knobs(Random(5), SMALL, "values")
    assert build(SMALL, "values", knobs) == build(SMALL, "values", knobs)


def test_operations_carry_their_group_and_round() -> None:
    graph = build(SMALL, "values", default_knobs(SMALL, "values"))
    assert {operation.stream for operation in graph.operations} == {0, 1, 2}
    assert {operation.step for operation in graph.operations} == set(range(14))
