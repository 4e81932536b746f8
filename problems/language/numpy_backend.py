"""Carries out a kernel on numpy arrays at once: many memory images side by side, all indices of a loop together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine.words import ARITHMETIC, FUNCTIONS
from problems.language.backend import Backend
from problems.language.declarations import Placed
from problems.language.lane_places import mistake
from problems.language.loops import WORDS, Loop, spans
from problems.language.values import Span, Value

Words = NDArray[np.uint32]
"""Images x lanes; images x 1 for a word."""


class NumpyBackend(Backend):
    """Runs on ``memories`` (images x words), which it changes.

    ``parts`` is in how many equal parts the indices of a loop are taken, but for single ones that are left over.
    """

    prefers_functions = True

    def __init__(self, memories: Words, parts: int = 1) -> None:
        self.memories = memories
        self._parts = parts

    def has(self, opcode: str, span: Span | None) -> bool:
        return opcode in _APPLIED or opcode in FUNCTIONS

    def fuses(self, span: Span | None) -> bool:
        return True

    def fuses_totals(self, span: Span | None) -> bool:
        return True

    def selects(self, span: Span | None) -> bool:
        return True

    def opcode_for(self, function: str, operands: Sequence[Value | int], span: Span | None) -> str | None:
        return None

    def apply(self, opcode: str, operands: Sequence[Value | int], span: Span | None) -> Words:
        words = [_words(operand) for operand in operands]
        if opcode in ("//", "%", "cdiv") and not words[1].all():
            raise mistake(f"{opcode} divides by 0 on an input", right="divisors that are never 0, on any input")
        if opcode in _APPLIED:
            return _APPLIED[opcode](*words)
        function = np.frompyfunc(FUNCTIONS[opcode].compute, FUNCTIONS[opcode].arguments, 1)
        if len(words) != FUNCTIONS[opcode].arguments:
            raise mistake(f"{opcode} takes {FUNCTIONS[opcode].arguments} operands, not {len(words)}", right=opcode)
        return np.asarray(function(*(each.astype(object) for each in words)), dtype=np.uint32)

    def numbers(self, numbers: range, span: Span) -> Words:
        return np.array(numbers, dtype=np.int64).astype(np.uint32)[None, :]

    def load(self, array: Placed, start: int | Value, span: Span | None) -> Words:
        return self._at(array, self._addresses(start, span))

    def gather(self, array: Placed, addresses: Value, span: Span) -> Words:
        return self._at(array, _words(addresses))

    def store(self, array: Placed, start: int | Value, value: Value | int, span: Span | None) -> None:
        self._put(array, self._addresses(start, span), value)

    def scatter(self, array: Placed, addresses: Value, value: Value | int, span: Span) -> None:
        self._put(array, _words(addresses), value)

    def lane_words(self, value: Value) -> list[Words]:
        words = _words(value)
        return [words[:, lane : lane + 1] for lane in range(words.shape[1])]

    def spans(self, loop: Loop, indices: range) -> Iterator[Span]:
        return spans(indices, max(len(indices) // self._parts, 1), WORDS, loop.place)

    def overlaps(self, loop: Loop) -> bool:
        return False

    def iteration(self, loop: Loop, number: int) -> AbstractContextManager[None]:
        return nullcontext()

    def unroll(self, loop: Loop) -> int:
        return 1

    def _addresses(self, start: int | Value, span: Span | None) -> NDArray[np.int64]:
        first = np.array([[start]]) if isinstance(start, int) else _words(start).astype(np.int64)
        return first + np.arange(1 if span is None else span.count)

    def _at(self, array: Placed, addresses: NDArray[Any]) -> Words:
        rows = np.arange(len(self.memories))[:, None]
        return self.memories[rows, self._checked(array, addresses)]

    def _put(self, array: Placed, addresses: NDArray[Any], value: Value | int) -> None:
        rows = np.arange(len(self.memories))[:, None]
        self.memories[rows, self._checked(array, addresses)] = _words(value)

    def _checked(self, array: Placed, addresses: NDArray[Any]) -> NDArray[np.int64]:
        wide = addresses.astype(np.int64)
        beyond = wide[(wide < array.words.start) | (wide >= array.words.stop)]
        if beyond.size:
            raise mistake(
                f"a subscript that was computed is {int(beyond.flat[0]) - array.start} on an input",
                f"array {array.name} of {len(array.words)} words",
                right=f"0 to {len(array.words) - 1} on every input: declare below=, or compare before",
            )
        return wide


def _words(operand: Value | int) -> Words:
    if isinstance(operand, int):
        return np.array([[operand]], dtype=np.uint32)
    words: Words = operand.handle
    return words


def _shift(function: Callable[[Words, Words], Words]) -> Callable[..., Words]:
    """Shifts by 32 and more give 0."""
    return lambda a, b: np.where(b < 32, function(a, np.minimum(b, np.uint32(31))), np.uint32(0)).astype(np.uint32)


def _flag(function: Callable[..., Any]) -> Callable[..., Words]:
    return lambda a, b: function(a, b).astype(np.uint32)


def _divide_up(a: Words, b: Words) -> Words:
    return ((a.astype(np.uint64) + b - 1) // b).astype(np.uint32)


def _select(condition: Words, a: Words, b: Words) -> Words:
    return np.where(condition != 0, a, b)


_APPLIED: Mapping[str, Callable[..., Words]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "//": np.floor_divide,
    "%": np.remainder,
    "&": np.bitwise_and,
    "|": np.bitwise_or,
    "^": np.bitwise_xor,
    "<<": _shift(np.left_shift),
    ">>": _shift(np.right_shift),
    "<": _flag(np.less),
    "==": _flag(np.equal),
    "cdiv": _divide_up,
    "multiply_add": lambda a, b, c: a * b + c,
    "select": _select,
}
assert _APPLIED.keys() >= ARITHMETIC.keys()
