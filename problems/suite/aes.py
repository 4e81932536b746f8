"""A round of AES by table look-ups, a block in each lane."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, choice, fixed, read, written

MODULUS = 0x11B
FOUR, ONE = "four", "one"


def _times(a: int, b: int) -> int:
    """The product in the field of 256 elements (FIPS 197, 4.2)."""
    product = 0
    for bit in range(8):
        product ^= (a << bit) * (b >> bit & 1)
    for bit in reversed(range(8, 16)):
        product ^= (MODULUS << bit - 8) * (product >> bit & 1)
    return product


def _substituted(byte: int) -> int:
    """SubBytes of a byte (FIPS 197, 5.1.1)."""
    inverse = next((other for other in range(256) if _times(byte, other) == 1), 0)
    turned = inverse * 0x101
    return (inverse ^ turned >> 4 ^ turned >> 5 ^ turned >> 6 ^ turned >> 7 ^ 0x63) & 255


SUBSTITUTED = tuple(map(_substituted, range(256)))


def _column(byte: int) -> int:
    """What a byte in the first row does to a column of the state, first row in the highest byte."""
    s = SUBSTITUTED[byte]
    return _times(2, s) << 24 | s << 16 | s << 8 | _times(3, s)


def _turned(word: int, distance: int) -> int:
    return word >> distance | word << (32 - distance) & 0xFFFF_FFFF


class AesRound(ArrayKernel):
    """A round of AES on blocks of four columns, by tables of 256 words (FIPS 197; Daemen and Rijmen, 2002, 4.2).

    The rows of a column are the bytes of a word, the first row the highest.  One table serves all rows if what it
    gives is rotated.
    """

    n = Size(16)
    lookups = choice(FOUR, ONE, summary="a table for each row, or one for all")
    tables = fixed([[_turned(_column(byte), 8 * row) for byte in range(256)] for row in range(4)])
    state, key, after = read(4, "n"), read(4), written(4, "n")

    def kernel(self, k: Code, n: int, lookups: str, tables: Array, state: Array, key: Array, after: Array) -> None:
        for i in k.range(n):
            for column in range(4):
                mixed = key[column]
                for row in range(4):
                    byte = k.byte(state[(column + row) % 4, i], 3 - row)
                    mixed = mixed ^ (tables[row, byte] if lookups == FOUR else k.rotr(tables[0, byte], 8 * row))
                after[column, i] = mixed

    def expected(self, state: NDArray[np.uint32], key: NDArray[np.uint32]) -> Any:
        """SubBytes, ShiftRows, MixColumns and AddRoundKey, one after the other (FIPS 197, 5.1)."""
        rows = np.stack([state >> np.uint32(24 - 8 * row) & np.uint32(255) for row in range(4)])  # row, column, block
        rows = np.array(SUBSTITUTED, dtype=np.uint32)[rows]
        rows = np.stack([np.roll(rows[row], -row, axis=0) for row in range(4)])
        doubled = (rows << np.uint32(1)) ^ np.uint32(MODULUS) * (rows >> np.uint32(7))
        mixed = doubled ^ np.roll(doubled ^ rows, -1, axis=0) ^ np.roll(rows, -2, axis=0) ^ np.roll(rows, -3, axis=0)
        columns = mixed[0] << np.uint32(24) | mixed[1] << np.uint32(16) | mixed[2] << np.uint32(8) | mixed[3]
        return columns ^ key[:, np.newaxis]
