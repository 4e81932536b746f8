"""The ``polynomial`` problem: one polynomial at many points."""

from collections.abc import Sequence

import numpy as np

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer
from machine.model import Machine
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import broadcasts, load_words, map_words
from problems.knobs import ChoiceKnob, Knob, KnobSettings
from problems.problem import Memories, Shape, ShapeParameter

_HORNER, _ESTRIN = "horner", "estrin"


class Polynomial(ArrayProblem):
    """``y[i] = sum of c[k] x[i]^k``; memory holds the degree + 1 coefficients ``c``, the points ``x``, then ``y``."""

    name = "polynomial"
    summary = "a polynomial at many points"
    parameters = (
        ShapeParameter("degree", 1, 32, 5, "degree of the polynomial"),
        ShapeParameter("n", 1, 512, 32, "points"),
    )

    def input_words(self, shape: Shape) -> int:
        return shape["degree"] + 1 + shape["n"]

    def output_words(self, shape: Shape) -> int:
        return shape["n"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        terms = shape["degree"] + 1
        points = words[:, terms:]
        total = np.zeros_like(points)
        for term in reversed(range(terms)):
            total = total * points + words[:, term : term + 1]
        return total

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        return (ChoiceKnob("scheme", _HORNER, "a chain, or a tree with more to multiply", (_HORNER, _ESTRIN)),)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        terms, read = shape["degree"] + 1, self.input_words(shape)
        coefficients = broadcasts(kernel, "coefficient", load_words(kernel, "coefficients", range(terms)), terms)
        evaluate = _horner if knobs["scheme"] == _HORNER else _estrin
        source, target = range(terms, read), range(read, self.memory_words(shape))
        map_words(kernel, source, target, lambda points: evaluate(kernel, coefficients, points))


def _horner(kernel: Kernel, coefficients: Sequence[Buffer], points: Buffer) -> VectorOperand:
    """``(..(c[d] x + c[d-1]) x + ..) x + c[0]``: as many multiply_adds as the degree, one after the other."""
    *others, total = coefficients
    for coefficient in reversed(others):
        total = _multiply_add(kernel, total, points, coefficient)
    return total


def _estrin(kernel: Kernel, coefficients: Sequence[Buffer], points: Buffer) -> VectorOperand:
    """Neighbours join to ``c[k] + c[k+1] x``, those in turn with ``x^2``, and so on: log2 of the degree levels."""
    terms, power = list(coefficients), points
    while True:
        joined = [_multiply_add(kernel, b, power, a) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = joined + terms[2 * len(joined) :]
        if len(terms) == 1:
            return terms[0]
        square = kernel.vector("power")
        kernel.binary("*", square, power, power)
        power = square


def _multiply_add(kernel: Kernel, a: Buffer, b: Buffer, c: Buffer) -> Buffer:
    result = kernel.vector("value")
    kernel.multiply_add(result, a, b, c)
    return result
