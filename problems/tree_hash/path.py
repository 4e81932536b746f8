"""The path of one group in one pass over the tree."""

from machine.graph.operation import Buffer
from problems.tree_hash.live_value import BitForm, LiveValue


class Path:
    """Path bits by level, from the values after the hash at each."""

    def __init__(self) -> None:
        self._values: list[LiveValue] = []

    def add(self, value: LiveValue) -> None:
        """The value after the hash at the next level."""
        self._values.append(value)

    def bit(self, level: int, form: BitForm = BitForm.LEFT) -> Buffer:
        """The bit that leads from ``level`` to the next."""
        return self._values[level].bit(form)

    def bits(self, first: int, stop: int) -> list[Buffer]:
        """The bits that lead from level ``first`` to level ``stop``, as ``LEFT``."""
        return [self.bit(level) for level in range(first, stop)]
