"""The ``histogram`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, choice, read, written

COMPARE, SCATTER = "compare", "scatter"


class Histogram(ArrayKernel):
    """How often each value occurs: by a comparison with each bin, or word by word (Knuth, vol. 3, 5.2, algorithm D)."""

    n, bins = Size(32), Size(8, most=256)
    method = choice(COMPARE, SCATTER, summary="vectors compared with each bin, or words counted in memory one by one")
    x, counts = read("n", below="bins"), written("bins")

    def kernel(self, k: Code, n: int, bins: int, method: str, x: Array, counts: Array) -> None:
        if method == SCATTER:
            for i in k.range(bins):
                counts[i] = 0
            for number in range(n):
                counts[x[number]] += 1
        else:
            totals = [k.total() for _ in range(bins)]
            for i in k.range(n):
                for number, total in enumerate(totals):
                    total.take(x[i] == number)
            for number, total in enumerate(totals):
                counts[number] = total.word

    def expected(self, bins: int, x: NDArray[np.uint32]) -> Any:
        return np.bincount(x, minlength=bins)
