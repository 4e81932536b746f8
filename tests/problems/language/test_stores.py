"""Stores of a loop: two that may meet in different iterations are refused; lanes would decide which is the last."""

from collections.abc import Callable
from dataclasses import replace
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import KernelError
from problems.language import Array, ArrayKernel, Code, Index, Size, read, updated
from problems.language.loops import Access
from tests.problems.kernels.running import build

Body = Callable[[Array, Array, Index], None]


class Stores(ArrayKernel):
    """A loop with the body of a test."""

    n = Size(9)
    places, y, square = read("n", below="n"), updated("2 * n"), updated("n", "n")
    body: Body

    def kernel(self, k: Code, n: int, places: Array, y: Array, square: Array) -> None:
        for i in k.range(n):
            self.body(y if self.is_list else square, places, i)

    is_list = True


def stores(body: Body, n: int, *, square: bool = False) -> None:
    """Build a kernel whose loop has this body."""
    build(type("Stores", (Stores,), {"body": staticmethod(body), "is_list": not square})(), {"n": n})


def neighbours(y: Array, places: Array, i: Index) -> None:
    y[i], y[i + 1] = 1, 2


def first_and_all(y: Array, places: Array, i: Index) -> None:
    y[0], y[i] = 1, 2


def zero_and_scatter(y: Array, places: Array, i: Index) -> None:
    y[i] = 0
    y[places[i]] = 1


def two_scatters(y: Array, places: Array, i: Index) -> None:
    y[places[i]], y[places[i] + 1] = 1, 2


def different_strides(y: Array, places: Array, i: Index) -> None:
    y[2 * i], y[i + 5] = 1, 2


@pytest.mark.parametrize("body", [neighbours, first_and_all, zero_and_scatter, two_scatters, different_strides])
def test_stores_that_may_meet_are_refused(body: Body) -> None:
    with pytest.raises(KernelError, match="an iteration stores to a word of y to which another stores, too"):
        stores(body, 9)


def even_and_odd(y: Array, places: Array, i: Index) -> None:
    y[2 * i], y[2 * i + 1] = 1, 2


def twice_the_same(y: Array, places: Array, i: Index) -> None:
    y[i] = 1
    y[i] = 2


def one_scatter(y: Array, places: Array, i: Index) -> None:
    y[places[i]] = i


def words(y: Array, places: Array, i: Index) -> None:
    y[0], y[places[0]] = 1, 2


@pytest.mark.parametrize("body", [even_and_odd, twice_the_same, one_scatter, words])
def test_stores_that_cannot_meet_are_not(body: Body) -> None:
    stores(body, 9)


def symmetric(square: Array, places: Array, i: Index) -> None:
    square[0, i], square[i, 0] = 1, 2


def one_hot(square: Array, places: Array, i: Index) -> None:
    for column in range(9):
        square[i, column] = 0
    square[i, places[i]] = 1


def named_rows(square: Array, places: Array, i: Index) -> None:
    square[places[0], i], square[places[1], i] = 1, 2


@pytest.mark.parametrize("body", [symmetric, one_hot, named_rows])
def test_rows_and_columns_meet_in_the_same_iteration_alone(body: Body) -> None:
    stores(body, 9, square=True)


def test_an_only_iteration_meets_no_other() -> None:
    stores(neighbours, 1)


@st.composite
def accesses(draw: st.DrawFn) -> Access:
    """A store to words of ``y``, looked up or not."""
    reach = draw(st.integers(0, 12))
    step = draw(st.integers(1, 5)) if reach else 0
    return Access("y", draw(st.integers(0, 20)), draw(st.integers(0, 4)), reach > 0, reach, step)


@given(accesses(), accesses(), st.integers(0, 3), st.integers(1, 12))
def test_two_stores_collide_where_two_indices_may_store_to_one_word(
    one: Access, other: Access, start: int, count: int
) -> None:
    indices = range(start, start + count)
    step = max(gcd(one.step, other.step), 1)
    apart = [
        one.scale * i + one.constant - other.scale * j - other.constant for i in indices for j in indices if i != j
    ]
    expected = any(-one.reach <= words <= other.reach and words % step == 0 for words in apart)
    assert one.collides(other, indices) == (expected and one != other)


def test_many_indices_are_compared_at_once() -> None:
    """Even words and one more: a million indices, in far less time than each with each takes."""
    even, last = Access("y", 0, 2, False), Access("y", 2_000_000, 0, False)
    assert not even.collides(last, range(1_000_000))
    assert not last.collides(even, range(1_000_000))
    assert even.collides(replace(last, constant=40), range(1_000_000))
