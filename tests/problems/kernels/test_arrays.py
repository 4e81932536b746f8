from pathlib import Path

import numpy as np
import pytest

import problems.kernels as kernels_module
from problems.kernels import KERNELS
from problems.kernels.arrays import BOUNDARY_WORDS
from problems.kernels.bitonic_sort import BitonicSort
from problems.kernels.hash_vectors import HashVectors
from problems.kernels.table_lookup import TableLookup
from problems.loader import load_problem
from problems.problem import Problem

kernels = pytest.mark.parametrize("problem", [kernel() for kernel in KERNELS], ids=lambda problem: problem.name)


def test_boundary_words_are_those_of_unsigned_and_signed_words() -> None:
    assert set(BOUNDARY_WORDS) == {0, 1, 2**31 - 1, 2**31, 2**32 - 1}


@kernels
def test_kernels_are_built_in(problem: Problem) -> None:
    assert type(load_problem(problem.name)) is type(problem)


@kernels
def test_inputs_are_boundary_words_then_random_ones(problem: Problem) -> None:
    shape = problem.default_shape()
    images = problem.inputs(shape, 9, seed=4)
    assert (images.shape, images.dtype) == ((9, problem.memory_words(shape)), np.dtype(np.uint32))
    (outputs,) = problem.outputs(shape, "all")
    read = images[:, : outputs.start]
    last = read[:, -1]  # any word: a number of table_lookup is the first
    assert last[:5].tolist() == list(BOUNDARY_WORDS)
    mixed = np.isin(read, BOUNDARY_WORDS).sum(axis=1)
    assert all(mixed[row] > 0 for row in (5, 7))
    assert all(mixed[row] < mixed[5] for row in (6, 8))
    assert (problem.inputs(shape, 9, seed=4) == images).all()
    assert (problem.inputs(shape, 9, seed=5)[5:] != images[5:]).any(axis=1).all()


@kernels
@pytest.mark.parametrize("count", [0, 1, 6])
def test_any_count_of_inputs(problem: Problem, count: int) -> None:
    assert len(problem.inputs(problem.default_shape(), count, seed=0)) == count


@kernels
def test_words_to_be_written_hold_what_must_be_replaced(problem: Problem) -> None:
    shape = problem.default_shape()
    images = problem.inputs(shape, 8, seed=4)
    (outputs,) = problem.outputs(shape, "all")
    changed = images[:, outputs.start :] != problem.reference(shape, images)[:, outputs.start :]
    assert changed.all(axis=0).any()


def test_numbers_lie_within_the_table_its_ends_included() -> None:
    images = TableLookup().inputs({"table": 5, "n": 20}, 40, seed=0)
    assert set(np.unique(images[:, :20]).tolist()) == set(range(5))
    assert images[:, 20:25].max() == 2**32 - 1


def test_a_kernels_digest_is_of_what_it_uses_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    used = {
        BitonicSort(): {"bitonic_sort.py", "arrays.py", "sources.py", "vectors.py", "lanes.py"},
        HashVectors(): {"hash_vectors.py", "arrays.py", "sources.py", "vectors.py"}
        | {"hash.py", "reference.py", "layout.py"},
    }
    before = {problem: problem.digest() for problem in used}
    read = Path.read_bytes
    everything = {file.name for problem in used for file in Path(str(kernels_module.__file__)).parent.glob("*.py")} | {
        "hash.py"
    }
    for changed in everything | {"reference.py", "layout.py", "walkers.py"}:

        def read_changed(path: Path, changed: str = changed) -> bytes:
            return read(path) + (b"#" if path.name == changed else b"")

        monkeypatch.setattr(Path, "read_bytes", read_changed)
        for problem, files in used.items():
            assert (problem.digest() != before[problem]) == (changed in files), changed


def test_digests_of_kernels_differ() -> None:
    assert len({kernel().digest() for kernel in KERNELS}) == len(KERNELS)
