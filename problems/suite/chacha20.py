"""ChaCha20: the quarter round and the block function, a block in each lane."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, updated, written

COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
DIAGONALS = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def quarter_round(k: Code, a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any, Any, Any]:
    """Four words mixed (RFC 8439, 2.1)."""
    a = a + b
    d = k.rotl(d ^ a, 16)
    c = c + d
    b = k.rotl(b ^ c, 12)
    a = a + b
    d = k.rotl(d ^ a, 8)
    c = c + d
    b = k.rotl(b ^ c, 7)
    return a, b, c, d


class ChaCha20QuarterRound(ArrayKernel):
    """The quarter round of ChaCha20, on words a, b, c and d of n states (RFC 8439, 2.1)."""

    name = "chacha20_quarter_round"
    n = Size(32)
    states = updated(4, "n")

    def kernel(self, k: Code, n: int, states: Array) -> None:
        for i in k.range(n):
            mixed = quarter_round(k, *(states[number, i] for number in range(4)))
            for number in range(4):
                states[number, i] = mixed[number]

    def expected(self, states: NDArray[np.uint32]) -> Any:
        return np.stack(_quarter_round(*states))


class ChaCha20Block(ArrayKernel):
    """The block function of ChaCha20, on n states of 16 words (RFC 8439, 2.3)."""

    name = "chacha20_block"
    n, double_rounds = Size(16), Size(10, most=10, summary="of a column round and a diagonal round")
    states, blocks = read(16, "n"), written(16, "n")

    def kernel(self, k: Code, n: int, double_rounds: int, states: Array, blocks: Array) -> None:
        for i in k.range(n):
            words: list[Value] = [states[number, i] for number in range(16)]
            for _ in range(double_rounds):
                for quarter in COLUMNS + DIAGONALS:
                    mixed = quarter_round(k, *(words[number] for number in quarter))
                    for number, word in zip(quarter, mixed, strict=True):
                        words[number] = word
            for number in range(16):
                blocks[number, i] = states[number, i] + words[number]

    def expected(self, double_rounds: int, states: NDArray[np.uint32]) -> Any:
        words = states.copy()
        for _ in range(double_rounds):
            for quarter in COLUMNS + DIAGONALS:
                words[list(quarter)] = _quarter_round(*words[list(quarter)])
        return states + words


def _quarter_round(*words: NDArray[np.uint32]) -> list[NDArray[np.uint32]]:
    a, b, c, d = words
    for one, two in ((16, 12), (8, 7)):
        a = a + b
        d = _rotated(d ^ a, one)
        c = c + d
        b = _rotated(b ^ c, two)
    return [a, b, c, d]


def _rotated(words: NDArray[np.uint32], distance: int) -> NDArray[np.uint32]:
    return words << np.uint32(distance) | words >> np.uint32(32 - distance)
