"""A set of ranks as bits, most urgent first: what list scheduling keeps its ready slots in."""

import numpy as np
from numpy.typing import NDArray

from machine.compiling import compiled_lean

Bits = NDArray[np.uint32]

BITS = 32
"""Ranks in a word."""


@compiled_lean
def lowest_bit(word: int) -> int:
    """The position of the lowest bit of a word that is not 0."""
    bit = 0
    if word & 0xFFFF == 0:
        bit, word = bit + 16, word >> 16
    if word & 0xFF == 0:
        bit, word = bit + 8, word >> 8
    if word & 0xF == 0:
        bit, word = bit + 4, word >> 4
    if word & 0x3 == 0:
        bit, word = bit + 2, word >> 2
    return bit if word & 0x1 else bit + 1


@compiled_lean
def set_bit(bits: Bits, rank: int) -> None:
    """Put a rank in."""
    bits[rank // BITS] |= np.uint32(1 << (rank % BITS))


@compiled_lean
def clear_bit(bits: Bits, rank: int) -> None:
    """Take a rank out, if it is in."""
    bits[rank // BITS] &= np.uint32(0xFFFFFFFF ^ (1 << (rank % BITS)))
