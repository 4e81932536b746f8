"""Stable sorting: what numpy's own gives, whatever the keys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.analysis.sorting import stable_order

numbers = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0])
runs = st.lists(st.tuples(numbers, st.integers(1, 9)), max_size=30)


def assert_sorted(keys: NDArray[np.float64]) -> None:
    assert np.array_equal(stable_order(keys), np.argsort(keys, kind="stable"))


@given(runs)
def test_runs_of_any_numbers_come_in_numpys_stable_order(drawn: list[tuple[float, int]]) -> None:
    assert_sorted(np.array([key for key, count in drawn for _ in range(count)], dtype=np.float64))


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_many_numbers_come_in_numpys_stable_order(scale: float) -> None:
    random = np.random.default_rng(0)
    drawn = random.normal(0.0, scale, 50_000)
    assert_sorted(drawn)
    assert_sorted(np.repeat(drawn[:6000], 8))
    assert_sorted(np.round(drawn / scale * 10))


def test_equal_keys_stay_as_they_stand_and_minus_zero_is_zero() -> None:
    assert stable_order(np.array([0.0, 1.0, -0.0, 1.0, -1.0, 0.0])).tolist() == [4, 0, 2, 5, 1, 3]
