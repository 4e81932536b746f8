"""The catalogue: every problem of the suite, with its origin and shapes that can be built."""

import pytest

from machine.model import load_machine
from problems.knobs import default_settings
from problems.problem import format_shape, parse_shape
from problems.suite.catalogue import CATALOGUE, Listed
from search.tasks.building import build_graph
from search.tasks.task import Task

WANTED = {
    *("dot_product", "saxpy", "fir", "convolution_3x3", "matrix_product", "prefix_sum", "sum_reduction", "histogram"),
    *("bitonic_sort", "odd_even_sort", "binary_search", "fnv_1a", "murmur3", "crc_32_bitwise", "crc_32_table"),
    *("xorshift", "sha_256_rounds", "chacha20_quarter_round", "chacha20_block", "aes_round", "fft_butterflies"),
    *("ntt_butterflies", "keccak_rounds", "levenshtein_row", "k_means_assignment", "mandelbrot"),
}


def test_it_has_what_a_suite_needs() -> None:
    names = [listed.problem.name for listed in CATALOGUE]
    assert len(names) == len(set(names)) >= 24
    assert set(names) >= WANTED
    assert all(len(listed.origin) > 10 for listed in CATALOGUE)


@pytest.mark.parametrize("listed", CATALOGUE, ids=lambda listed: listed.problem.name)
def test_its_shapes_grow_and_are_written_in_full(listed: Listed) -> None:
    problem = listed.problem()
    small, large = (parse_shape(problem, text) for text in listed.shapes)
    assert tuple(map(format_shape, (small, large))) == listed.shapes
    assert all(small[name] <= large[name] for name in small)
    assert problem.memory_words(small) <= problem.memory_words(large)
    assert small != large
    for machine in map(load_machine, ("takehome", "signal")):
        task = Task(problem, small, problem.categories[0], machine)
        knobs = problem.knobs(small, problem.categories[0], machine)
        assert build_graph(task, default_settings(knobs)).operations
