"""The suite: each problem with where its algorithm comes from, and two shapes at which it is measured.

Shapes are small enough for a proof, and of more than a handful of cycles.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from problems.kernels import KERNELS
from problems.problem import Problem
from problems.suite import SUITE


@dataclass(frozen=True)
class Listed:
    """A problem of the suite.

    Attributes:
        problem: its class.
        origin: where the algorithm comes from.
        shapes: two, the smaller first, as users write them.
    """

    problem: type[Problem]
    origin: str
    shapes: tuple[str, str]


_PREFIX_SUMS = "Blelloch, Prefix sums and their applications, 1990"
ORIGINS: Mapping[str, str] = {
    "dot_product": "Lawson and others, BLAS level 1, 1979",
    "saxpy": "Lawson and others, BLAS level 1, 1979",
    "fir": "Oppenheim and Schafer, Discrete-Time Signal Processing, 6.5",
    "convolution_3x3": "Gonzalez and Woods, Digital Image Processing, 3.4",
    "stencil_5": "Jacobi's method; Golub and Van Loan, Matrix Computations, 10.1",
    "matrix_product": "Golub and Van Loan, Matrix Computations, 1.1",
    "polynomial": "Horner's rule; Knuth, vol. 2, 4.6.4",
    "prefix_sum": _PREFIX_SUMS,
    "sum_reduction": _PREFIX_SUMS,
    "extremes": _PREFIX_SUMS,
    "histogram": "Knuth, vol. 3, 5.2, algorithm D (distribution counting)",
    "bitonic_sort": "Batcher, Sorting networks and their applications, 1968",
    "odd_even_sort": "Batcher, 1968; Knuth, vol. 3, 5.2.2, algorithm M",
    "binary_search": "Knuth, vol. 3, 6.2.1, algorithm U",
    "table_lookup": "Knuth, vol. 3, 6: tables addressed by their keys",
    "fnv_1a": "Fowler, Noll and Vo, 1991; RFC 9923",
    "murmur3": "Appleby, MurmurHash3_x86_32, 2011",
    "hash_vectors": "Jenkins, Integer hashing: full avalanche in six steps, 2006",
    "xorshift": "Marsaglia, Xorshift RNGs, 2003",
    "crc_32_bitwise": "ISO 3309; RFC 1952, 8",
    "crc_32_table": "Sarwate, Computation of CRCs via table look-up, 1988",
    "sha_256_rounds": "FIPS 180-4, 6.2.2",
    "keccak_rounds": "FIPS 202, 3.2",
    "chacha20_quarter_round": "RFC 8439, 2.1",
    "chacha20_block": "RFC 8439, 2.3",
    "aes_round": "FIPS 197; Daemen and Rijmen, The Design of Rijndael, 2002, 4.2",
    "fft_butterflies": "Cooley and Tukey, 1965",
    "ntt_butterflies": "FIPS 203, 4.3, algorithm 9",
    "levenshtein_row": "Wagner and Fischer, The string-to-string correction problem, 1974",
    "k_means_assignment": "Lloyd, Least squares quantization in PCM, 1982",
    "mandelbrot": "Mandelbrot, Fractal aspects of the iteration of z -> lambda z (1 - z), 1980",
}

"""Where the algorithm of each problem comes from."""

_SHAPES: Mapping[str, tuple[str, str]] = {
    "dot_product": ("n=64", "n=256"),
    "saxpy": ("n=64", "n=256"),
    "fir": ("taps=4,n=32", "taps=4,n=64"),
    "convolution_3x3": ("rows=4,columns=8", "rows=4,columns=16"),
    "stencil_5": ("rows=4,columns=18", "rows=6,columns=18"),
    "matrix_product": ("n=4", "n=8"),
    "polynomial": ("degree=5,n=64", "degree=5,n=128"),
    "prefix_sum": ("n=32", "n=128"),
    "sum_reduction": ("n=64", "n=256"),
    "extremes": ("n=64", "n=128"),
    "histogram": ("n=32,bins=4", "n=64,bins=4"),
    "bitonic_sort": ("n=8", "n=16"),
    "odd_even_sort": ("n=4,columns=16", "n=4,columns=64"),
    "binary_search": ("queries=16,table_size=31", "queries=32,table_size=63"),
    "table_lookup": ("table=32,n=32", "table=64,n=128"),
    "fnv_1a": ("messages=16,words=1", "messages=128,words=1"),
    "murmur3": ("keys=16,words=1", "keys=128,words=1"),
    "hash_vectors": ("vectors=4", "vectors=16"),
    "xorshift": ("generators=32,steps=2", "generators=128,steps=2"),
    "crc_32_bitwise": ("messages=32,length=1", "messages=128,length=1"),
    "crc_32_table": ("messages=16,length=2", "messages=32,length=4"),
    "sha_256_rounds": ("n=8,rounds=2", "n=32,rounds=2"),
    "keccak_rounds": ("n=8,rounds=1", "n=16,rounds=1"),
    "chacha20_quarter_round": ("n=32", "n=128"),
    "chacha20_block": ("n=8,double_rounds=1", "n=32,double_rounds=1"),
    "aes_round": ("n=16", "n=32"),
    "fft_butterflies": ("n=32", "n=128"),
    "ntt_butterflies": ("blocks=2,half=16", "blocks=4,half=32"),
    "levenshtein_row": ("pairs=16,length=4", "pairs=64,length=4"),
    "k_means_assignment": ("n=32,centres=3,dimensions=2", "n=128,centres=3,dimensions=2"),
    "mandelbrot": ("n=32,steps=3", "n=128,steps=3"),
}

CATALOGUE: tuple[Listed, ...] = tuple(
    Listed(problem, ORIGINS[problem.name], _SHAPES[problem.name])
    for problem in sorted((*KERNELS, *SUITE), key=lambda problem: list(ORIGINS).index(problem.name))
)
"""The suite."""
