"""Butterflies: one layer of a Fourier transform in fixed point, and of a number-theoretic transform."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, choice, fixed, read, updated

UNIT, ROUNDED = 15, 1 << 14
"""Bits after the point, and half of the last one."""


class FftButterflies(ArrayKernel):
    """A layer of butterflies of a Fourier transform, in fixed point with 15 bits (Cooley and Tukey, 1965).

    Real and imaginary parts are signed words; ``(a, b)`` become ``a + w b`` and ``a - w b``, each product rounded.
    """

    n = Size(16, summary="butterflies")
    a, b, w = (
        updated(2, "n", least=-(2**15), below=2**15),
        updated(2, "n", least=-(2**15), below=2**15),
        read(2, "n", least=-(2**15) + 1, below=2**15),
    )

    def kernel(self, k: Code, n: int, a: Array, b: Array, w: Array) -> None:
        for i in k.range(n):
            real = k.sra(w[0, i] * b[0, i] - w[1, i] * b[1, i] + ROUNDED, UNIT)
            imaginary = k.sra(w[0, i] * b[1, i] + w[1, i] * b[0, i] + ROUNDED, UNIT)
            for part, product in enumerate((real, imaginary)):
                before = a[part, i]
                a[part, i], b[part, i] = before + product, before - product

    def expected(self, a: NDArray[np.uint32], b: NDArray[np.uint32], w: NDArray[np.uint32]) -> Any:
        a_64, b_64, w_64 = (each.view(np.int32).astype(np.int64) for each in (a, b, w))
        real = w_64[0] * b_64[0] - w_64[1] * b_64[1]
        imaginary = w_64[0] * b_64[1] + w_64[1] * b_64[0]
        product = (np.stack([real, imaginary]).astype(np.int32) + np.int32(ROUNDED)).astype(np.int64) >> UNIT
        return (a_64 + product) & 0xFFFF_FFFF, (a_64 - product) & 0xFFFF_FFFF


PRIME, ROOT = 3329, 17


def _reversed(number: int, bits: int = 7) -> int:
    return int(f"{number:0{bits}b}"[::-1], 2)


ZETAS = tuple(pow(ROOT, _reversed(number), PRIME) for number in range(128))
"""The powers of the root in the order of a transform (FIPS 203, appendix A)."""


class NttButterflies(ArrayKernel):
    """A layer of the number-theoretic transform of ML-KEM, modulo 3329 (FIPS 203, algorithm 9).

    ``blocks`` is a power of two, and says which layer: the first has 1.
    """

    blocks, half = Size(2, most=64), Size(16, summary="butterflies of a block")
    zetas = fixed(ZETAS)
    f = updated("2 * blocks * half", below=PRIME)
    reduce = choice("remainder", "compare", summary="how a sum is brought below the prime")
    restrictions = ("blocks in (1, 2, 4, 8, 16, 32, 64)",)

    def kernel(self, k: Code, blocks: int, half: int, reduce: str, zetas: Array, f: Array) -> None:
        for block in range(blocks):
            zeta, start = zetas[blocks + block], 2 * half * block
            for j in k.range(start, start + half):
                t, u = zeta * f[j + half] % PRIME, f[j]
                if reduce == "remainder":
                    f[j], f[j + half] = (u + t) % PRIME, (u + (PRIME - t)) % PRIME
                else:  # what would be negative wraps, so that the lesser of two is the one that is meant
                    total, difference = u + t, u - t
                    f[j] = k.min(total, total - PRIME)
                    f[j + half] = k.min(difference, difference + PRIME)

    def expected(self, blocks: int, half: int, f: NDArray[np.uint32]) -> Any:
        u, t = f.reshape(blocks, 2, half).transpose(1, 0, 2).astype(np.int64)
        t = t * np.array(ZETAS[blocks : 2 * blocks])[:, np.newaxis] % PRIME
        return np.stack([(u + t) % PRIME, (u - t) % PRIME], axis=1)
