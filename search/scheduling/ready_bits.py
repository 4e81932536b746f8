"""A set of ranks as bits, most urgent first: what list scheduling keeps its ready slots in.

Few of tens of thousands of slots are ready in a cycle: a second level of bits says which words hold any.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from machine.compiling import INT64, compiled_lean

Bits = NDArray[np.uint32]

BITS = 32
"""Ranks in a word."""


class ReadyRanks(NamedTuple):
    """A set of ranks: ``bits`` has one for each rank, ``filled`` one for each word of ``bits`` that is not 0."""

    bits: Bits
    filled: Bits


def no_ranks(ranks: int) -> ReadyRanks:
    """The empty set; ``ranks``, a multiple of ``BITS``, is above all that may be put in."""
    words = ranks // BITS
    return ReadyRanks(np.zeros(words, dtype=np.uint32), np.zeros(-(-words // BITS), dtype=np.uint32))


@compiled_lean
def put_in(ready: ReadyRanks, rank: int) -> None:
    """Put a rank in."""
    set_bit(ready.bits, rank)
    set_bit(ready.filled, rank // BITS)


@compiled_lean
def take_out(ready: ReadyRanks, rank: int) -> None:
    """Take a rank out, if it is in."""
    clear_bit(ready.bits, rank)
    if ready.bits[rank // BITS] == 0:
        clear_bit(ready.filled, rank // BITS)


@compiled_lean
def next_filled(ready: ReadyRanks, word: int, stop: int) -> int:
    """The first word, from ``word`` on, that holds a rank; ``stop`` where none before does."""
    while word < stop:
        left = INT64(ready.filled[word // BITS]) >> (word % BITS)
        if left != 0:
            return min(word + lowest_bit(left), stop)
        word = (word // BITS + 1) * BITS
    return stop


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
