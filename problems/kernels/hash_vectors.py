"""The ``hash_vectors`` problem: the hash of ``tree_hash`` alone."""

from machine.graph.builder import Kernel
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import map_words
from problems.knobs import KnobSettings
from problems.problem import Memories, Shape, ShapeParameter
from problems.tree_hash.hash import emit_hash
from problems.tree_hash.reference import hash_words

_WORDS = 8
"""What a vector of this problem's shape has, on any machine."""


class HashVectors(ArrayProblem):
    """``out[i] = hash(word[i])``; memory holds the words, then as many words of output."""

    name = "hash_vectors"
    summary = "the hash of tree_hash, of some vectors of 8 words"
    parameters = (ShapeParameter("vectors", 1, 64, 4, "vectors of 8 words"),)

    def input_words(self, shape: Shape) -> int:
        return _WORDS * shape["vectors"]

    def output_words(self, shape: Shape) -> int:
        return _WORDS * shape["vectors"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        return hash_words(words)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        read = self.input_words(shape)
        map_words(kernel, range(read), range(read, 2 * read), lambda words: emit_hash(kernel, words, "hash"))
