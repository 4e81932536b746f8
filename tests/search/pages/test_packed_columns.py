"""Columns within a page: short, and whole again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.pages.packed_columns import pack_tables
from tests.search.pages.unpacking import unpacked

NUMBERS = st.integers(-(1 << 31), (1 << 31) - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)), st.lists(NUMBERS))
def test_what_was_packed_is_unpacked(pairs: list[tuple[int, int]], numbers: list[int]) -> None:
    tables = {"pairs": {"b": [b for b, _ in pairs], "a": [a for _, a in pairs]}, "numbers": {"n": numbers}}
    arrays = {
        name: {n: np.array(column, dtype=np.int64) for n, column in table.items()} for name, table in tables.items()
    }
    assert unpacked(pack_tables(arrays)) == tables


def test_long_columns_that_rise_are_short() -> None:
    rising = np.arange(1_000_000, dtype=np.int64) * 3
    assert len(pack_tables({"one": {"rising": rising}})["packed"]) < 10_000
