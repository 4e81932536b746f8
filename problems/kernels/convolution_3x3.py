"""The ``convolution_3x3`` problem: every word of an image becomes a weighted sum of its neighbourhood."""

import numpy as np

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import broadcasts, covering, load_words, store_words, sum_of_products
from problems.knobs import KnobSettings
from problems.problem import Memories, Shape, ShapeParameter

_SIDE = 3
_WEIGHTS = _SIDE * _SIDE


class Convolution3x3(ArrayProblem):
    """``out[r, c] = sum of weights[i, j] image[r + i, c + j]``.

    Memory holds the 9 weights, the image of (rows + 2) x (columns + 2) words, then the output, all row by row.
    """

    name = "convolution_3x3"
    summary = "3 x 3 convolution of an image"
    parameters = (
        ShapeParameter("rows", 1, 16, 4, "rows of output"),
        ShapeParameter("columns", 1, 16, 8, "columns of output"),
    )

    def input_words(self, shape: Shape) -> int:
        return _WEIGHTS + (shape["rows"] + _SIDE - 1) * (shape["columns"] + _SIDE - 1)

    def output_words(self, shape: Shape) -> int:
        return shape["rows"] * shape["columns"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        weights = words[:, :_WEIGHTS].reshape(-1, 1, 1, _SIDE, _SIDE)
        image = words[:, _WEIGHTS:].reshape(-1, shape["rows"] + _SIDE - 1, shape["columns"] + _SIDE - 1)
        windows = np.lib.stride_tricks.sliding_window_view(image, (_SIDE, _SIDE), axis=(1, 2))
        total: Memories = (windows * weights).sum(axis=(3, 4), dtype=words.dtype)
        return total.reshape(len(words), -1)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        columns, length = shape["columns"], kernel.machine.vector_length
        read = self.input_words(shape)
        weights = broadcasts(kernel, "weight", load_words(kernel, "weights", range(_WEIGHTS)), _WEIGHTS)
        # Where a row is shorter than a vector, the last window takes in words beyond the image.
        room = read - _WEIGHTS + max(0, length - columns)
        image = load_words(kernel, "image", range(_WEIGHTS, read), room)
        for row in range(shape["rows"]):
            with kernel.at(stream=row):
                for part in covering(range(columns), length):
                    total = _convolve(kernel, image, weights, row * (columns + _SIDE - 1) + part.start, columns)
                    first = read + row * columns + part.start
                    store_words(kernel, range(first, first + len(part)), total)


def _convolve(kernel: Kernel, image: Buffer, weights: list[Buffer], first: int, columns: int) -> Buffer:
    """A vector of outputs, from the windows that start at word ``first`` of the image and those after it."""
    pitch = columns + _SIDE - 1
    corners = [image[first + row * pitch + column] for row in range(_SIDE) for column in range(_SIDE)]
    return sum_of_products(kernel, "output", list(zip(corners, weights, strict=True)))
