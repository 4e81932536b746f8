"""The ``fnv_1a`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written

PRIME, BASIS = 0x01000193, 0x811C9DC5


class Fnv1a(ArrayKernel):
    """The hash FNV-1a of messages, byte by byte (Fowler, Noll and Vo, 1991; RFC 9923)."""

    name = "fnv_1a"
    messages, words = Size(32, most=4096), Size(2, most=64, summary="words of 4 bytes in a message, lowest byte first")
    text, hashes = read("words", "messages"), written("messages")

    def kernel(self, k: Code, messages: int, words: int, text: Array, hashes: Array) -> None:
        for i in k.range(messages):
            state: Value | int = BASIS
            for number in range(words):
                for shift in (0, 8, 16, 24):
                    state = (state ^ (text[number, i] >> shift & 255)) * PRIME
            hashes[i] = state

    def expected(self, text: NDArray[np.uint32]) -> Any:
        state = np.full(text.shape[1], BASIS, dtype=np.uint32)
        for word in text:
            for byte in word.astype("<u4").view(np.uint8).reshape(-1, 4).T:
                state = (state ^ byte) * np.uint32(PRIME)
        return state
