"""The ``prefix_sum`` problem: running totals."""

from machine.graph.builder import Kernel, Splat
from machine.graph.operation import Buffer, Operand
from machine.model import Machine
from problems.kernels.arrays import ArrayProblem
from problems.kernels.vectors import load_into, store_words
from problems.knobs import ChoiceKnob, Knob, KnobSettings
from problems.problem import Memories, Shape, ShapeParameter

_BLOCKS, _DOUBLING = "blocks", "doubling"


class PrefixSum(ArrayProblem):
    """``out[i] = word[0] + .. + word[i]``; memory holds the n words, then the n words of output."""

    name = "prefix_sum"
    summary = "running totals of an array"
    parameters = (ShapeParameter("n", 1, 128, 32, "words"),)

    def input_words(self, shape: Shape) -> int:
        return shape["n"]

    def output_words(self, shape: Shape) -> int:
        return shape["n"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        return words.cumsum(axis=1, dtype=words.dtype)

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        if shape["n"] <= machine.vector_length:
            return ()
        summary = "running totals within each vector, or over the whole array at once"
        return (ChoiceKnob("method", _BLOCKS, summary, (_BLOCKS, _DOUBLING)),)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        source, target = range(shape["n"]), range(shape["n"], 2 * shape["n"])
        if knobs.get("method") == _BLOCKS:
            _sum_by_blocks(kernel, source, target)
        else:
            sums = _double_distances(kernel, _load_padded(kernel, source), len(source))
            store_words(kernel, target, sums[kernel.machine.vector_length])


def _sum_by_blocks(kernel: Kernel, source: range, target: range) -> None:
    """Running totals within each vector; to each vector, add the total of those before it."""
    length = kernel.machine.vector_length
    total: Operand | None = None
    for stream, start in enumerate(range(0, len(source), length)):
        words = source[start : start + length]
        sums = _double_distances(kernel, _load_padded(kernel, words), len(words), stream)
        with kernel.at(stream, step=length.bit_length()):
            store_words(kernel, target[start : start + length], _raised(kernel, sums[length], total))
            if words.stop < source.stop:
                total = _added(kernel, total, sums[length + len(words) - 1])


def _raised(kernel: Kernel, sums: Operand, total: Operand | None) -> Operand:
    """A vector of ``sums``, each word ``total`` more."""
    if total is None:
        return sums
    raised = kernel.vector("raised")
    kernel.binary("+", raised, sums, Splat(total))
    return raised[0]


def _added(kernel: Kernel, total: Operand | None, word: Operand) -> Operand:
    if total is None:
        return word
    added = kernel.scalar("total")
    kernel.scalar_binary("+", added, total, word)
    return added


def _load_padded(kernel: Kernel, words: range) -> Buffer:
    """Whole vectors of words, with a vector of zeros before them, and zeros after them as needed."""
    length = kernel.machine.vector_length
    buffer = kernel.buffer("words", length + -(-len(words) // length) * length, zero=True)
    load_into(kernel, buffer, length, words)
    return buffer


def _double_distances(kernel: Kernel, words: Buffer, count: int, first_stream: int = 0) -> Buffer:
    """To each of ``count`` words, add the word 1 before it, then that 2 before it, then 4, and so on.

    As a vector reads words of those before it, each distance within a vector has a buffer of its own, padded as
    ``words`` is, and longer ones go from the last vector back.
    """
    length = kernel.machine.vector_length
    sums, distance, step = words, 1, 1
    while distance < count:
        before = sums
        if distance < length:
            sums = kernel.buffer("sums", words.words, zero=True)
        for start in reversed(range(distance // length * length, count, length)):
            here = length + start
            with kernel.at(first_stream + start // length, step):
                kernel.binary("+", sums[here], before[here], before[here - distance])
        distance, step = 2 * distance, step + 1
    return sums
