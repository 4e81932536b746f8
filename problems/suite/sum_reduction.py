"""The ``sum_reduction`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written


class SumReduction(ArrayKernel):
    """The sum of a vector's words, the plainest reduction (Blelloch, Prefix sums and their applications, 1990)."""

    n = Size(64)
    x, out = read("n"), written(1)

    def kernel(self, k: Code, n: int, x: Array, out: Array) -> None:
        total = k.total()
        for i in k.range(n):
            total += x[i]
        out[0] = total.word

    def expected(self, x: NDArray[np.uint32]) -> Any:
        return x.sum(dtype=np.uint32)
