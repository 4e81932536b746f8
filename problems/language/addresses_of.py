"""Known addresses as words: constants that are loaded, or sums of an address before them and a step."""

from machine.graph.builder import Kernel
from machine.graph.operation import Operand
from problems.knobs import ChoiceKnob, KnobSettings
from problems.language.constants_of import Constants

ADDRESSES, SUMS, LOADED = "addresses", "sums", "loaded"
LEAST_ADDRESSES = 4
"""From so many on it pays to hold the step from one vector to the next."""


class Addresses:
    """Makes the words of addresses.

    An address a step of one vector after another, or as far from another array as one address is from the next, may be
    a sum of the two: loads and constants are often for one engine, and arithmetic of words for others.  Which way an
    address is made is left to whoever schedules the graph.
    """

    def __init__(self, kernel: Kernel, constants: Constants, settings: KnobSettings) -> None:
        self._kernel = kernel
        self._constants = constants
        self._has_sums = settings.get(ADDRESSES, SUMS) == SUMS and kernel.has("+", vector=False)
        self._words: dict[int, Operand] = {}
        self._may_be_sums = 0

    def word(self, address: int) -> Operand:
        """The word that holds an address."""
        if address not in self._words:
            if not self._has_sums:
                self._constants.load_alone(address)
            self._words[address] = self._kernel.constant(address, self._sums(address))
        return self._words[address]

    def _sums(self, address: int) -> list[tuple[Operand, Operand]]:
        lanes = self._kernel.machine.vector_length
        before = self._words.get(address - lanes)
        is_made = self._kernel.has_constant(address)
        if is_made or before is None or len(self._words) < LEAST_ADDRESSES:
            return []
        self._may_be_sums += 1
        return [(before, self._kernel.constant(lanes))] if self._has_sums else []

    def knobs(self) -> list[ChoiceKnob]:
        """The choice between the two, where there is one."""
        if self._may_be_sums == 0 or not self._kernel.has("+", vector=False):
            return []
        summary = "addresses of vectors: constants that may be sums instead, or constants alone"
        return [ChoiceKnob(ADDRESSES, SUMS, summary, (SUMS, LOADED))]
