"""Problems written in the kernel language, each with where it comes from."""

from problems.problem import Problem
from problems.suite.aes import AesRound
from problems.suite.binary_search import BinarySearch
from problems.suite.butterflies import FftButterflies, NttButterflies
from problems.suite.chacha20 import ChaCha20Block, ChaCha20QuarterRound
from problems.suite.crc_32 import Crc32Bitwise, Crc32Table
from problems.suite.extremes import Extremes
from problems.suite.fnv_1a import Fnv1a
from problems.suite.histogram import Histogram
from problems.suite.k_means import KMeansAssignment
from problems.suite.keccak import KeccakRounds
from problems.suite.levenshtein import LevenshteinRow
from problems.suite.mandelbrot import Mandelbrot
from problems.suite.murmur3 import Murmur3
from problems.suite.odd_even_sort import OddEvenSort
from problems.suite.saxpy import Saxpy
from problems.suite.sha_256 import Sha256Rounds
from problems.suite.stencil_5 import Stencil5
from problems.suite.sum_reduction import SumReduction
from problems.suite.xorshift import Xorshift

SUITE: tuple[type[Problem], ...] = (
    Saxpy,
    Stencil5,
    SumReduction,
    Extremes,
    Histogram,
    BinarySearch,
    OddEvenSort,
    Fnv1a,
    Murmur3,
    Xorshift,
    Crc32Bitwise,
    Crc32Table,
    Sha256Rounds,
    KeccakRounds,
    ChaCha20QuarterRound,
    ChaCha20Block,
    AesRound,
    FftButterflies,
    NttButterflies,
    LevenshteinRow,
    KMeansAssignment,
    Mandelbrot,
)
"""All of them."""

__all__ = ["SUITE"]
