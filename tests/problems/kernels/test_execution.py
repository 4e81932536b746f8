"""Every kernel's graph, executed directly, equals its reference: any shape, knobs and implementations."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.kernels import KERNELS
from problems.loader import load_problem
from problems.problem import Problem, Shape, check_shape
from tests.problems.kernels.running import TAKEHOME, assert_executes, build, random_choice, random_knobs

SHAPES: dict[str, tuple[Shape, ...]] = {
    "dot_product": ({"n": 1}, {"n": 7}, {"n": 8}, {"n": 9}, {"n": 67}),
    "fir": ({"taps": 1, "n": 1}, {"taps": 9, "n": 3}, {"taps": 5, "n": 21}, {"taps": 8, "n": 8}),
    "convolution_3x3": (
        {"rows": 1, "columns": 1},
        {"rows": 3, "columns": 5},
        {"rows": 2, "columns": 13},
        {"rows": 3, "columns": 16},
    ),
    "matrix_product": tuple({"n": n} for n in (1, 2, 3, 5, 7, 8, 9, 12)),
    "prefix_sum": tuple({"n": n} for n in (1, 2, 7, 8, 9, 16, 21, 64)),
    "bitonic_sort": tuple({"n": n} for n in (1, 2, 3, 4, 7, 8, 9, 17, 32)),
    "polynomial": ({"degree": 1, "n": 1}, {"degree": 6, "n": 11}, {"degree": 8, "n": 8}, {"degree": 3, "n": 35}),
    "table_lookup": ({"table": 1, "n": 1}, {"table": 5, "n": 19}, {"table": 100, "n": 8}),
    "hash_vectors": tuple({"vectors": vectors} for vectors in (1, 2, 8)),
}
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in ({}, *shapes)]
SMALL: dict[str, dict[str, tuple[int, int]]] = {
    "dot_product": {"n": (1, 80)},
    "fir": {"taps": (1, 12), "n": (1, 40)},
    "convolution_3x3": {"rows": (1, 5), "columns": (1, 16)},
    "matrix_product": {"n": (1, 9)},
    "prefix_sum": {"n": (1, 80)},
    "bitonic_sort": {"n": (1, 40)},
    "polynomial": {"degree": (1, 12), "n": (1, 40)},
    "table_lookup": {"table": (1, 60), "n": (1, 40)},
    "hash_vectors": {"vectors": (1, 4)},
}
kernels = pytest.mark.parametrize("problem", [kernel() for kernel in KERNELS], ids=lambda problem: problem.name)


def test_every_kernel_is_tested() -> None:
    assert set(SHAPES) == set(SMALL) == {kernel.name for kernel in KERNELS}


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_kernels_of_many_shapes_equal_the_reference(name: str, shape: Shape) -> None:
    problem = load_problem(name)
    full, random = check_shape(problem, shape), Random(str(shape))
    memories = problem.inputs(full, 8, seed=1)
    assert_executes(problem, shape, build(problem, shape), memories)
    graph = build(problem, shape, random_knobs(random, problem, full))
    assert_executes(problem, shape, graph, memories, random_choice(random, graph))


def random_shape(random: Random, problem: Problem) -> Shape:
    return {name: random.randint(*limits) for name, limits in SMALL[problem.name].items()}


@kernels
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_any_shape_any_knobs_any_implementations(problem: Problem, seed: int, data: st.DataObject) -> None:
    shape = {name: data.draw(st.integers(*limits)) for name, limits in SMALL[problem.name].items()}
    random = Random(seed)
    graph = build(problem, shape, random_knobs(random, problem, shape))
    memories = problem.inputs(shape, 8, seed)[[random.randrange(5), 5, 6]]
    assert_executes(problem, shape, graph, memories, random_choice(random, graph))


@kernels
@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 12, 16])
def test_machines_of_other_vector_lengths(problem: Problem, length: int) -> None:
    machine = TAKEHOME.variant("other", vector_length=length)
    random = Random(length)
    for _ in range(4):
        shape = random_shape(random, problem)
        graph = build(problem, shape, random_knobs(random, problem, shape, machine), machine)
        assert_executes(problem, shape, graph, problem.inputs(shape, 7, seed=length)[4:], random_choice(random, graph))


@kernels
def test_every_setting_of_every_knob(problem: Problem) -> None:
    shape = problem.default_shape()
    memories = problem.inputs(shape, 7, seed=2)[4:]
    for knob in problem.knobs(shape, "all", TAKEHOME):
        assert knob.summary
        assert knob.parse(str(knob.default)) == knob.default
        for value in {knob.sample(Random(seed)) for seed in range(30)}:
            assert_executes(problem, shape, build(problem, shape, {knob.name: value}), memories)


@kernels
def test_default_graphs_are_small_and_always_the_same(problem: Problem) -> None:
    graph = build(problem, {})
    assert 20 <= len(graph.operations) <= 200
    assert graph == build(problem, {})
