"""The ``dot_product`` problem: the sum of the products of two arrays."""

from collections.abc import Callable
from typing import TypeVar

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, Operand
from machine.model import Machine
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import Pair, load_words, store_words, sum_of_products
from problems.knobs import IntegerKnob, Knob, KnobSettings
from problems.problem import Memories, Shape, ShapeParameter

_MOST_SUMS = 8

_Sum = TypeVar("_Sum")


class DotProduct(ArrayProblem):
    """``out = sum of a[i] b[i]``; memory holds ``a``, ``b``, then the one word of output."""

    name = "dot_product"
    summary = "the dot product of two arrays"
    parameters = (ShapeParameter("n", 1, 512, 64, "words of each array"),)

    def input_words(self, shape: Shape) -> int:
        return 2 * shape["n"]

    def output_words(self, shape: Shape) -> int:
        return 1

    def compute(self, shape: Shape, words: Memories) -> Memories:
        n = shape["n"]
        total: Memories = (words[:, :n] * words[:, n:]).sum(axis=1, keepdims=True, dtype=words.dtype)
        return total

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        most = min(-(-shape["n"] // machine.vector_length), _MOST_SUMS)
        return (IntegerKnob("sums", 1, "partial sums that vectors take turns to add to", 1, most),)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        n, sums, length = shape["n"], int(knobs["sums"]), kernel.machine.vector_length
        totals = []
        for stream in range(sums):
            with kernel.at(stream):
                starts = range(stream * length, n, sums * length)
                pairs = [_load_pair(kernel, range(start, min(start + length, n)), n) for start in starts]
                totals.append(sum_of_products(kernel, "sum", pairs))
        total = _add_up(totals, lambda a, b: _add_vectors(kernel, a, b))
        lanes = [total[lane] for lane in range(min(n, length))]
        word = _add_up(lanes, lambda a, b: _add_words(kernel, a, b))
        store_words(kernel, range(2 * n, 2 * n + 1), word)


def _load_pair(kernel: Kernel, words: range, n: int) -> Pair:
    """A vector of each array; lanes beyond the arrays are 0."""
    second = range(words.start + n, words.stop + n)
    return load_words(kernel, "a", words), load_words(kernel, "b", second)


def _add_up(terms: list[_Sum], add: Callable[[_Sum, _Sum], _Sum]) -> _Sum:
    """The sum of the terms, in as few levels as it takes."""
    while len(terms) > 1:
        paired = [add(a, b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = paired + terms[len(paired) * 2 :]
    return terms[0]


def _add_vectors(kernel: Kernel, a: Buffer, b: Buffer) -> Buffer:
    total = kernel.vector("sum")
    kernel.binary("+", total, a, b)
    return total


def _add_words(kernel: Kernel, a: Operand, b: Operand) -> Operand:
    total = kernel.scalar("lanes")
    kernel.scalar_binary("+", total, a, b)
    return total
