"""Constants as words: loaded, or computed from two others that are there already."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from machine.graph.builder import Kernel
from machine.graph.named_opcodes import implementations_of
from machine.graph.operation import Operand
from machine.words import WORD_MASK
from problems.knobs import ChoiceKnob, KnobSettings

CONSTANTS, LOADED, COMPUTED = "constants", "loaded", "computed"
OPCODES = "+", "-", "*", "<<"
MOST_FIRST = 64
"""The first operand is one of so many that were the first to be there: looking for one always takes the same time."""

Way = tuple[str, int, int]
"""An opcode and the constants that it takes."""


class Constants:
    """Has a kernel's constants, addresses among them, computed where that is asked for and can be.

    Loads and constants are often for one engine, which a kernel with many constants waits for, while those of
    arithmetic are idle.  A constant that is a sum, a difference, a product or a shift of two others may be computed:
    which way it is made is left to whoever schedules the graph.
    """

    def __init__(self, kernel: Kernel, settings: KnobSettings) -> None:
        self._kernel = kernel
        self._opcodes = frozenset(opcode for opcode in OPCODES if kernel.has(opcode, vector=False))
        self._depths: dict[int, int] = {}
        self._loaded: set[int] = set()
        if self._opcodes and settings.get(CONSTANTS, COMPUTED) == COMPUTED:
            kernel.constants_by(self._word)

    def load_alone(self, value: int) -> None:
        """From now on, this constant is not computed."""
        self._loaded.add(value)

    def _word(self, value: int) -> Operand:
        """A new word that holds ``value``."""
        word = self._kernel.scalar(f"const {value:#x}")
        way = None if value in self._loaded else self._best_way(value, self._depths)
        others = []
        if way is not None:
            opcode, *constants = way
            operands = (word, *map(self._kernel.constant, constants))
            others = implementations_of(self._kernel.machine, opcode, operands, vector=False)
        self._kernel.load_constant(word, value, others)
        self._depths[value] = _depth(way, self._depths)
        return word

    def knobs(self) -> list[ChoiceKnob]:
        """The choice between the two, where there is one."""
        if not self._may_be_computed(self._kernel.constant_values):
            return []
        summary = "constants, addresses that may be sums too: loaded alone, or computed where that suits better"
        return [ChoiceKnob(CONSTANTS, COMPUTED, summary, (LOADED, COMPUTED), formerly=LOADED)]

    def _may_be_computed(self, values: Iterable[int]) -> bool:
        """Whether one of some constants may be computed from those before it."""
        before: dict[int, int] = {}
        for value in values:
            if self._best_way(value, before) is not None:
                return True
            before[value] = 0
        return False

    def _best_way(self, value: int, depths: Mapping[int, int]) -> Way | None:
        """The way with the shortest chain, if there is one; addresses may always be a vector's length apart."""
        firsts = [*islice(depths, MOST_FIRST), self._kernel.machine.vector_length]
        ways = (way for a in firsts if a in depths for way in _ways(value, a))
        known = (way for way in ways if way[1] in depths and way[2] in depths and way[0] in self._opcodes)
        return min(known, key=lambda way: _depth(way, depths), default=None)


def _ways(value: int, a: int) -> Iterator[Way]:
    """Ways to compute ``value`` from ``a`` and another constant."""
    yield "+", a, value - a & WORD_MASK
    yield "-", a, a - value & WORD_MASK
    yield "-", value + a & WORD_MASK, a
    if a > 1 and value % a == 0:
        yield "*", a, value // a
    if 0 < a < 32 and value % (1 << a) == 0:
        yield "<<", value >> a, a


def _depth(way: Way | None, depths: Mapping[int, int]) -> int:
    """How many operations a constant that is made so waits for."""
    return 0 if way is None else 1 + max(depths[way[1]], depths[way[2]])
