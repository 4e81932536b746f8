"""Totals over loops: what has been taken in, by lanes and partial totals side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, Protocol

from machine.words import WORD_MASK
from problems.language.lane_places import mistake
from problems.language.loops import LoopRun
from problems.language.values import Value, describe


class TotalOperations(Protocol):
    """What a total hands over to: a kernel's code."""

    def take(self, total: Total, value: Any) -> None:
        """Add a value to a total, or whatever its operator is."""

    def sum_up(self, total: Total) -> Value:
        """The word of a total."""


class Total:
    """A total over a loop, which takes vectors and gives a word when the loop has ended.

    Attributes:
        empty_loops: how many loops without indices have run before it.
        partials: by lanes and number among those side by side, what has been taken in.
        taken: how many values have been, in loops.
        taken_in: the run of a loop that was the last to add to it.
        read_in: the run of a loop that was the last to read it.
        read: its word, since a loop has read it.
    """

    OF_NOTHING: ClassVar[Mapping[str, int]] = {
        "+": 0,
        "*": 1,
        "^": 0,
        "&": WORD_MASK,
        "|": 0,
        "min": WORD_MASK,
        "max": 0,
    }
    """What does not change a total, and is that of a loop without indices."""

    OPERATORS = tuple(OF_NOTHING)

    def __init__(self, code: TotalOperations, operator: str, empty_loops: int) -> None:
        self._code = code
        self.empty_loops = empty_loops
        self.operator = operator
        self.partials: dict[tuple[int, int], Value] = {}
        self.taken = 0
        self.taken_in: LoopRun | None = None
        self.read_in: LoopRun | None = None
        self.read: Value | None = None

    def take(self, value: Any) -> None:
        """Add a value, or whatever the total's operator is."""
        self._code.take(self, value)

    def __iadd__(self, value: Any) -> Total:
        if self.operator != "+":
            raise mistake(f"+= on a total of {self.operator}", right="total.take(x[i])")
        self.take(value)
        return self

    def __eq__(self, other: object) -> NoReturn:
        raise mistake("== takes values, not a total", describe(other), right="its word: total.word == ...")

    def __ne__(self, other: object) -> NoReturn:
        raise mistake("!= takes values, not a total", describe(other), right="its word: total.word != ...")

    __hash__ = object.__hash__

    @property
    def word(self) -> Value:
        """The total."""
        return self._code.sum_up(self)
