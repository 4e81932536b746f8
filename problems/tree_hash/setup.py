"""Words that hold constants: loaded one by one or, where it is cheaper, found in the header or added up.

The header is known for a shape, and a load of a vector from address 0 takes no address but a zero: one slot gives
several constants.  Most others are addresses at regular distances, each the sum of two that are known.  A sum is one
more implementation of an operation that could be a load or an add_imm, so that the schedule decides.
"""

from collections.abc import Iterable

from machine.graph.builder import Kernel
from machine.graph.operation import Implementation, MemoryRange, Operand
from machine.opcodes import WORD_MASK
from problems.tree_hash.layout import HEADER_WORDS, Layout
from problems.tree_hash.plan import Plan

_ADDED = 1 << 16
"""Constants below this are added up; others are data, and their words are free after their use."""

_STEPS = (8, 16, 32, 64, 128)
"""Distances worth a constant of their own."""

_DEEPEST = 6
"""Most additions that a constant may wait for."""


class Setup:
    """Makes words for constants, each once.

    Attributes:
        root: the root as it is in the image, where the load of the header has brought it along.
    """

    def __init__(self, kernel: Kernel, plan: Plan) -> None:
        self._kernel = kernel
        self._kind = plan.setup
        self._is_lean = plan.setup.adds_addresses and bool(kernel.machine.having("+", vector=False))
        self._words: dict[int, Operand] = {}
        self._depths: dict[int, int] = {}
        self.root: Operand | None = None
        length = kernel.machine.vector_length
        if self._is_lean and length <= plan.layout.memory_words and length > 1:
            self._read_header(plan.layout, length)
            if plan.setup.adds_all:
                kernel.constants_by(self.word)

    def _read_header(self, layout: Layout, length: int) -> None:
        header = self._kernel.vector("header")
        self._kernel.load_vector(header, self._kernel.zero(), MemoryRange(0, length))
        for position, value in enumerate(layout.header[: min(length, HEADER_WORDS)]):
            self._note(value, header[position], 0)
        if length > HEADER_WORDS:
            self.root = header[HEADER_WORDS]

    def _note(self, value: int, word: Operand, depth: int) -> None:
        if value not in self._words:
            self._words[value] = word
            self._depths[value] = depth

    def word(self, value: int) -> Operand:
        """A word that holds ``value``."""
        if not self._is_lean:
            return self._kernel.constant(value)
        value &= WORD_MASK
        if value not in self._words:
            word = self._kernel.scalar(f"const {value:#x}")
            sums, depth = self.sums(word, value)
            self._kernel.load_constant(word, value, sums)
            self._note(value, word, depth)
        return self._words[value]

    def sums(self, d: Operand, value: int) -> tuple[list[Implementation], int]:
        """Implementations of ``d <- value`` by an addition or subtraction, and how many operations it waits for."""
        pair = self._pair(value) if self._is_lean and value < _ADDED else None
        if pair is None:
            return [], 1
        opcode, a, b = pair
        run = self._kernel.lane_run(opcode, (d, self._words[a], self._words[b]))
        return [Implementation("sum", (run,))], max(self._depths[a], self._depths[b]) + 1

    def nearest(self, value: int, known: Iterable[int]) -> int:
        """The one of ``known`` from which the step to ``value`` is a constant that there is, or the smallest."""
        return min(known, key=lambda other: (abs(value - other) not in self._words, abs(value - other)))

    def summands(self, value: int) -> tuple[Operand, Operand]:
        """Two words whose sum is ``value``."""
        pair = self._pair(value)
        if pair is not None and pair[0] == "+":
            return self._words[pair[1]], self._words[pair[2]]
        nearest = max((known for known in self._words if known <= value), default=0)
        return self.word(nearest), self.word(value - nearest)

    def _pair(self, value: int) -> tuple[str, int, int] | None:
        """Two known constants whose sum or difference is ``value``, the soonest there; a step may be made for it."""
        found = self._known_pair(value)
        if found is None:
            for step in _STEPS:
                if value - step in self._words and step != value and step not in self._words:
                    self.word(step)
                    return self._known_pair(value)
            if self._kind.adds_all:
                return self._pair_with_a_sum(value)
        return found

    def _pair_with_a_sum(self, value: int) -> tuple[str, int, int] | None:
        """A known constant and one that is the sum or difference of two, which is made."""
        for known in [each for each, depth in self._depths.items() if each < _ADDED and depth == 0]:
            rest = abs(value - known)
            if 0 < rest < _ADDED and rest not in self._words and self._known_pair(rest) is not None:
                self.word(rest)
                return self._known_pair(value)
        return None

    def _known_pair(self, value: int) -> tuple[str, int, int] | None:
        best: tuple[int, str, int, int] | None = None
        for a, depth in self._depths.items():
            if a >= _ADDED:
                continue
            for opcode, b in (("+", value - a), ("-", a - value)):
                if b in self._depths:
                    both = max(depth, self._depths[b])
                    if both < _DEEPEST and (best is None or both < best[0]):
                        best = both, opcode, a, b
        return None if best is None else best[1:]
