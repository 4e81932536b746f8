"""Values of the kernel language: words, vectors, indices and arrays, with the operators of the mathematics.

Operators on values hand over to the kernel's code, which checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol

from problems.language.declarations import Placed
from problems.language.integers import is_integer
from problems.language.lane_places import Place, mistake


class Operations(Protocol):
    """What operators hand over to: a kernel's code."""

    def binary(self, operator: str, a: Any, b: Any) -> Value:
        """``a operator b``."""

    def negation(self, condition: Value) -> Value:
        """1 where a word is 0, else 0."""

    def load(self, array: Array, subscripts: tuple[Any, ...]) -> Value:
        """``array[subscripts]``."""

    def store(self, array: Array, subscripts: tuple[Any, ...], given: Any) -> None:
        """``array[subscripts] = given``."""


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Some indices of a loop that are computed together: a lane each.

    Attributes:
        start: the first.
        count: how many.
        loop: all indices of the loop.
        place: where the loop is written.
    """

    start: int
    count: int
    loop: range
    place: Place


class Arithmetic:
    """What has operators: values, and indices, which become values where they must."""

    code: Operations
    __array_ufunc__ = None  # numpy's numbers leave operators to values
    __hash__ = None  # type: ignore[assignment]  # == computes

    def __add__(self, other: Any) -> Value:
        return self.code.binary("+", self, other)

    def __radd__(self, other: Any) -> Value:
        return self.code.binary("+", other, self)

    def __sub__(self, other: Any) -> Value:
        return self.code.binary("-", self, other)

    def __rsub__(self, other: Any) -> Value:
        return self.code.binary("-", other, self)

    def __mul__(self, other: Any) -> Value:
        return self.code.binary("*", self, other)

    def __rmul__(self, other: Any) -> Value:
        return self.code.binary("*", other, self)

    def __floordiv__(self, other: Any) -> Value:
        return self.code.binary("//", self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return self.code.binary("//", other, self)

    def __mod__(self, other: Any) -> Value:
        return self.code.binary("%", self, other)

    def __rmod__(self, other: Any) -> Value:
        return self.code.binary("%", other, self)

    def __and__(self, other: Any) -> Value:
        return self.code.binary("&", self, other)

    def __rand__(self, other: Any) -> Value:
        return self.code.binary("&", other, self)

    def __or__(self, other: Any) -> Value:
        return self.code.binary("|", self, other)

    def __ror__(self, other: Any) -> Value:
        return self.code.binary("|", other, self)

    def __xor__(self, other: Any) -> Value:
        return self.code.binary("^", self, other)

    def __rxor__(self, other: Any) -> Value:
        return self.code.binary("^", other, self)

    def __lshift__(self, other: Any) -> Value:
        return self.code.binary("<<", self, other)

    def __rlshift__(self, other: Any) -> Value:
        return self.code.binary("<<", other, self)

    def __rshift__(self, other: Any) -> Value:
        return self.code.binary(">>", self, other)

    def __rrshift__(self, other: Any) -> Value:
        return self.code.binary(">>", other, self)

    def __lt__(self, other: Any) -> Value:
        return self.code.binary("<", self, other)

    def __gt__(self, other: Any) -> Value:
        return self.code.binary("<", other, self)

    def __le__(self, other: Any) -> Value:
        return self.code.negation(self.code.binary("<", other, self))

    def __ge__(self, other: Any) -> Value:
        return self.code.negation(self.code.binary("<", self, other))

    def __eq__(self, other: Any) -> Value:  # type: ignore[override]
        return self.code.binary("==", self, other)

    def __ne__(self, other: Any) -> Value:  # type: ignore[override]
        return self.code.negation(self.code.binary("==", self, other))

    def __invert__(self) -> Value:
        return self.code.binary("^", self, 0xFFFF_FFFF)

    def __neg__(self) -> Value:
        return self.code.binary("-", 0, self)

    def __truediv__(self, other: Any) -> NoReturn:
        raise mistake("/ gives fractions", describe(self), describe(other), right="words are integers: a // b")

    __rtruediv__ = __truediv__

    def __pow__(self, other: Any) -> NoReturn:
        raise mistake("** is no operation of a machine", describe(self), describe(other), right="products: a * a")

    def __divmod__(self, other: Any) -> NoReturn:
        raise mistake("divmod is Python's own", describe(self), describe(other), right="a // b and a % b")

    __rdivmod__ = __divmod__

    def __abs__(self) -> NoReturn:
        raise mistake("abs is Python's own, and words have no sign", describe(self), right="k.abs(a), of a signed word")

    def __bool__(self) -> NoReturn:
        raise mistake(
            "`if`, `while`, `and`, `or`, `not`, min and max ask for a value that only the program will know",
            describe(self),
            right="k.select(condition, a, b), k.min, k.max; & for `and`, | for `or`, == 0 for `not`",
        )

    def __index__(self) -> NoReturn:
        raise mistake(
            "a number is needed here, and a value is only known to the program",
            describe(self),
            right="sizes and Python's own integers",
        )

    __int__ = __float__ = __index__

    def __iter__(self) -> NoReturn:
        raise mistake("a value has no parts", describe(self), right="subscripts of arrays, as in x[i]")


class Value(Arithmetic):
    """A word, or a vector: a word for each index of a span.

    Attributes:
        code: the kernel that it belongs to.
        handle: what it is to the backend; ``None`` for a product that has not been needed by itself yet.
        span: the indices, for a vector; ``None`` for a word.
        factors: of a product.
        is_flag: whether it is known to be 0 or 1.
    """

    def __init__(
        self, code: Operations, handle: Any, span: Span | None, factors: tuple[Value | int, Value | int] | None = None
    ) -> None:
        self.code = code
        self.handle = handle
        self.span = span
        self.factors = factors
        self.is_flag = False


class Word(Value):
    """A word, the same wherever it is used."""


class Vector(Value):
    """A word for each index of a loop's span."""


