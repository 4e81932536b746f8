"""From subscripts to addresses, checked against the lengths of the array for all indices of the loop at once."""

from dataclasses import dataclass, replace
from math import gcd, prod
from typing import Any

from machine.nearest import counted
from problems.language.integers import is_integer
from problems.language.lane_places import mistake
from problems.language.loops import Access
from problems.language.values import Array, Index, Operations, Span, Value, describe


@dataclass(frozen=True, slots=True)
class Address:
    """Where the words of a subscript are.

    Attributes:
        constant: the part that is known and the same for all indices.
        scale: how many words lie between those of neighbouring indices; 0 for a single word.
        span: the lanes, for a vector.
        start: address of the first lane, where lanes are consecutive.
        addresses: of all lanes, where they are not.
        is_anywhere: whether values of the program decide.
        reach: how far they may take it, if each is a subscript within the array.
        step: of what that distance is a multiple.
    """

    constant: int
    scale: int
    span: Span | None
    start: int | Value
    addresses: Value | None
    is_anywhere: bool
    reach: int = 0
    step: int = 0

    def access(self, array: str) -> Access:
        """What it touches, for all iterations of a loop."""
        is_word = self.span is None
        return Access(array, self.constant, self.scale, self.is_anywhere, self.reach, self.step, is_word)


def resolve(code: Operations, array: Array, subscripts: tuple[Any, ...]) -> Address:
    """The address of ``array[subscripts]``.

    Raises:
        KernelError: too few or too many subscripts, one of a wrong kind, or one beyond the array.
    """
    placed = array.placed
    if len(subscripts) != len(placed.lengths):
        raise mistake(
            f"{placed.name} takes {counted(len(placed.lengths), 'subscript')}, not {len(subscripts)}",
            describe(array),
            right=f"{placed.name}[{', '.join('ijlm'[: len(placed.lengths)])}]",
        )
    constant, scale, span = placed.start, 0, None
    reach = step = 0
    looked_up: Value | None = None
    for axis, subscript in enumerate(subscripts):
        stride = prod(placed.lengths[axis + 1 :])
        if isinstance(subscript, Index):
            _check(array, axis, subscript)
            constant, scale, span = (
                constant + subscript.offset * stride,
                scale + subscript.scale * stride,
                subscript.span,
            )
        elif isinstance(subscript, Value):
            part = subscript * stride if stride > 1 else subscript
            looked_up = part if looked_up is None else looked_up + part
            reach, step = reach + (placed.lengths[axis] - 1) * stride, gcd(step, stride)
        elif is_integer(subscript):
            _check_number(array, axis, int(subscript))
            constant += int(subscript) * stride
        else:
            raise mistake(
                f"{placed.name} does not take {describe(subscript)} as a subscript",
                describe(array),
                right="an integer, an index of k.range, or a value",
            )
    return replace(_address(code, constant, scale, span, looked_up), reach=reach, step=step)


def _address(code: Operations, constant: int, scale: int, span: Span | None, looked_up: Value | None) -> Address:
    first = constant + (0 if span is None else scale * span.start)
    if looked_up is None and scale <= 1:
        return Address(constant, scale, span, first, None, False)
    if looked_up is not None and looked_up.span is None and scale <= 1:
        return Address(constant, scale, span, looked_up + first, None, True)
    numbers = constant if span is None else Index(code, span, scale, constant)
    addresses = code.binary("+", numbers, 0 if looked_up is None else looked_up)
    assert addresses.span is not None
    return Address(constant, scale, addresses.span, 0, addresses, looked_up is not None)


def _check(array: Array, axis: int, index: Index) -> None:
    length, indices = array.placed.lengths[axis], index.span.loop
    first, last = (index.scale * number + index.offset for number in (indices[0], indices[-1]))
    if first < 0 or last >= length:
        fits = range(-(index.offset // index.scale), (length - 1 - index.offset) // index.scale + 1)
        first_fit, stop = max(fits.start, indices.start), min(fits.stop, indices.stop)
        bounds = f"{stop}" if first_fit == 0 else f"{first_fit}, {stop}"
        raise mistake(
            f"the subscript goes from {first} to {last}, and {array.placed.name} has words 0 to {length - 1}"
            + (f" along axis {axis}" if len(array.placed.lengths) > 1 else ""),
            describe(array),
            describe(index),
            right=f"k.range({bounds}) at the most",
        )


def _check_number(array: Array, axis: int, number: int) -> None:
    length, axes = array.placed.lengths[axis], len(array.placed.lengths)
    if not 0 <= number < length:
        raise mistake(
            f"{array.placed.name} has no word {number}" + (f" along axis {axis}" if axes > 1 else ""),
            describe(array),
            right=f"0 to {length - 1}",
        )
