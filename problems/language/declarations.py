"""What a kernel declares: sizes, and arrays whose lengths are expressions over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import prod
from typing import Any

import numpy as np

from machine.expression import Expression, ExpressionError, evaluate, parse_expression
from problems.language.integers import is_integer
from problems.language.lane_places import Place, here, mistake

WORD_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Size:
    """A number of the shape: default, least and most (``None``: no limit).

    ``whole`` sizes must be multiples of the machine's lanes.

    Raises:
        KernelError: a number is no integer, or the default is not from least to most.
    """

    default: int
    least: int = 1
    most: int | None = None
    whole: bool = False
    summary: str = ""

    def __post_init__(self) -> None:
        limits = (self.least,) if self.most is None else (self.least, self.most)
        for number in (self.default, *limits):
            if not is_integer(number):
                raise mistake(f"a size of {number!r}", right="integers, as in Size(64, least=1, most=256)")
        if self.default < self.least or (self.most is not None and self.default > self.most):
            allowed = f"{self.least} or more" if self.most is None else f"{self.least} to {self.most}"
            raise mistake(f"a size of {self.default} by default", right=f"{allowed}, as least and most say")


@dataclass(frozen=True, slots=True)
class Choice:
    """A knob of the kernel's own: one of a few names, the first of which is the default."""

    names: tuple[str, ...]
    summary: str = ""


class Use(Enum):
    """What an array is to a kernel."""

    INPUT = "input"
    OUTPUT = "output"
    BOTH = "input and output"


@dataclass(frozen=True, slots=True)
class ArrayDeclaration:
    """An array in memory: what it is for, its lengths (outermost first), and what its words are at the start.

    Attributes:
        use: input, output or both.
        lengths: integers, or expressions over sizes, as in ``"rows * columns"``.
        below: what each word is less than, an integer or an expression.
        ascending: whether the words stand in ascending order.
        least: what no word is less than; where it is negative, words are signed.
        fixed: the words themselves, where they are always the same.
        place: where it is declared.

    Raises:
        KernelError: there is no length, or ``least`` is no integer.
    """

    use: Use
    lengths: tuple[int | str, ...]
    below: int | str = WORD_LIMIT
    ascending: bool = False
    least: int = 0
    fixed: tuple[int, ...] | None = None
    place: Place | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.lengths:
            raise mistake("an array without a length", right="one or more: 1 for a single word", place=self.place)
        if not is_integer(self.least):
            raise mistake(f"least is {self.least!r}", right="an integer", place=self.place)


def choice(*names: str, summary: str = "") -> Choice:
    """A knob of the kernel's own.

    Raises:
        KernelError: the names are fewer than two, some are alike, or one is no text.
    """
    if any(not isinstance(name, str) for name in names) or not 2 <= len(set(names)) == len(names):
        shown = ", ".join(map(repr, names)) or "nothing"
        raise mistake(f"a choice of {shown}", right='two or more different texts, as in choice("add", "shift")')
    return Choice(names, summary)


def read(
    *lengths: int | str, below: int | str = WORD_LIMIT, least: int = 0, ascending: bool = False
) -> ArrayDeclaration:
    """An array that the kernel reads; with a negative ``least`` its words are signed."""
    return ArrayDeclaration(Use.INPUT, lengths, below, ascending, least, place=here())


def fixed(words: Any) -> ArrayDeclaration:
    """An array that is in memory from the start, the same on every input: a table, say.

    ``words`` is what numpy takes for an array of integers; it gives the lengths, too.

    Raises:
        KernelError: it is no array of integers, or one of them is no word.
    """
    array = np.asarray(words)
    if array.dtype.kind not in "iu" or array.size == 0:
        raise mistake("fixed takes integers", right="a list of them, or an array of numpy's")
    for word in array.flat:
        require_word(int(word))
    return ArrayDeclaration(
        Use.INPUT, array.shape, fixed=tuple(int(word) & WORD_LIMIT - 1 for word in array.flat), place=here()
    )


def require_word(number: int) -> None:
    """Check that a number is one of 32 bits, with a sign or without.

    Raises:
        KernelError: it is not.
    """
    if not -(2**31) <= number < WORD_LIMIT:
        raise mistake(f"{number} is no word of 32 bits", right=f"{-(2**31)} to {WORD_LIMIT - 1}, or & 0xffffffff")


def written(*lengths: int | str) -> ArrayDeclaration:
    """An array that the kernel writes; it holds anything at the start."""
    return ArrayDeclaration(Use.OUTPUT, lengths, place=here())


def updated(*lengths: int | str, below: int | str = WORD_LIMIT, least: int = 0) -> ArrayDeclaration:
    """An array that the kernel reads and writes."""
    return ArrayDeclaration(Use.BOTH, lengths, below, least=least, place=here())


@dataclass(frozen=True, slots=True)
class Placed:
    """An array of a certain shape, and where in memory it is."""

    name: str
    use: Use
    lengths: tuple[int, ...]
    start: int
    below: int
    ascending: bool
    least: int = 0
    fixed: tuple[int, ...] | None = None

    @property
    def words(self) -> range:
        """Its addresses."""
        return range(self.start, self.start + prod(self.lengths))


def lay_out(arrays: Mapping[str, ArrayDeclaration], shape: Mapping[str, int]) -> dict[str, Placed]:
    """The arrays one after the other, from address 0.

    Raises:
        KernelError: a length is no expression over the sizes, or less than 1.
    """
    placed: dict[str, Placed] = {}
    start = 0
    for name, array in arrays.items():
        lengths = tuple(_number(f"a length of array {name}", length, shape, array.place) for length in array.lengths)
        below = _number(f"below of array {name}", array.below, shape, array.place)
        most = WORD_LIMIT // 2 if array.least < 0 else WORD_LIMIT
        below = most if array.below == WORD_LIMIT else below
        if not -(2**31) <= array.least < below <= most:
            right = f"least less than below, which is at most {most}"
            raise mistake(f"array {name} has words from {array.least} to {below - 1}", right=right, place=array.place)
        placed[name] = Placed(name, array.use, lengths, start, below, array.ascending, array.least, array.fixed)
        start = placed[name].words.stop
    return placed


def _number(what: str, given: int | str, shape: Mapping[str, int], place: Place | None) -> int:
    right = f"an integer or an expression over sizes ({', '.join(shape) or 'there are none'})"
    expression: Expression
    try:
        if isinstance(given, str):
            expression = parse_expression(given, shape)
            number = evaluate(expression, dict(shape))
        else:
            number = given
    except (ExpressionError, ZeroDivisionError) as error:
        raise mistake(f"{what}: {error}", right=right, place=place) from None
    if not isinstance(number, int) or not 1 <= number <= WORD_LIMIT:
        raise mistake(f"{what} is {given!r}", right=f"{right}, at least 1", place=place)
    return number
