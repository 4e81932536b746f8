"""What carries out the operations of a kernel: a graph that is built, or numpy at once."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from problems.language.declarations import Placed
from problems.language.loops import Loop
from problems.language.values import Span, Value


class Backend(ABC):
    """Operations on values that have been checked; what it gives are the handles of new values."""

    prefers_functions: ClassVar[bool] = False
    """Whether opcodes are computed by the functions that are given for them, if any are."""

    @abstractmethod
    def has(self, opcode: str, span: Span | None) -> bool:
        """Whether there is such an opcode for these lanes, or for words."""

    @abstractmethod
    def fuses(self, span: Span | None) -> bool:
        """Whether a product that is added to something is to be one operation with the sum."""

    @abstractmethod
    def fuses_totals(self, span: Span | None) -> bool:
        """Whether a product that a total takes is to be one operation with the sum."""

    @abstractmethod
    def selects(self, span: Span | None) -> bool:
        """Whether the next choice between two by a flag is to be a select, not a product."""

    @abstractmethod
    def opcode_for(self, function: str, operands: Sequence[Value | int], span: Span | None) -> str | None:
        """The opcode of the machine's own that computes this function of words, of operands of these kinds."""

    @abstractmethod
    def apply(self, opcode: str, operands: Sequence[Value | int], span: Span | None) -> Any:
        """Arithmetic, ``multiply_add``, ``select`` or an opcode of the machine's own, lane by lane."""

    @abstractmethod
    def numbers(self, numbers: range, span: Span) -> Any:
        """A vector of these numbers."""

    @abstractmethod
    def load(self, array: Placed, start: int | Value, span: Span | None) -> Any:
        """The word at an address, or the consecutive words from there on, one for each lane."""

    @abstractmethod
    def gather(self, array: Placed, addresses: Value, span: Span) -> Any:
        """A word for each lane, from the address in that lane."""

    @abstractmethod
    def store(self, array: Placed, start: int | Value, value: Value | int, span: Span | None) -> None:
        """Store a word, or a vector to consecutive words."""

    @abstractmethod
    def scatter(self, array: Placed, addresses: Value, value: Value | int, span: Span) -> None:
        """Store the word of each lane at the address in that lane."""

    @abstractmethod
    def lane_words(self, value: Value) -> list[Any]:
        """Each lane of a vector, as a word."""

    @abstractmethod
    def spans(self, loop: Loop, indices: range) -> Iterator[Span]:
        """The indices of a loop, so many at a time."""

    @abstractmethod
    def overlaps(self, loop: Loop) -> bool:
        """Whether some indices of the loop are computed twice."""

    @abstractmethod
    def iteration(self, loop: Loop, number: int) -> AbstractContextManager[None]:
        """What is done inside belongs to the loop's iteration of that number."""

    @abstractmethod
    def unroll(self, loop: Loop) -> int:
        """How many partial totals the loop has side by side."""
