"""The ``saxpy`` problem."""

from typing import Any

from problems.language import Array, ArrayKernel, Code, Size, read, updated


class Saxpy(ArrayKernel):
    """A vector times a word, added to another vector, as in level 1 of the BLAS (Lawson and others, 1979)."""

    n = Size(64)
    a, x, y = read(1), read("n"), updated("n")

    def kernel(self, k: Code, n: int, a: Array, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = a[0] * x[i] + y[i]

    def expected(self, a: Any, x: Any, y: Any) -> Any:
        return a[0] * x + y
