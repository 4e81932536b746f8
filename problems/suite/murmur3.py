"""The ``murmur3`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, read, written

C1, C2, STEP = 0xCC9E2D51, 0x1B873593, 0xE6546B64
MIX_1, MIX_2 = 0x85EBCA6B, 0xC2B2AE35


class Murmur3(ArrayKernel):
    """The hash MurmurHash3_x86_32 of keys of whole words (Appleby, 2011)."""

    name = "murmur3"
    keys, words = Size(16), Size(2, most=64, summary="words of 4 bytes in a key, lowest byte first")
    text, seeds, hashes = read("words", "keys"), read("keys"), written("keys")

    def kernel(self, k: Code, keys: int, words: int, text: Array, seeds: Array, hashes: Array) -> None:
        for i in k.range(keys):
            state = seeds[i]
            for number in range(words):
                state = state ^ k.rotl(text[number, i] * C1, 15) * C2
                state = k.rotl(state, 13) * 5 + STEP
            state = state ^ (4 * words)
            state = (state ^ state >> 16) * MIX_1
            state = (state ^ state >> 13) * MIX_2
            hashes[i] = state ^ state >> 16

    def expected(self, words: int, text: NDArray[np.uint32], seeds: NDArray[np.uint32]) -> Any:
        hashes = seeds.copy()
        for word in text:
            mixed = word * np.uint32(C1)
            hashes ^= (mixed << np.uint32(15) | mixed >> np.uint32(17)) * np.uint32(C2)
            hashes = (hashes << np.uint32(13) | hashes >> np.uint32(19)) * np.uint32(5) + np.uint32(STEP)
        hashes ^= np.uint32(4 * words)
        for shift, factor in ((16, MIX_1), (13, MIX_2)):
            hashes = (hashes ^ hashes >> np.uint32(shift)) * np.uint32(factor)
        return hashes ^ hashes >> np.uint32(16)
