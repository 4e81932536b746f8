"""The ``stencil_5`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written


class Stencil5(ArrayKernel):
    """One step of Jacobi's method on a grid: each inner point becomes the sum of its neighbours less 4 times itself."""

    name = "stencil_5"
    rows, columns = Size(6, least=3), Size(18, least=3)
    a, b = read("rows", "columns"), written("rows", "columns")

    def kernel(self, k: Code, rows: int, columns: int, a: Array, b: Array) -> None:
        for row in range(1, rows - 1):
            for i in k.range(1, columns - 1):
                b[row, i] = a[row - 1, i] + a[row + 1, i] + a[row, i - 1] + a[row, i + 1] - 4 * a[row, i]

    def expected(self, a: NDArray[np.uint32], b: NDArray[np.uint32]) -> Any:
        new = b.copy()
        new[1:-1, 1:-1] = a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] - 4 * a[1:-1, 1:-1]
        return new
