"""Path bits of one group in one pass over the tree, in the forms in which selects and addresses want them."""

from enum import Enum

from machine.graph.builder import BinaryEngines, Kernel
from machine.graph.operation import Buffer


class BitForm(Enum):
    """What a path bit looks like as a word; the live value is encoded, which inverts its parity."""

    LEFT = "left"
    """1 where the walker goes left: ``u & 1``."""
    LEFT_LESS_TWO = "left - 2"
    """-1 where the walker goes left, else -2: ``u | ~1``."""
    RIGHT = "right"
    """1 where the walker goes right: ``v & 1`` of the decoded value."""


class Path:
    """Path bits, each made in a form when that is first asked for.

    Args:
        kernel: where to emit.
        name: of the buffers made.
        engines: where bits may be taken.
    """

    def __init__(self, kernel: Kernel, name: str, engines: BinaryEngines) -> None:
        self._kernel = kernel
        self._name = name
        self._engines = engines
        self._encoded: list[Buffer] = []
        self._decoded: dict[int, Buffer] = {}
        self._made: dict[tuple[int, BitForm], Buffer] = {}

    def add(self, encoded: Buffer) -> None:
        """The value after the hash at the next level."""
        self._encoded.append(encoded)

    def add_decoded(self, level: int, decoded: Buffer) -> None:
        """The decoded value after the hash at ``level``."""
        self._decoded[level] = decoded

    def is_decoded(self, level: int) -> bool:
        """Whether the value after ``level`` is known decoded."""
        return level in self._decoded

    def bit(self, level: int, form: BitForm = BitForm.LEFT) -> Buffer:
        """The bit that leads from ``level`` to the next."""
        if (level, form) not in self._made:
            made = self._kernel.vector(self._name)
            source = self._decoded[level] if form is BitForm.RIGHT else self._encoded[level]
            opcode, mask = ("|", -2) if form is BitForm.LEFT_LESS_TWO else ("&", 1)
            self._kernel.binary(opcode, made, source, self._kernel.splat(mask), engines=self._engines)
            self._made[level, form] = made
        return self._made[level, form]

    def bits(self, first: int, stop: int) -> list[Buffer]:
        """The bits that lead from level ``first`` to level ``stop``, as ``LEFT``."""
        return [self.bit(level) for level in range(first, stop)]
