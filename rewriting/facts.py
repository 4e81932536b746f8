"""What is known of a word: an interval, and bits that are surely 0 or surely 1.

Facts are sound for every input: an operation's facts follow from those of its operands alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from machine.opcodes import ARITHMETIC, DIVISIONS, WORD_MASK

_MODULUS = WORD_MASK + 1


@dataclass(frozen=True, slots=True)
class Facts:
    """``low <= word <= high``; bits in ``zeros`` are 0, bits in ``ones`` are 1."""

    low: int = 0
    high: int = WORD_MASK
    zeros: int = 0
    ones: int = 0

    @property
    def value(self) -> int | None:
        """The word, if there is only one that it can be."""
        return self.low if self.low == self.high else None

    def meet(self, other: "Facts") -> "Facts":
        """What holds if both hold.

        Raises:
            ValueError: both cannot hold.
        """
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _tight(low, high, self.zeros | other.zeros, self.ones | other.ones)

    def join(self, other: "Facts") -> "Facts":
        """What holds if one of them holds."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return _tight(low, high, self.zeros & other.zeros, self.ones & other.ones)


ANYTHING = Facts()


def exactly(word: int) -> Facts:
    """The facts of a known word."""
    return Facts(word, word, WORD_MASK & ~word, word)


def between(low: int, high: int) -> Facts:
    """The facts of an interval."""
    return _tight(low, high, 0, 0)


def _tight(low: int, high: int, zeros: int, ones: int) -> Facts:
    """Let the interval and the bits narrow each other."""
    low, high = max(low, ones), min(high, WORD_MASK & ~zeros)
    if low > high or zeros & ones:
        raise ValueError("facts that contradict each other")
    same = (low ^ high).bit_length()  # bits above are alike in all words of the interval
    zeros |= WORD_MASK & ~low >> same << same
    ones |= low >> same << same
    return Facts(max(low, ones), min(high, WORD_MASK & ~zeros), zeros, ones)


def _wrapped(low: int, high: int) -> Facts:
    """The interval of unbounded integers, taken modulo 2^32."""
    if low // _MODULUS == high // _MODULUS:
        return between(low % _MODULUS, high % _MODULUS)
    return ANYTHING


def _known_low_bits(a: Facts) -> int:
    """How many of the lowest bits are known."""
    unknown = WORD_MASK & ~(a.zeros | a.ones)
    return (unknown & -unknown).bit_length() - 1 if unknown else 32


def _with_low_bits(facts: Facts, word: int, count: int) -> Facts:
    """``facts``, and that the lowest ``count`` bits are those of ``word``."""
    mask = (1 << min(count, 32)) - 1
    return facts.meet(_tight(0, WORD_MASK, mask & ~word, mask & word))


def affine(factor: int, addend: int, a: Facts) -> Facts:
    """Facts of ``factor * a + addend``."""
    signed = factor - _MODULUS if factor > WORD_MASK // 2 else factor
    ends = signed * a.low + addend, signed * a.high + addend
    known = _known_low_bits(a) + (factor & -factor).bit_length() - 1 if factor else 32
    return _with_low_bits(_wrapped(min(ends), max(ends)), factor * a.ones + addend, known)


def _add(a: Facts, b: Facts) -> Facts:
    known = min(_known_low_bits(a), _known_low_bits(b))
    return _with_low_bits(_wrapped(a.low + b.low, a.high + b.high), a.ones + b.ones, known)


def _subtract(a: Facts, b: Facts) -> Facts:
    known = min(_known_low_bits(a), _known_low_bits(b))
    return _with_low_bits(_wrapped(a.low - b.high, a.high - b.low), a.ones - b.ones, known)


def _multiply(a: Facts, b: Facts) -> Facts:
    if a.value is not None:
        return affine(a.value, 0, b)
    if b.value is not None:
        return affine(b.value, 0, a)
    return _wrapped(a.low * b.low, a.high * b.high)


def _and(a: Facts, b: Facts) -> Facts:
    return _tight(0, min(a.high, b.high), a.zeros | b.zeros, a.ones & b.ones)


def _or(a: Facts, b: Facts) -> Facts:
    return _tight(max(a.low, b.low), WORD_MASK, a.zeros & b.zeros, a.ones | b.ones)


def _xor(a: Facts, b: Facts) -> Facts:
    return _tight(0, WORD_MASK, a.zeros & b.zeros | a.ones & b.ones, a.zeros & b.ones | a.ones & b.zeros)


def _shift_left(a: Facts, b: Facts) -> Facts:
    if b.value is None:
        return ANYTHING
    return affine(1 << b.value & WORD_MASK if b.value < 32 else 0, 0, a)


def _shift_right(a: Facts, b: Facts) -> Facts:
    if b.value is None:
        return between(0, a.high)
    if b.value >= 32:
        return exactly(0)
    k = b.value
    return _tight(a.low >> k, a.high >> k, a.zeros >> k | WORD_MASK & ~(WORD_MASK >> k), a.ones >> k)


def _floor_divide(a: Facts, b: Facts) -> Facts:
    return between(a.low // b.high, a.high // b.low) if b.low > 0 else ANYTHING


def _remainder(a: Facts, b: Facts) -> Facts:
    if b.low > a.high:
        return a
    return between(0, min(a.high, b.high - 1)) if b.low > 0 else ANYTHING


def _less(a: Facts, b: Facts) -> Facts:
    return between(int(a.high < b.low), int(a.low < b.high))


def _equal(a: Facts, b: Facts) -> Facts:
    apart = a.high < b.low or b.high < a.low or bool(a.ones & b.zeros | a.zeros & b.ones)
    return between(int(a.value is not None and a.value == b.value), int(not apart))


def _cdiv(a: Facts, b: Facts) -> Facts:
    return ANYTHING


_BINARY: Mapping[str, Callable[[Facts, Facts], Facts]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "//": _floor_divide,
    "cdiv": _cdiv,
    "^": _xor,
    "&": _and,
    "|": _or,
    "<<": _shift_left,
    ">>": _shift_right,
    "%": _remainder,
    "<": _less,
    "==": _equal,
}


def binary(op: str, a: Facts, b: Facts) -> Facts:
    """Facts of two-operand arithmetic; opcodes that are not known here may give anything."""
    if a.value is not None and b.value is not None and op in ARITHMETIC and not (op in DIVISIONS and b.value == 0):
        return exactly(ARITHMETIC[op](a.value, b.value))
    return _BINARY[op](a, b) if op in _BINARY else ANYTHING


def select(condition: Facts, a: Facts, b: Facts) -> Facts:
    """Facts of ``a`` if the condition is not 0, else ``b``."""
    if condition.low > 0 or condition.ones:
        return a
    return b if condition.high == 0 else a.join(b)


def multiply_add(operands: Sequence[Facts]) -> Facts:
    """Facts of ``a * b + c``."""
    a, b, c = operands
    for factor, other in ((a, b), (b, a)):
        if factor.value is not None:
            product = affine(factor.value, 0, other)
            return affine(factor.value, c.value, other) if c.value is not None else _add(product, c)
    return _wrapped(a.low * b.low + c.low, a.high * b.high + c.high)
