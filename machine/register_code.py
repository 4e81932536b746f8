"""Expressions as code for the batch simulator: steps over registers, each a loop over all lanes of all inputs.

The steps are few: the arithmetic of the opcode table, a select and the upper word of a product.  Everything else that
an expression may apply becomes a sequence of these (rotations are shifts, counts of bits are sums), so that this is a
second meaning of :mod:`machine.words`, not a copy of the first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from machine.definition import Definition
from machine.expression import Apply, Constant, Expression, Name
from machine.words import ARITHMETIC, WORD_MASK

_STEPS = (*ARITHMETIC, "select", "mulhu", "lane", "word", "number", "constant")

SELECT, UPPER_PRODUCT, LANE_OPERAND, WORD_OPERAND, NUMBER_OPERAND, CONSTANT = range(len(ARITHMETIC), len(_STEPS))
"""Codes of steps after those of the arithmetic, which are positions in ``ARITHMETIC``."""

STEP, TARGET, X, Y, Z = range(5)
"""Columns of a step: its code; the register written; registers read, or the operand's place in the slot or the word."""


class RegisterCode(NamedTuple):
    """The code of several expressions.

    Attributes:
        steps: steps of all, those of one after those of another (int64, five columns); the last of each gives its word.
        starts: the first step of each, and how many steps there are.
        registers: the most registers that one needs.
    """

    steps: NDArray[np.int64]
    starts: NDArray[np.int64]
    registers: int


def assemble(definitions: Mapping[str, Definition]) -> tuple[dict[str, int], RegisterCode]:
    """The code of opcodes, and the number of each in it."""
    steps: list[tuple[int, ...]] = []
    starts, registers = [0], 0
    for definition in definitions.values():
        emitter = _Emitter(definition)
        emitter.emit(definition.result)
        own, used = _in_registers(emitter.values)
        steps += own
        starts.append(len(steps))
        registers = max(registers, used)
    code = RegisterCode(np.array(steps, dtype=np.int64).reshape(-1, 5), np.array(starts, dtype=np.int64), registers)
    return {name: number for number, name in enumerate(definitions)}, code


class _Emitter:
    """Makes a list of values, each a step and the values it reads; equal values are made once.

    A value is its position in the list.  None is made in vain, so that the last is the word of the whole expression.
    """

    def __init__(self, definition: Definition) -> None:
        self.values: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._operands = {
            name: (_STEPS.index(kind.value), place) for place, (name, kind) in enumerate(definition.operands, start=1)
        }

    def emit(self, expression: Expression) -> int:
        match expression:
            case Constant(word):
                return self.constant(word)
            case Name(name):
                return self._value(*self._operands[name])
            case Apply(function, arguments):
                return self.apply(function, *map(self.emit, arguments))

    def constant(self, word: int) -> int:
        return self._value(CONSTANT, word & WORD_MASK)

    def apply(self, function: str, *values: int) -> int:
        if function in _STEPS:
            return self._value(_STEPS.index(function), *values)
        return _EXPANSIONS[function](self, *values)

    def _value(self, *step: int) -> int:
        if step not in self._numbers:
            self._numbers[step] = len(self.values)
            self.values.append(step)
        return self._numbers[step]

    def combine(self, a: int, *steps: tuple[str, int]) -> int:
        """``a``, then one operation after another with a constant to its right."""
        for function, word in steps:
            a = self.apply(function, a, self.constant(word))
        return a


def _opposite(e: _Emitter, truth: int) -> int:
    return e.combine(truth, ("==", 0))


def _less_signed(e: _Emitter, a: int, b: int) -> int:
    """With its sign bit flipped a signed word compares like one without a sign."""
    return e.apply("<", e.combine(a, ("^", 1 << 31)), e.combine(b, ("^", 1 << 31)))


def _rotate_left(e: _Emitter, a: int, b: int) -> int:
    left = e.combine(b, ("&", 31))
    right = e.apply("-", e.constant(32), left)  # a shift by 32 gives 0
    return e.apply("|", e.apply("<<", a, left), e.apply(">>", a, right))


def _shift_right_signed(e: _Emitter, a: int, b: int) -> int:
    """Shift the magnitude of ones' complement: ``a`` with all bits flipped if it is negative."""
    sign = e.apply("-", e.constant(0), e.combine(a, (">>", 31)))
    most = e.apply("select", e.apply("<", b, e.constant(31)), b, e.constant(31))
    return e.apply("^", e.apply(">>", e.apply("^", a, sign), most), sign)


