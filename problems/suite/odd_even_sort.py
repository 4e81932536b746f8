"""The ``odd_even_sort`` problem."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written


def network(n: int) -> Iterator[tuple[int, int]]:
    """The compare-exchanges of Batcher's merge exchange (Knuth, vol. 3, 5.2.2, algorithm M)."""
    top = 1 << (n - 1).bit_length() >> 1
    p = top
    while p:
        q, r, d = top, 0, p
        while d:
            yield from ((i, i + d) for i in range(n - d) if i & p == r)
            d, q, r = q - p, q >> 1, p
        p >>= 1


class OddEvenSort(ArrayKernel):
    """Columns sorted by Batcher's odd-even merge network, a column in each lane (Batcher, 1968)."""

    n, columns = Size(8, least=2, most=64, summary="words of a column"), Size(16)
    x, y = read("n", "columns"), written("n", "columns")

    def kernel(self, k: Code, n: int, columns: int, x: Array, y: Array) -> None:
        for i in k.range(columns):
            words = [x[row, i] for row in range(n)]
            for upper, lower in network(n):
                words[upper], words[lower] = k.order(words[upper], words[lower])
            for row in range(n):
                y[row, i] = words[row]

    def expected(self, x: NDArray[np.uint32]) -> Any:
        return np.sort(x, axis=0)
