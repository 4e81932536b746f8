"""SHA-256: rounds of the compression function, a message block in each lane."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _root(number: int) -> int:
    """The largest integer whose cube is at most ``number``."""
    root = int(number ** (1 / 3))
    while root**3 > number:
        root -= 1
    while (root + 1) ** 3 <= number:
        root += 1
    return root


CONSTANTS = tuple(_root(prime << 96) & 0xFFFF_FFFF for prime in _primes(64))
"""The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2)."""


class Sha256Rounds(ArrayKernel):
    """The first rounds of the compression function of SHA-256, added to the state (FIPS 180-4, 6.2.2); 64 are all."""

    name = "sha_256_rounds"
    n, rounds = Size(16), Size(4, most=64)
    state, block, after = read(8, "n"), read(16, "n"), written(8, "n")

    def kernel(self, k: Code, n: int, rounds: int, state: Array, block: Array, after: Array) -> None:
        for i in k.range(n):
            a, b, c, d, e, f, g, h = before = [state[number, i] for number in range(8)]
            w: list[Value] = [block[number, i] for number in range(min(rounds, 16))]
            for t in range(rounds):
                if t >= 16:
                    small_0 = k.rotr(w[t - 15], 7) ^ k.rotr(w[t - 15], 18) ^ (w[t - 15] >> 3)
                    small_1 = k.rotr(w[t - 2], 17) ^ k.rotr(w[t - 2], 19) ^ (w[t - 2] >> 10)
                    w.append(small_1 + w[t - 7] + small_0 + w[t - 16])
                choice, majority = g ^ (e & (f ^ g)), (a & b) | (c & (a | b))
                large_0 = k.rotr(a, 2) ^ k.rotr(a, 13) ^ k.rotr(a, 22)
                large_1 = k.rotr(e, 6) ^ k.rotr(e, 11) ^ k.rotr(e, 25)
                t1 = h + large_1 + choice + (w[t] + CONSTANTS[t])
                a, b, c, d, e, f, g, h = t1 + large_0 + majority, a, b, c, d + t1, e, f, g
            for number, word in enumerate((a, b, c, d, e, f, g, h)):
                after[number, i] = before[number] + word

    def expected(self, rounds: int, state: NDArray[np.uint32], block: NDArray[np.uint32]) -> Any:
        w = list(block)
        for t in range(16, 64):
            small_0 = _rotated(w[t - 15], 7) ^ _rotated(w[t - 15], 18) ^ w[t - 15] >> 3
            small_1 = _rotated(w[t - 2], 17) ^ _rotated(w[t - 2], 19) ^ w[t - 2] >> 10
            w.append(w[t - 16] + small_0 + w[t - 7] + small_1)
        a, b, c, d, e, f, g, h = state
        for t in range(rounds):
            large_1 = _rotated(e, 6) ^ _rotated(e, 11) ^ _rotated(e, 25)
            t1 = h + large_1 + (e & f ^ ~e & g) + np.uint32(CONSTANTS[t]) + w[t]
            large_0 = _rotated(a, 2) ^ _rotated(a, 13) ^ _rotated(a, 22)
            t2 = large_0 + (a & b ^ a & c ^ b & c)
            a, b, c, d, e, f, g, h = t1 + t2, a, b, c, d + t1, e, f, g
        return state + np.stack([a, b, c, d, e, f, g, h])


def _rotated(words: NDArray[np.uint32], distance: int) -> NDArray[np.uint32]:
    return words >> np.uint32(distance) | words << np.uint32(32 - distance)