def _upper_signed(e: _Emitter, a: int, b: int) -> int:
    """A negative word is less by 2^32 than the same word without a sign, so the upper product is less by the other."""
    upper = e.apply("mulhu", a, b)
    for word, other in ((a, b), (b, a)):
        upper = e.apply("-", upper, e.apply("*", e.combine(word, (">>", 31)), other))
    return upper


def _absolute(e: _Emitter, a: int) -> int:
    return e.apply("select", e.combine(a, (">>", 31)), e.apply("-", e.constant(0), a), a)


def _extend(sign: int) -> "_Expansion":
    return lambda e, a: e.combine(a, ("&", 2 * sign - 1), ("^", sign), ("-", sign))


def _count_ones(e: _Emitter, a: int) -> int:
    """Sums of neighbouring fields of 1, 2 and 4 bits, then of all bytes by one product (Warren, Hacker's Delight)."""
    pairs = e.apply("-", a, e.combine(a, (">>", 1), ("&", 0x5555_5555)))
    fours = e.apply("+", e.combine(pairs, ("&", 0x3333_3333)), e.combine(pairs, (">>", 2), ("&", 0x3333_3333)))
    eights = e.apply("+", fours, e.combine(fours, (">>", 4)))
    return e.combine(eights, ("&", 0x0F0F_0F0F), ("*", 0x0101_0101), (">>", 24))


def _leading_zeros(e: _Emitter, a: int) -> int:
    """All bits below the highest 1 are set, then counted."""
    for distance in (1, 2, 4, 8, 16):
        a = e.apply("|", a, e.combine(a, (">>", distance)))
    return e.apply("-", e.constant(32), _count_ones(e, a))


def _trailing_zeros(e: _Emitter, a: int) -> int:
    below = e.apply("&", e.combine(a, ("^", WORD_MASK)), e.combine(a, ("-", 1)))
    return _count_ones(e, below)


def _swap_bytes(e: _Emitter, a: int) -> int:
    halves = e.apply("|", e.combine(a, ("<<", 16)), e.combine(a, (">>", 16)))
    odd, even = e.combine(halves, (">>", 8), ("&", 0x00FF_00FF)), e.combine(halves, ("&", 0x00FF_00FF), ("<<", 8))
    return e.apply("|", odd, even)


_Expansion = Callable[..., int]

_EXPANSIONS: Mapping[str, _Expansion] = {
    "!=": lambda e, a, b: _opposite(e, e.apply("==", a, b)),
    ">": lambda e, a, b: e.apply("<", b, a),
    "<=": lambda e, a, b: _opposite(e, e.apply("<", b, a)),
    ">=": lambda e, a, b: _opposite(e, e.apply("<", a, b)),
    "min": lambda e, a, b: e.apply("select", e.apply("<", a, b), a, b),
    "max": lambda e, a, b: e.apply("select", e.apply("<", a, b), b, a),
    "smin": lambda e, a, b: e.apply("select", _less_signed(e, a, b), a, b),
    "smax": lambda e, a, b: e.apply("select", _less_signed(e, a, b), b, a),
    "slt": _less_signed,
    "sle": lambda e, a, b: _opposite(e, _less_signed(e, b, a)),
    "abs": _absolute,
    "sra": _shift_right_signed,
    "rotl": _rotate_left,
    "rotr": lambda e, a, b: _rotate_left(e, a, e.apply("-", e.constant(0), b)),
    "mulhs": _upper_signed,
    "sext8": _extend(1 << 7),
    "sext16": _extend(1 << 15),
    "popcount": _count_ones,
    "clz": _leading_zeros,
    "ctz": _trailing_zeros,
    "bswap": _swap_bytes,
}


def _in_registers(values: Sequence[tuple[int, ...]]) -> tuple[list[tuple[int, ...]], int]:
    """Steps with registers for values, and how many; a register is free once its value has been read for the last time.

    A step may write a register that it reads: its loop reads a lane before it writes it.
    """
    last_read = {read: position for position, step in enumerate(values) for read in _reads(step)}
    register_of: dict[int, int] = {}
    free: list[int] = []
    steps, used = [], 0
    for position, step in enumerate(values):
        reads = _reads(step)
        operands = [register_of[read] for read in reads] if reads else list(step[1:])
        free += sorted({register_of[read] for read in reads if last_read[read] == position}, reverse=True)
        if not free:
            free.append(used)
            used += 1
        register_of[position] = free.pop()
        steps.append((step[0], register_of[position], *operands, *[0] * (3 - len(operands))))
    return steps, used


def _reads(step: tuple[int, ...]) -> tuple[int, ...]:
    """The values that a step reads."""
    return step[1:] if step[0] < LANE_OPERAND else ()