@dataclass(frozen=True, slots=True, eq=False)
class Index(Arithmetic):
    """``scale * i + offset`` for the indices ``i`` of a span: a subscript, or a vector of these numbers."""

    code: Operations
    span: Span
    scale: int = 1
    offset: int = 0

    @property
    def first(self) -> int:
        """For the first index of the span."""
        return self.scale * self.span.start + self.offset

    @property
    def ends(self) -> tuple[int, int]:
        """For the first and the last index of the loop."""
        first, last = (self.scale * index + self.offset for index in (self.span.loop[0], self.span.loop[-1]))
        return first, last

    @property
    def numbers(self) -> range:
        """For all indices of the span."""
        if self.scale == 0:
            return range(self.offset, self.offset + 1)
        return range(self.first, self.first + self.scale * self.span.count, self.scale)

    def __add__(self, other: Any) -> Any:
        if is_integer(other):
            return replace(self, offset=self.offset + int(other))
        return self.code.binary("+", self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if is_integer(other):
            return replace(self, offset=self.offset - int(other))
        return self.code.binary("-", self, other)

    def __mul__(self, other: Any) -> Any:
        if is_integer(other) and other > 0:
            return replace(self, scale=self.scale * int(other), offset=self.offset * int(other))
        return self.code.binary("*", self, other)

    __rmul__ = __mul__


class Array:
    """An array in memory: ``x[i]`` is a value, ``x[i] = value`` stores one.

    A subscript is an integer, an index, or a value (then a word or lanes are looked up); one for each length.  Python's
    own loops over an array with one length get its words in order.
    """

    def __init__(self, code: Operations, placed: Placed) -> None:
        self._code = code
        self.placed = placed

    def __len__(self) -> int:
        return self.placed.lengths[0]

    def __iter__(self) -> Iterator[Value]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, subscripts: Any) -> Value:
        return self._code.load(self, subscripts if isinstance(subscripts, tuple) else (subscripts,))

    def __setitem__(self, subscripts: Any, value: Any) -> None:
        self._code.store(self, subscripts if isinstance(subscripts, tuple) else (subscripts,), value)


def _refuse_operator(operator: str) -> Callable[[Array, Any], NoReturn]:
    def refuse(array: Array, other: Any) -> NoReturn:
        subscripts = "0" if array.placed.lengths == (1,) else ", ".join("ijlm"[: len(array.placed.lengths)])
        raise mistake(
            f"{operator} takes values, not a whole array",
            describe(array),
            describe(other),
            right=f"its words: {array.placed.name}[{subscripts}]",
        )

    return refuse


_REFLECTED = {
    **{"add": "+", "sub": "-", "mul": "*", "floordiv": "//", "mod": "%", "and": "&", "or": "|", "xor": "^"},
    **{"lshift": "<<", "rshift": ">>"},
}
_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
for _method, _operator in {
    **_REFLECTED,
    **{f"r{name}": sign for name, sign in _REFLECTED.items()},
    **_COMPARISONS,
}.items():
    setattr(Array, f"__{_method}__", _refuse_operator(_operator))


def describe(thing: object) -> str:
    """A value in words, with its kind and length."""
    match thing:
        case Word():
            return "a word"
        case Vector(span=Span() as span):
            return f"a vector for indices {_span(span.loop)} of the loop in line {span.place.line}"
        case Index(span=span):
            return f"an index, {_span(span.loop)}, of the loop in line {span.place.line}"
        case Array(placed=placed):
            return f"array {placed.name} of {' x '.join(map(str, placed.lengths))} word{'s' * (placed.lengths != (1,))}"
        case bool() | int() | float() | str() | None:
            return f"{thing!r} ({type(thing).__name__})"
    return f"a {type(thing).__module__}.{type(thing).__qualname__}".replace("builtins.", "")


def _span(indices: range) -> str:
    return f"{indices.start}..{indices.stop - 1}"
