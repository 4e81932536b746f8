"""The ``xorshift`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written


class Xorshift(ArrayKernel):
    """Memory filled by generators of random words, a generator in each lane (Marsaglia, Xorshift RNGs, 2003, p. 4)."""

    generators, steps = Size(32), Size(2, most=64)
    seeds, words = read("generators"), written("steps", "generators")

    def kernel(self, k: Code, generators: int, steps: int, seeds: Array, words: Array) -> None:
        for i in k.range(generators):
            y = seeds[i]
            for step in range(steps):
                y = y ^ y << 13
                y = y ^ y >> 17
                y = y ^ y << 5
                words[step, i] = y

    def expected(self, steps: int, seeds: NDArray[np.uint32]) -> Any:
        filled = np.empty((steps, len(seeds)), dtype=np.uint32)
        for row in filled:
            for shift, bits in ((np.left_shift, 13), (np.right_shift, 17), (np.left_shift, 5)):
                seeds = seeds ^ shift(seeds, np.uint32(bits))
            row[:] = seeds
        return filled
