"""The ``binary_search`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written


class BinarySearch(ArrayKernel):
    """How many words of a sorted table are less than each key, without branches (Knuth, vol. 3, 6.2.1, algorithm U)."""

    queries, table_size = Size(16, most=4096), Size(31, most=4096)
    table, keys, places = read("table_size", ascending=True), read("queries"), written("queries")

    def kernel(self, k: Code, queries: int, table_size: int, table: Array, keys: Array, places: Array) -> None:
        for i in k.range(queries):
            place: Value | int = 0
            left = table_size
            while left > 1:
                half = left // 2
                place += (table[place + (half - 1)] < keys[i]) * half
                left -= half
            places[i] = place + (table[place] < keys[i])

    def expected(self, table: NDArray[np.uint32], keys: NDArray[np.uint32]) -> Any:
        return np.searchsorted(table, keys)
