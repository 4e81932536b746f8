"""Opcodes of one's own: operands by name, and an expression for the word that each lane of the destination gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from machine.expression import Expression, evaluate


class Kind(Enum):
    """What an operand of an opcode of one's own is."""

    LANE = "lane"
    """A vector, where the opcode acts on vectors, else a word."""
    WORD = "word"
    """A word, the same for all lanes."""
    NUMBER = "number"
    """A number that stands in the slot itself, modulo 2^32."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What an opcode of one's own computes, wherever it runs.

    Attributes:
        name: of the opcode.
        operands: name and kind of each operand besides the destination, which comes first and is called ``d``.
        result: the word that a lane of the destination gets.
        text: the expression as its author wrote it.
        vector: whether it acts on vectors; ``None`` if as the arithmetic of whichever engine runs it.
        summary: a line of documentation, or an empty one.
    """

    name: str
    operands: tuple[tuple[str, Kind], ...]
    result: Expression
    text: str
    vector: bool | None = None
    summary: str = ""

    def apply(self, operands: Sequence[Sequence[int]]) -> list[int]:
        """The words of the destination, lane by lane, for the words of each operand, as many as there are lanes.

        Raises:
            ZeroDivisionError: a lane divides by 0.
        """
        names = [name for name, _ in self.operands]
        return [evaluate(self.result, dict(zip(names, words, strict=True))) for words in zip(*operands, strict=True)]

    def __str__(self) -> str:
        """One text for all that decides what it computes."""
        operands = ", ".join(f"{name}: {kind.value}" for name, kind in self.operands)
        return f"{self.name}({operands}) = {self.result}"
