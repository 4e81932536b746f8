"""The ``mandelbrot`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written

BITS = 12
"""After the point."""

LIMIT = 4 << BITS


class Mandelbrot(ArrayKernel):
    """After how many steps ``z z + c`` leaves the circle of radius 2, in fixed point (Mandelbrot, 1980; 12 bits).

    A point that has left goes on, with words that wrap, and is no longer counted.
    """

    n, steps = Size(16), Size(3, most=64)
    real, imaginary = read("n", least=-(2 << BITS), below=2 << BITS), read("n", least=-(2 << BITS), below=2 << BITS)
    counts = written("n")

    def kernel(self, k: Code, n: int, steps: int, real: Array, imaginary: Array, counts: Array) -> None:
        for i in k.range(n):
            x, y = real[i], imaginary[i]
            count: Value | int = 0
            inside: Value | int = 1
            for step in range(steps):
                xx, yy = k.sra(x * x, BITS), k.sra(y * y, BITS)
                inside = inside & (xx + yy < LIMIT)
                count = count + inside
                if step + 1 < steps:
                    x, y = xx - yy + real[i], k.sra(x * y, BITS - 1) + imaginary[i]
            counts[i] = count

    def expected(self, steps: int, real: NDArray[np.uint32], imaginary: NDArray[np.uint32]) -> Any:
        c = [part.view(np.int32).astype(np.int64) for part in (real, imaginary)]
        x, y = c
        counts, inside = np.zeros(len(real), dtype=np.int64), np.ones(len(real), dtype=bool)
        for _ in range(steps):
            xx, yy = (part * part >> BITS for part in (x, y))
            inside &= xx + yy < LIMIT
            counts += inside
            x, y = (np.where(inside, part, 0) for part in (xx - yy + c[0], (x * y >> BITS - 1) + c[1]))
        return counts
