"""The kernel language: Python that reads like the mathematics; ``docs/language.md`` has every operation."""

from problems.language.array_kernel import ArrayKernel
from problems.language.code import Code
from problems.language.declarations import Choice, Size, choice, fixed, read, updated, written
from problems.language.totals import Total
from problems.language.values import Array, Index, Value, Vector, Word

__all__ = [
    "Array",
    "ArrayKernel",
    "Choice",
    "Code",
    "Index",
    "Size",
    "Total",
    "Value",
    "Vector",
    "Word",
    "choice",
    "fixed",
    "read",
    "updated",
    "written",
]
