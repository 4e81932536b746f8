"""Problems written in the kernel language, each with where it comes from."""

from problems.problem import Problem
from problems.suite.binary_search import BinarySearch
from problems.suite.fnv_1a import Fnv1a
from problems.suite.saxpy import Saxpy
from problems.suite.stencil_5 import Stencil5
from problems.suite.sum_reduction import SumReduction

SUITE: tuple[type[Problem], ...] = (Saxpy, Fnv1a, Stencil5, SumReduction, BinarySearch)
"""All of them."""

__all__ = ["SUITE"]
