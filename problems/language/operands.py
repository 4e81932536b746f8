"""What operands are: numbers of Python's or numpy's, flags, products that have not been needed by themselves yet."""

from typing import Any

from machine.words import WORD_MASK
from problems.language.values import Value

WORD_BITS = 32


def number_of(given: Any) -> int | None:
    """A number of Python's or numpy's."""
    if isinstance(given, bool):
        return int(given)
    if isinstance(given, int):
        return given
    item = getattr(given, "item", None)
    number = item() if callable(item) and getattr(given, "shape", None) == () else None
    return number if isinstance(number, int) else None


def multiply_add(operator: str, left: Value | int, right: Value | int) -> list[Value | int] | None:
    """Two factors and a term, where ``p * q + c``, ``c + p * q`` or, with a number, ``c - p * q`` is meant."""
    if operator == "+":
        for product, term in ((left, right), (right, left)):
            if is_new_product(product):
                return [*factors(product), term]
    if operator == "-" and is_new_product(right):
        a, b = factors(right)
        if isinstance(a, int) or isinstance(b, int):
            number, factor = (a, b) if isinstance(a, int) else (b, a)
            assert isinstance(number, int)
            return [factor, -number & WORD_MASK, left]
    return None


def is_new_product(operand: Value | int) -> bool:
    """Whether it is a product that has not been needed by itself."""
    return isinstance(operand, Value) and operand.factors is not None and operand.handle is None


def is_flag(operator: str, a: Value | int, b: Value | int) -> bool:
    """Whether ``a operator b`` is 0 or 1, whatever the words are."""
    flags = [operand in (0, 1) if isinstance(operand, int) else operand.is_flag for operand in (a, b)]
    match operator:
        case "<" | "==":
            return True
        case "&":
            return any(flags)
        case "|" | "^":
            return all(flags)
    return operator == ">>" and isinstance(b, int) and b == WORD_BITS - 1


def factors(operand: Value | int) -> tuple[Value | int, Value | int]:
    """The two factors of a product."""
    assert isinstance(operand, Value) and operand.factors is not None
    return operand.factors


def is_number(operand: Value | int, number: int) -> bool:
    """Whether it is this number, known when the program is built."""
    return isinstance(operand, int) and operand == number
