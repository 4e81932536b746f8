"""Problems in the kernel language: each is right on several machines, at whole vectors or not, and searched."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

import slotsmith
from machine.model import load_machine
from problems.language import ArrayKernel
from problems.problem import Shape, check_shape
from problems.suite import SUITE
from problems.suite.binary_search import BinarySearch
from problems.suite.fnv_1a import BASIS, PRIME, Fnv1a
from problems.suite.saxpy import Saxpy
from problems.suite.stencil_5 import Stencil5
from problems.suite.sum_reduction import SumReduction
from search.board.leaderboard import Leaderboard
from tests.problems.kernels.running import assert_executes, build, random_choice, random_knobs

MACHINES = ("takehome", "sixteen_lanes", "pocket", "signal")
SHAPES: dict[str, tuple[Shape, ...]] = {
    "saxpy": ({"n": 1}, {"n": 8}, {"n": 19}, {"n": 64}),
    "fnv_1a": ({"messages": 1, "words": 1}, {"messages": 16, "words": 1}, {"messages": 21, "words": 2}),
    "stencil_5": ({"rows": 3, "columns": 3}, {"rows": 4, "columns": 18}, {"rows": 5, "columns": 29}),
    "sum_reduction": ({"n": 1}, {"n": 16}, {"n": 53}, {"n": 64}),
    "binary_search": (
        {"queries": 1, "table_size": 1},
        {"queries": 16, "table_size": 31},
        {"queries": 9, "table_size": 6},
    ),
    "extremes": ({"n": 1}, {"n": 37}),
    "histogram": ({"n": 1, "bins": 1}, {"n": 21, "bins": 3}),
    "odd_even_sort": ({"n": 2, "columns": 3}, {"n": 5, "columns": 19}),
    "murmur3": ({"keys": 1, "words": 1}, {"keys": 19, "words": 2}),
    "xorshift": ({"generators": 3, "steps": 1}, {"generators": 19, "steps": 2}),
    "crc_32_bitwise": ({"messages": 3, "length": 1}, {"messages": 16, "length": 1}),
    "crc_32_table": ({"messages": 1, "length": 3}, {"messages": 19, "length": 2}),
    "sha_256_rounds": ({"n": 1, "rounds": 2}, {"n": 16, "rounds": 2}),
    "keccak_rounds": ({"n": 16, "rounds": 1},),
    "chacha20_quarter_round": ({"n": 3}, {"n": 19}),
    "chacha20_block": ({"n": 16, "double_rounds": 1},),
    "aes_round": ({"n": 1}, {"n": 16}),
    "fft_butterflies": ({"n": 3}, {"n": 19}),
    "ntt_butterflies": ({"blocks": 1, "half": 3}, {"blocks": 2, "half": 19}),
    "levenshtein_row": ({"pairs": 3, "length": 1}, {"pairs": 19, "length": 2}),
    "k_means_assignment": (
        {"n": 3, "centres": 1, "dimensions": 1},
        {"n": 19, "centres": 3, "dimensions": 2},
    ),
    "mandelbrot": ({"n": 3, "steps": 1}, {"n": 19, "steps": 3}),
}
CASES = [(problem(), shape) for problem in SUITE for shape in SHAPES[problem.name]]


def test_each_problem_says_where_it_comes_from() -> None:
    assert all(problem.__doc__ and ("(" in problem.__doc__ or "Jacobi" in problem.__doc__) for problem in SUITE)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("problem", "given"), CASES, ids=lambda value: getattr(value, "name", str(value)))
def test_graphs_equal_the_reference_with_any_knobs(problem: ArrayKernel, given: Shape, machine: str) -> None:
    random, model, shape = Random(str(given)), load_machine(machine), check_shape(problem, given)
    memories = problem.inputs(shape, 8, seed=1)
    assert_executes(problem, given, build(problem, given, machine=model), memories)
    for _ in range(2):
        graph = build(problem, given, random_knobs(random, problem, shape, model), model)
        assert_executes(problem, given, graph, memories[4:], random_choice(random, graph))


@pytest.mark.parametrize(("problem", "given"), CASES, ids=lambda value: getattr(value, "name", str(value)))
def test_kernels_on_numpy_equal_the_reference_on_a_thousand_inputs(problem: ArrayKernel, given: Shape) -> None:
    shape = check_shape(problem, given)
    memories = problem.inputs(shape, 1000, seed=2)
    assert (problem.on_numpy(shape, memories.copy(), {}) == problem.reference(shape, memories)).all()


@pytest.mark.parametrize("problem", SUITE, ids=lambda problem: problem.name)
def test_a_small_search_gives_a_validated_program(problem: type[ArrayKernel], tmp_path: Path) -> None:
    machine = {"saxpy": "pocket", "extremes": "sixteen_lanes", "murmur3": "signal"}.get(problem.name, "takehome")
    found = slotsmith.search(
        problem(),
        SHAPES[problem.name][-1],
        machine=machine,
        seconds=None,
        schedules=8,
        stages="random",
        inputs=64,
        leaderboard=Leaderboard(tmp_path),
    )
    assert found.bound.cycles <= found.cycles
    assert found.entry.validation.inputs == 64


# What the references compute, against code that shares nothing with them


def fnv(message: bytes) -> int:
    state = BASIS
    for byte in message:
        state = (state ^ byte) * PRIME % 2**32
    return state


def test_fnv_1a_of_bytes() -> None:
    assert fnv(b"") == 0x811C9DC5
    assert fnv(b"foob") == 0x3F5076EF  # of the RFC's test vectors
    word = int.from_bytes(b"foob", "little")
    assert Fnv1a().run(text=[[word, 0]])["hashes"].tolist() == [fnv(b"foob"), fnv(bytes(4))]


def test_the_others_on_small_arrays() -> None:
    assert Saxpy().run(a=[3], x=[1, 2], y=[10, 2**32 - 1])["y"].tolist() == [13, 5]
    assert SumReduction().run(x=[2**32 - 1, 5, 7])["out"].tolist() == [11]
    assert BinarySearch().run(table=[2, 3, 5], keys=[0, 3, 4, 9])["places"].tolist() == [0, 1, 2, 3]
    grid = np.arange(9).reshape(3, 3) ** 2
    assert Stencil5().run(a=grid)["b"][1, 1] == 1 + 9 + 25 + 49 - 4 * 16
