"""The ``table_lookup`` problem: words of a table, by their numbers."""

import numpy as np
from numpy.typing import NDArray

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, MemoryRange
from problems.kernels.arrays import WORD_LIMIT, ArrayProblem
from problems.kernels.vectors import map_words
from problems.knobs import KnobSettings
from problems.problem import Memories, Shape, ShapeParameter


class TableLookup(ArrayProblem):
    """``out[i] = table[numbers[i]]``; memory holds the n numbers, the table, then the n words of output."""

    name = "table_lookup"
    summary = "words of a table, by their numbers"
    parameters = (
        ShapeParameter("table", 1, None, 32, "words of the table"),
        ShapeParameter("n", 1, 512, 32, "look-ups"),
    )

    def input_words(self, shape: Shape) -> int:
        return shape["n"] + shape["table"]

    def output_words(self, shape: Shape) -> int:
        return shape["n"]

    def limits(self, shape: Shape) -> NDArray[np.uint64]:
        """Numbers lie below the size of the table."""
        return np.repeat(np.array([shape["table"], WORD_LIMIT], dtype=np.uint64), [shape["n"], shape["table"]])

    def compute(self, shape: Shape, words: Memories) -> Memories:
        n = shape["n"]
        return np.take_along_axis(words[:, n:], words[:, :n].astype(np.int64), axis=1)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        n, read = shape["n"], self.input_words(shape)
        table = range(n, read)
        map_words(kernel, range(n), range(read, read + n), lambda numbers: _look_up(kernel, table, numbers))


def _look_up(kernel: Kernel, table: range, numbers: Buffer) -> Buffer:
    """The words of the table, which is at these addresses."""
    addresses, found = kernel.vector("address"), kernel.vector("found")
    kernel.binary("+", addresses, numbers, kernel.splat(table.start))
    kernel.gather(found, addresses, MemoryRange(table.start, table.stop))
    return found
