"""Small kernels, on which exact solving is proven: a module each, over arrays of words."""

from problems.kernels.bitonic_sort import BitonicSort
from problems.kernels.convolution_3x3 import Convolution3x3
from problems.kernels.dot_product import DotProduct
from problems.kernels.fir import Fir
from problems.kernels.hash_vectors import HashVectors
from problems.kernels.matrix_product import MatrixProduct
from problems.kernels.polynomial import Polynomial
from problems.kernels.prefix_sum import PrefixSum
from problems.kernels.table_lookup import TableLookup
from problems.problem import Problem

KERNELS: tuple[type[Problem], ...] = (
    DotProduct,
    Fir,
    Convolution3x3,
    MatrixProduct,
    PrefixSum,
    BitonicSort,
    Polynomial,
    TableLookup,
    HashVectors,
)
"""All of them."""

__all__ = ["KERNELS"]
