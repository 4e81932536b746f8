"""References against plain Python, a word at a time."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.loader import load_problem
from problems.tree_hash.reference import HASH_STAGES
from tests.problems.kernels.test_execution import SMALL

Words = list[int]


def dot_product(words: Words, n: int) -> Words:
    return [sum(words[i] * words[n + i] for i in range(n))]


def fir(words: Words, taps: int, n: int) -> Words:
    h, x = words[:taps], words[taps:]
    return [sum(h[k] * x[i + taps - 1 - k] for k in range(taps)) for i in range(n)]


def convolution_3x3(words: Words, rows: int, columns: int) -> Words:
    weights, image = words[:9], words[9:]
    pitch = columns + 2
    return [
        sum(weights[3 * i + j] * image[(r + i) * pitch + c + j] for i in range(3) for j in range(3))
        for r in range(rows)
        for c in range(columns)
    ]


def matrix_product(words: Words, n: int) -> Words:
    a, b = words[: n * n], words[n * n :]
    return [sum(a[i * n + k] * b[k * n + j] for k in range(n)) for i in range(n) for j in range(n)]


def prefix_sum(words: Words, n: int) -> Words:
    return [sum(words[: i + 1]) for i in range(n)]


def bitonic_sort(words: Words, n: int) -> Words:
    return sorted(words)


def polynomial(words: Words, degree: int, n: int) -> Words:
    return [sum(words[k] * x**k for k in range(degree + 1)) for x in words[degree + 1 :]]


def table_lookup(words: Words, table: int, n: int) -> Words:
    return [words[n:][number] for number in words[:n]]


def hash_vectors(words: Words, vectors: int) -> Words:
    assert (HASH_STAGES[0], HASH_STAGES[5]) == (("+", 0x7ED55D16, "+", "<<", 12), ("^", 0xB55A4F09, "^", ">>", 16))
    hashed = []
    for given_word in words:
        word = given_word
        for op1, c, op2, op3, k in HASH_STAGES:
            left = word + c if op1 == "+" else word ^ c
            right = word << k if op3 == "<<" else word >> k
            word = (left + right if op2 == "+" else left % 2**32 ^ right) % 2**32
        hashed.append(word)
    return hashed


PLAIN: tuple[Callable[..., Words], ...] = (
    dot_product,
    fir,
    convolution_3x3,
    matrix_product,
    prefix_sum,
    bitonic_sort,
    polynomial,
    table_lookup,
    hash_vectors,
)


@pytest.mark.parametrize("plain", PLAIN, ids=lambda plain: plain.__name__)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_references_equal_plain_python(plain: Callable[..., Words], seed: int, data: st.DataObject) -> None:
    problem = load_problem(plain.__name__)
    shape = {name: data.draw(st.integers(*limits)) for name, limits in SMALL[problem.name].items()}
    memories = problem.inputs(shape, 8, seed)
    before = memories.copy()
    final = problem.reference(shape, memories)
    (outputs,) = problem.outputs(shape, "all")
    assert outputs.stop == problem.memory_words(shape) == final.shape[1]
    assert (memories == before).all()
    assert (final[:, : outputs.start] == before[:, : outputs.start]).all()
    for given_words, found in zip(before.tolist(), final.tolist(), strict=True):
        expected = [word % 2**32 for word in plain(given_words[: outputs.start], **shape)]
        assert found[outputs.start :] == expected
