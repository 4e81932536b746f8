"""The ``matrix_product`` problem: the product of two square matrices.

A vector of the product covers words that follow each other, of one row or of several short ones.  It is a sum over
``k`` of two vectors: the word in column ``k`` of the row of each lane, and the word in row ``k`` of its column.
"""

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, Operand
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import broadcast, covering, load_into, load_words, store_words, sum_of_products
from problems.knobs import KnobSettings
from problems.problem import Memories, Shape, ShapeParameter


class MatrixProduct(ArrayProblem):
    """``C = A B``; memory holds ``A``, ``B``, then ``C``, n x n words each, row by row."""

    name = "matrix_product"
    summary = "the product of two n x n matrices"
    parameters = (ShapeParameter("n", 1, 16, 4, "rows and columns"),)

    def input_words(self, shape: Shape) -> int:
        return 2 * shape["n"] ** 2

    def output_words(self, shape: Shape) -> int:
        return shape["n"] ** 2

    def compute(self, shape: Shape, words: Memories) -> Memories:
        n = shape["n"]
        a, b = words.reshape(-1, 2, n, n).transpose(1, 0, 2, 3)
        return (a @ b).reshape(len(words), -1)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        first = self.input_words(shape)
        factors = _Factors(kernel, shape["n"])
        for stream, part in enumerate(factors.parts):
            with kernel.at(stream):
                pairs = [(factors.left(part, k), factors.right(part, k)) for k in range(shape["n"])]
                total = sum_of_products(kernel, "product", pairs)
                store_words(kernel, range(first + part.start, first + part.stop), total)


class _Factors:
    """The vectors that are multiplied, made on first need.

    Attributes:
        parts: the words of the product that each of its vectors covers.
    """

    def __init__(self, kernel: Kernel, n: int) -> None:
        self._kernel = kernel
        self._n = n
        self._length = kernel.machine.vector_length
        self.parts = covering(range(n * n), self._length)
        self._left = load_words(kernel, "A", range(n * n))
        self._stacked: dict[tuple[range, int], Buffer] = {}
        self._repeated: dict[int, Buffer] = {}

    def left(self, part: range, k: int) -> Buffer:
        """In every lane, the word of ``A`` in column ``k`` of the lane's row."""
        rows = range(part.start // self._n, (part.stop - 1) // self._n + 1)
        key = (rows if len(rows) == 1 else part), k  # vectors within one row share it
        if key not in self._stacked:
            self._stacked[key] = self._stack(part, rows, k)
        return self._stacked[key]

    def right(self, part: range, k: int) -> Operand:
        """In every lane, the word of ``B`` in row ``k`` of the lane's column."""
        if k not in self._repeated:
            self._repeated[k] = self._repeat(k)
        return self._repeated[k][part.start % self._n]

    def _stack(self, part: range, rows: range, k: int) -> Buffer:
        """A broadcast for each row, over what the one before it wrote beyond its own row."""
        offsets = [max(0, row * self._n - part.start) for row in rows]
        stacked = self._kernel.buffer(f"A {k}", offsets[-1] + self._length)
        for row, offset in zip(rows, offsets, strict=True):
            broadcast(self._kernel, stacked[offset], self._left[row * self._n + k])
        return stacked

    def _repeat(self, k: int) -> Buffer:
        """Row ``k`` of ``B`` over and over, for vectors that start in any column."""
        needed = max(part.start % self._n + len(part) for part in self.parts)
        start = self._n * (self._n + k)
        copies = {offset: self._copied(start, needed - offset) for offset in range(0, needed, self._n)}
        written = max(offset + len(words) for offset, words in copies.items())
        size = max(written, self._length)
        repeated = self._kernel.buffer(f"B {k}", size, zero=written < size)
        for offset, words in copies.items():
            load_into(self._kernel, repeated, offset, words)
        return repeated

    def _copied(self, start: int, needed: int) -> range:
        """What to load for one copy of a row: a vector at the least, if memory has it, as one load is quicker."""
        count = min(self._n, needed)
        if count < self._length <= self._kernel.memory_words - start:
            count = self._length
        return range(start, start + count)
