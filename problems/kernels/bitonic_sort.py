"""The ``bitonic_sort`` problem: an array sorted by a network of compare-exchanges.

In stage ``(size, distance)`` words ``i`` (*lower*) and ``i + distance`` (*upper*) are put in order, for all ``i`` whose
bit ``distance`` is clear; the order is descending where bit ``size`` of ``i`` is set.  Where a distance is whole
vectors, a vector of lower words meets one of upper words.  Elsewhere a vector of both meets itself, shifted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, Implementation, Operand
from machine.model import Machine
from problems.kernels.arrays import ArrayProblem
from problems.kernels.lanes import LaneConstants, numbers
from problems.kernels.vectors import broadcast, covering, load_into, store_words
from problems.knobs import ChoiceKnob, Knob, KnobSettings
from problems.problem import Memories, Shape, ShapeParameter

_ARITHMETIC, _SELECT = "arithmetic", "select"
_LAST_WORD = 2**32 - 1


class BitonicSort(ArrayProblem):
    """Memory holds the n words, then the same words in ascending order (unsigned)."""

    name = "bitonic_sort"
    summary = "sorts an array by a bitonic network"
    parameters = (ShapeParameter("n", 1, 128, 16, "words; a power of two wastes nothing"),)

    def input_words(self, shape: Shape) -> int:
        return shape["n"]

    def output_words(self, shape: Shape) -> int:
        return shape["n"]

    def compute(self, shape: Shape, words: Memories) -> Memories:
        return np.sort(words, axis=1)

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        if not any(stage.distance % machine.vector_length for stage in _stages(shape["n"])):
            return ()
        summary = "how words that are in one vector are exchanged"
        return (ChoiceKnob("exchange", _ARITHMETIC, summary, (_ARITHMETIC, _SELECT)),)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        n, length = shape["n"], kernel.machine.vector_length
        network = _Network(kernel, n)
        load_into(kernel, network.words, network.pad, range(n))
        for step, stage in enumerate(_stages(n)):
            if stage.distance % length == 0:
                network.exchange_vectors(stage, step)
            elif knobs["exchange"] == _SELECT:
                network.exchange_by_selects(stage, step)
            else:
                network.exchange_by_arithmetic(stage, step)
        store_words(kernel, range(n, 2 * n), network.words[network.pad])


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage; the last merge has one order throughout, ascending."""

    size: int
    distance: int
    is_last: bool


def _stages(n: int) -> list[_Stage]:
    """The stages that sort ``n`` words, and those that fill them up to a power of two."""
    levels = (n - 1).bit_length()
    merges = [(2**level, 2**bit) for level in range(1, levels + 1) for bit in reversed(range(level))]
    return [_Stage(size, distance, size == _filled(n)) for size, distance in merges]


def _filled(n: int) -> int:
    """The next power of two."""
    return 1 << (n - 1).bit_length()


