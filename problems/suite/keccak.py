"""Keccak-f[1600] on 32-bit halves, a state in each lane."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, choice, updated

Lane = tuple[Value, Value]
"""The lower and the upper half of 64 bits."""


def _rotation_offsets() -> dict[tuple[int, int], int]:
    """By how much each lane is rotated (FIPS 202, algorithm 2)."""
    offsets, x, y = {(0, 0): 0}, 1, 0
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


def _round_constants() -> list[int]:
    """What each round adds to lane 0, 0 (FIPS 202, algorithm 5)."""
    bits, register = [], 1
    for _ in range(255):
        bits.append(register & 1)
        register = register << 1 ^ 0x171 * (register >> 7)
    return [sum(bits[(7 * number + j) % 255] << 2**j - 1 for j in range(7)) for number in range(24)]


OFFSETS, CONSTANTS = _rotation_offsets(), _round_constants()

EACH, COLUMNS = "each", "columns"


class KeccakRounds(ArrayKernel):
    """The first rounds of Keccak-f[1600] on 32-bit halves (FIPS 202, 3.2); 24 are all."""

    n, rounds = Size(16), Size(1, most=24)
    state = updated(5, 5, 2, "n")  # y, x, and the lower half before the upper
    complements = choice(
        EACH, COLUMNS, summary="of each lane that chi asks for, or of two columns and few lanes besides"
    )

    def kernel(self, k: Code, n: int, rounds: int, state: Array, complements: str) -> None:
        for i in k.range(n):
            a: dict[tuple[int, int], Lane] = {
                (x, y): (state[y, x, 0, i], state[y, x, 1, i]) for x in range(5) for y in range(5)
            }
            for number in range(rounds):
                a = keccak_round(k, a, CONSTANTS[number], complements == COLUMNS)
            for (x, y), (low, high) in a.items():
                state[y, x, 0, i], state[y, x, 1, i] = low, high

    def expected(self, rounds: int, state: NDArray[np.uint32]) -> Any:
        a = state[:, :, 0].astype(np.uint64) | state[:, :, 1].astype(np.uint64) << np.uint64(32)
        for number in range(rounds):
            column = np.bitwise_xor.reduce(a, axis=0)
            a = a ^ np.roll(column, 1, axis=0) ^ _rotated(np.roll(column, -1, axis=0), 1)
            b = np.empty_like(a)
            for (x, y), offset in OFFSETS.items():
                b[(2 * x + 3 * y) % 5, y] = _rotated(a[y, x], offset)
            a = b ^ ~np.roll(b, -1, axis=1) & np.roll(b, -2, axis=1)
            a[0, 0] ^= np.uint64(CONSTANTS[number])
        return np.stack([a & np.uint64(0xFFFF_FFFF), a >> np.uint64(32)], axis=2).astype(np.uint32)


def keccak_round(
    k: Code, a: dict[tuple[int, int], Lane], constant: int, complemented: bool
) -> dict[tuple[int, int], Lane]:
    """Theta, rho, pi, chi and iota; two columns may be held as their complements from theta to chi.

    The complement of one parity gives that of both columns that theta adds it to; after pi, each row has a lane of
    either, not side by side, so that chi needs two complements a row for five (the idea: Bertoni and others, Keccak
    implementation overview, 2.2, there for lanes of the state itself).
    """
    c = [_xor(*(a[x, y] for y in range(5))) for x in range(5)]
    columns: tuple[int, ...] = ()
    if complemented:
        c[3], columns = (~c[3][0], ~c[3][1]), (2, 4)
    d = [_xor(c[x - 1], _rotl(k, c[(x + 1) % 5], 1)) for x in range(5)]
    b = {(y, (2 * x + 3 * y) % 5): _rotl(k, _xor(lane, d[x]), OFFSETS[x, y]) for (x, y), lane in a.items()}
    after = {}
    for x, y in b:
        three = [(x + step) % 5 for step in range(3)]
        is_complement = tuple((number + 3 * y) % 5 in columns for number in three)  # the column that pi took it from
        first, second, third = (b[number, y] for number in three)
        low, high = (_chi(first[half], second[half], third[half], is_complement) for half in range(2))
        after[x, y] = low, high
    low, high = after[0, 0]
    return {**after, (0, 0): (low ^ (constant & 0xFFFF_FFFF), high ^ (constant >> 32))}


def _xor(first: Lane, *others: Lane) -> Lane:
    low, high = first
    for other_low, other_high in others:
        low, high = low ^ other_low, high ^ other_high
    return low, high


def _chi(a: Value, b: Value, c: Value, is_complement: tuple[bool, ...]) -> Value:
    """``a ^ ~b & c`` of three words, of which those said to be complements are given as such."""
    match is_complement:
        case (False, True, False):
            return a ^ (b & c)
        case (True, False, True):
            return a ^ (b | c)
        case (False, False, True):
            return ~(a ^ (b | c))
        case (True, False, False):
            return a ^ (b | ~c)
        case _:
            return a ^ (~b & c)


def _rotl(k: Code, lane: Lane, distance: int) -> Lane:
    """64 bits rotated left."""
    low, high = lane if distance < 32 else lane[::-1]
    return k.funnel(low, high, distance % 32), k.funnel(high, low, distance % 32)


def _rotated(lanes: NDArray[np.uint64], distance: int) -> NDArray[np.uint64]:
    return lanes << np.uint64(distance) | lanes >> np.uint64(64 - distance) if distance else lanes
