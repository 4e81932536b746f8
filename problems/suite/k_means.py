"""The ``k_means_assignment`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written


class KMeansAssignment(ArrayKernel):
    """The nearest of some centres to each point, the first of several, and the square of its distance (Lloyd, 1982)."""

    name = "k_means_assignment"
    n, centres, dimensions = Size(16), Size(3, most=64), Size(2, most=16)
    points, middles = read("dimensions", "n", below=4096), read("centres", "dimensions", below=4096)
    nearest, distances = written("n"), written("n")

    def kernel(
        self, k: Code, n: int, centres: int, dimensions: int,
        points: Array, middles: Array, nearest: Array, distances: Array,
    ) -> None:  # fmt: skip
        for i in k.range(n):
            best: Value | int = 0
            least: Value | int | None = None
            for centre in range(centres):
                distance: Value | int = 0
                for axis in range(dimensions):
                    away = points[axis, i] - middles[centre, axis]
                    distance = away * away + distance
                if least is None:
                    least = distance
                else:
                    is_nearer = distance < least
                    best, least = k.select(is_nearer, centre, best), k.select(is_nearer, distance, least)
            nearest[i], distances[i] = best, least

    def expected(self, points: NDArray[np.uint32], middles: NDArray[np.uint32]) -> Any:
        away = middles.astype(np.int64)[:, :, np.newaxis] - points.astype(np.int64)
        distances = (away**2).sum(axis=1)
        return distances.argmin(axis=0), distances.min(axis=0)
