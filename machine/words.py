"""Functions on words, as Python integers: what an expression of an opcode of one's own may apply.

Words are 32 bits without a sign; results wrap.  Where a name says *signed*, bit 31 is the sign, as in two's complement.
These are the meaning; the batch simulator computes the same by other means (see :mod:`machine.register_code`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WORD_MASK = 0xFFFF_FFFF
"""Words are 32 bits; results wrap."""

SIGN = 0x8000_0000


def _add(a: int, b: int) -> int:
    return (a + b) & 0xFFFF_FFFF


def _subtract(a: int, b: int) -> int:
    return (a - b) & 0xFFFF_FFFF


def _multiply(a: int, b: int) -> int:
    return (a * b) & 0xFFFF_FFFF


def _floor_divide(a: int, b: int) -> int:
    return a // b


def _ceil_divide(a: int, b: int) -> int:
    return ((a + b - 1) // b) & 0xFFFF_FFFF


def _xor(a: int, b: int) -> int:
    return a ^ b


def _and(a: int, b: int) -> int:
    return a & b


def _or(a: int, b: int) -> int:
    return a | b


def _shift_left(a: int, b: int) -> int:
    return (a << b) & 0xFFFF_FFFF if b < 32 else 0


def _shift_right(a: int, b: int) -> int:
    return a >> b if b < 32 else 0


def _remainder(a: int, b: int) -> int:
    return a % b


def _less(a: int, b: int) -> int:
    return 1 if a < b else 0


def _equal(a: int, b: int) -> int:
    return 1 if a == b else 0


Arithmetic = Callable[[Any, Any], Any]
"""Takes and gives words: Python integers, or numpy ones where compiled."""

ARITHMETIC: Mapping[str, Arithmetic] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "//": _floor_divide,
    "cdiv": _ceil_divide,
    "^": _xor,
    "&": _and,
    "|": _or,
    "<<": _shift_left,
    ">>": _shift_right,
    "%": _remainder,
    "<": _less,
    "==": _equal,
}
"""Two-operand arithmetic by opcode name; the position of a name is its code in compiled programs."""

DIVISIONS = frozenset({"//", "cdiv", "%"})
"""The arithmetic that is an error where the second operand is 0."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of words: how many it takes, what it computes and a line that says so."""

    arguments: int
    compute: Callable[..., int]
    summary: str


def signed(word: int) -> int:
    """The word as a signed number."""
    return word - 2 * (word & SIGN)


def _rotate_left(a: int, b: int) -> int:
    b %= 32
    return (a << b | a >> (32 - b)) & WORD_MASK


def _shift_right_signed(a: int, b: int) -> int:
    return (signed(a) >> min(b, 31)) & WORD_MASK


def _extend(a: int, bits: int) -> int:
    low = a % (1 << bits)
    return (low - (1 << bits) if low >> (bits - 1) else low) & WORD_MASK


OPERATORS: Mapping[str, Function] = {
    **{
        name: Function(2, compute, f"`a {name} b`")
        for name, compute in ARITHMETIC.items()
        if name not in ("cdiv", "<", "==")
    },
    "<": Function(2, ARITHMETIC["<"], "1 if a is less than b, unsigned, else 0"),
    "<=": Function(2, lambda a, b: int(a <= b), "1 if a is at most b, unsigned, else 0"),
    ">": Function(2, lambda a, b: int(a > b), "1 if a is greater than b, unsigned, else 0"),
    ">=": Function(2, lambda a, b: int(a >= b), "1 if a is at least b, unsigned, else 0"),
    "==": Function(2, ARITHMETIC["=="], "1 if a equals b, else 0"),
    "!=": Function(2, lambda a, b: int(a != b), "1 if a differs from b, else 0"),
}
"""What stands between two expressions."""

FUNCTIONS: Mapping[str, Function] = {
    "select": Function(3, lambda c, a, b: a if c else b, "a if c is not 0, else b; all three are computed"),
    "min": Function(2, min, "the lesser, unsigned"),
    "max": Function(2, max, "the greater, unsigned"),
    "smin": Function(2, lambda a, b: min(a, b, key=signed), "the lesser, signed"),
    "smax": Function(2, lambda a, b: max(a, b, key=signed), "the greater, signed"),
    "slt": Function(2, lambda a, b: int(signed(a) < signed(b)), "1 if a is less than b, signed, else 0"),
    "sle": Function(2, lambda a, b: int(signed(a) <= signed(b)), "1 if a is at most b, signed, else 0"),
    "abs": Function(1, lambda a: abs(signed(a)), "the magnitude of a signed word"),
    "sra": Function(2, _shift_right_signed, "a shifted right by b, the sign repeated; all sign from b = 31 on"),
    "rotl": Function(2, _rotate_left, "a rotated left by b, modulo 32"),
    "rotr": Function(2, lambda a, b: _rotate_left(a, -b % 32), "a rotated right by b, modulo 32"),
    "mulhu": Function(2, lambda a, b: a * b >> 32, "the upper word of the product, unsigned"),
    "mulhs": Function(
        2, lambda a, b: (signed(a) * signed(b) >> 32) & WORD_MASK, "the upper word of the product, signed"
    ),
    "cdiv": Function(2, ARITHMETIC["cdiv"], "a divided by b, rounded up"),
    "sext8": Function(1, lambda a: _extend(a, 8), "the low 8 bits as a signed number"),
    "sext16": Function(1, lambda a: _extend(a, 16), "the low 16 bits as a signed number"),
    "popcount": Function(1, lambda a: a.bit_count(), "how many bits are 1"),
    "clz": Function(1, lambda a: 32 - a.bit_length(), "how many bits above the highest 1; 32 for 0"),
    "ctz": Function(1, lambda a: (a & -a).bit_length() - 1 if a else 32, "how many bits below the lowest 1; 32 for 0"),
    "bswap": Function(1, lambda a: int.from_bytes(a.to_bytes(4, "little"), "big"), "the four bytes in reverse order"),
}
"""What is called by name."""