class _Network:
    """The words being sorted, in place.

    Attributes:
        pad: how many zeros there are before the words, and after, so that vectors may be read shifted.
        words: the words, and beyond them those that fill up to a power of two and sort to the end.
    """

    def __init__(self, kernel: Kernel, n: int) -> None:
        self._kernel = kernel
        self._length = length = kernel.machine.vector_length
        self.pad = max((stage.distance for stage in _stages(n) if stage.distance % length), default=0)
        full = _filled(n)
        self._size = -(-full // length) * length
        has_zeros = self.pad > 0 or self._size > full
        self.words = kernel.buffer("words", self._size + 2 * self.pad, zero=has_zeros)
        # What lower words hand on to their upper words.
        self._handed = kernel.buffer("handed on", self._size + self.pad, zero=has_zeros)
        self._constants = LaneConstants(kernel)
        if n < full:
            for part in covering(range(n, full), length):
                first = min(part.start, self._size - length)
                broadcast(kernel, self._at(self.words, first), kernel.constant(_LAST_WORD))

    def exchange_vectors(self, stage: _Stage, step: int) -> None:
        """A stage whose distance is whole vectors."""
        for start in self._vectors(step):
            if start & stage.distance:
                continue
            lower, upper = self._at(self.words, start), self._at(self.words, start + stage.distance)
            descending = start & stage.size and not stage.is_last
            swap = self._binary("<", lower, upper) if descending else self._binary("<", upper, lower)
            difference = self._binary("-", upper, lower)
            move = self._binary("*", swap, difference)
            self._raise_where(swap, lower, upper, difference)
            self._kernel.binary("-", upper, upper, move)

    def exchange_by_arithmetic(self, stage: _Stage, step: int) -> None:
        """Lower words take on the difference to their upper words where the two swap; those give it up."""
        swaps, differences = {}, {}
        for start in self._vectors(step):
            swaps[start] = self._kernel.vector("swap")
            self._find_swaps(stage, start, swaps[start])
            word, upper = self._at(self.words, start), self._at(self.words, start + stage.distance)
            differences[start] = self._binary("-", upper, word)
            self._kernel.binary("*", self._at(self._handed, start), swaps[start], differences[start])
        for start in self._vectors(step):  # in this order: each reads words of vectors after it
            word, upper = self._at(self.words, start), self._at(self.words, start + stage.distance)
            self._raise_where(swaps[start], word, upper, differences[start])
        for start in self._vectors(step):
            word = self._at(self.words, start)
            self._kernel.binary("-", word, word, self._at(self._handed, start - stage.distance))

    def exchange_by_selects(self, stage: _Stage, step: int) -> None:
        """Lower words become their upper words where the two swap, then upper words the lower ones they were."""
        exchanged = {}
        for start in self._vectors(step):
            word, upper = self._at(self.words, start), self._at(self.words, start + stage.distance)
            swap = self._at(self._handed, start)
            self._find_swaps(stage, start, swap)
            exchanged[start] = self._kernel.vector("exchanged")
            self._kernel.select(exchanged[start], swap, upper, word)
        for start in self._vectors(step, backwards=True):  # in this order: each reads words of vectors before it
            swap, lower = (self._at(buffer, start - stage.distance) for buffer in (self._handed, self.words))
            self._kernel.select(self._at(self.words, start), swap, lower, exchanged[start])

    def _find_swaps(self, stage: _Stage, start: int, swap: VectorOperand) -> None:
        """1 for lower words that must swap with their upper words, 0 for all others; equal words may do either.

        A word not less than its upper word swaps where the order ascends, one that is less where it descends; for
        upper words the comparison, 0 or 1, is with a number above both.
        """
        lanes = numbers(start, self._length)
        expected = lanes.apply("<<", 1).apply("&", 2 * stage.distance)
        if not stage.is_last:
            descending = lanes.apply(">>", stage.size.bit_length() - 1).apply("&", 1)
            expected = expected.combine("|", descending)
        less = self._binary("<", self._at(self.words, start), self._at(self.words, start + stage.distance))
        self._kernel.binary("==", swap, less, self._constants.vector(expected))

    def _raise_where(self, swap: Buffer, word: Operand, upper: Operand, difference: Buffer) -> None:
        """``word`` becomes ``upper``, ``difference`` away, where it swaps: a select, or a multiply_add."""
        others = []
        if self._kernel.has("multiply_add"):
            arithmetic = self._kernel.multiply_add_implementation(word, swap, difference, word)
            others.append(Implementation(arithmetic.name, arithmetic.runs, booleans=((swap[0], swap.words),)))
        self._kernel.select(word, swap, upper, word, others)

    def _vectors(self, step: int, *, backwards: bool = False) -> Iterator[int]:
        """The first word of each vector; what is built meanwhile belongs to that vector."""
        starts = range(0, self._size, self._length)
        for start in reversed(starts) if backwards else starts:
            with self._kernel.at(start // self._length, step):
                yield start

    def _at(self, buffer: Buffer, start: int) -> Operand:
        """The vector of a padded buffer that starts at word ``start`` of the array."""
        return buffer[self.pad + start]

    def _binary(self, opcode: str, a: VectorOperand, b: VectorOperand) -> Buffer:
        result = self._kernel.vector(opcode)
        self._kernel.binary(opcode, result, a, b)
        return result
