"""The ``extremes`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written


class Extremes(ArrayKernel):
    """The least word, the greatest, and the exclusive-or of all, in one pass (Blelloch, Prefix sums, 1990)."""

    n = Size(64)
    x, least, greatest, parity = read("n"), written(1), written(1), written(1)

    def kernel(self, k: Code, n: int, x: Array, least: Array, greatest: Array, parity: Array) -> None:
        totals = {operator: k.total(operator) for operator in ("min", "max", "^")}
        for i in k.range(n):
            for total in totals.values():
                total.take(x[i])
        least[0], greatest[0], parity[0] = (totals[operator].word for operator in ("min", "max", "^"))

    def expected(self, x: NDArray[np.uint32]) -> Any:
        return x.min(), x.max(), np.bitwise_xor.reduce(x)
