"""Columns within a page: short, and whole again."""

import base64
import gzip
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.pages.packed_columns import pack_tables

NUMBERS = st.integers(-(1 << 31), (1 << 31) - 1)


def unpacked(data: dict[str, Any]) -> dict[str, dict[str, list[int]]]:
    """What the script of pages does."""
    planes = np.frombuffer(gzip.decompress(base64.b64decode(data["packed"])), dtype=np.uint8)
    tables: dict[str, dict[str, list[int]]] = {}
    for name, length, columns in data["layout"]:
        tables[name] = {}
        for column in columns:
            own, planes = planes[: 4 * length], planes[4 * length :]
            steps = own.reshape(4, length).T.copy().view("<i4").reshape(length)
            tables[name][column] = np.cumsum(steps, dtype=np.int32).tolist()
    assert not len(planes)
    return tables


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
