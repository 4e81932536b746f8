"""What a kernel declares: sizes, and arrays whose lengths are expressions over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import prod

from machine.expression import Expression, ExpressionError, evaluate, parse_expression
from problems.language.lane_places import Place, here, mistake

WORD_LIMIT = 2**32


@dataclass(frozen=True, slots=True)
class Size:
    """A number of the shape: default, least and most (``None``: no limit).

    ``whole`` sizes must be multiples of the machine's lanes.
    """

    default: int
    least: int = 1
    most: int | None = None
    whole: bool = False
    summary: str = ""


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
        place: where it is declared.
    """

    use: Use
    lengths: tuple[int | str, ...]
    below: int | str = WORD_LIMIT
    ascending: bool = False
    place: Place | None = field(default=None, compare=False)


def choice(*names: str, summary: str = "") -> Choice:
    """A knob of the kernel's own."""
    return Choice(names, summary)


def read(*lengths: int | str, below: int | str = WORD_LIMIT, ascending: bool = False) -> ArrayDeclaration:
    """An array that the kernel reads."""
    return ArrayDeclaration(Use.INPUT, lengths, below, ascending, here())


def written(*lengths: int | str) -> ArrayDeclaration:
    """An array that the kernel writes; it holds anything at the start."""
    return ArrayDeclaration(Use.OUTPUT, lengths, place=here())


def updated(*lengths: int | str, below: int | str = WORD_LIMIT) -> ArrayDeclaration:
    """An array that the kernel reads and writes."""
    return ArrayDeclaration(Use.BOTH, lengths, below, place=here())


@dataclass(frozen=True, slots=True)
class Placed:
    """An array of a certain shape, and where in memory it is."""

    name: str
    use: Use
    lengths: tuple[int, ...]
    start: int
    below: int
    ascending: bool

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
        placed[name] = Placed(name, array.use, lengths, start, below, array.ascending)
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
