"""What opcodes of a machine's own compute, in the language of rules.

Their definitions use functions that rules do not have; each is spelled here by operators that rules, provers and
samples have.  Rules that speak of such opcodes carry their meanings, and are proven with the meanings in their places.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from machine import expression as own
from machine.definition import Definition
from machine.errors import UserError
from rewriting.expressions import Apply, Expression, Name, Number, parse

_POPCOUNT = (
    "((x - ((x >> 1) & 0x55555555)) & 0x33333333) + (((x - ((x >> 1) & 0x55555555)) >> 2) & 0x33333333)",
    "(x + (x >> 4)) & 0x0F0F0F0F",
    "(x * 0x01010101) >> 24",
)

_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "min": ("select(a < b, a, b)",),
    "max": ("select(a < b, b, a)",),
    "slt": ("(a ^ 0x80000000) < (b ^ 0x80000000)",),
    "sle": ("1 - ((b ^ 0x80000000) < (a ^ 0x80000000))",),
    "smin": ("select((a ^ 0x80000000) < (b ^ 0x80000000), a, b)",),
    "smax": ("select((a ^ 0x80000000) < (b ^ 0x80000000), b, a)",),
    "abs": ("select(a >> 31, 0 - a, a)",),
    "sra": ("((a ^ (0 - (a >> 31))) >> select(b < 31, b, 31)) ^ (0 - (a >> 31))",),
    "rotl": ("(a << (b & 31)) | (a >> (32 - (b & 31)))",),
    "rotr": ("(a >> (b & 31)) | (a << (32 - (b & 31)))",),
    "mulhu": (
        "(a >> 16) * (b >> 16)"
        " + (((a >> 16) * (b & 65535) + (((a & 65535) * (b & 65535)) >> 16)) >> 16)"
        " + (((a & 65535) * (b >> 16)"
        " + (((a >> 16) * (b & 65535) + (((a & 65535) * (b & 65535)) >> 16)) & 65535)) >> 16)",
    ),
    "sext8": ("((a & 255) ^ 128) - 128",),
    "sext16": ("((a & 65535) ^ 0x8000) - 0x8000",),
    "popcount": _POPCOUNT,
    "clz": (*(f"x | (x >> {step})" for step in (1, 2, 4, 8, 16)), "x ^ 0xFFFFFFFF", *_POPCOUNT),
    "ctz": ("(x & (0 - x)) - 1", *_POPCOUNT),
    "bswap": ("(a >> 24) | ((a >> 8) & 0xFF00) | ((a << 8) & 0xFF0000) | (a << 24)",),
    "<=": ("1 - (b < a)",),
    ">": ("b < a",),
    ">=": ("1 - (a < b)",),
    "!=": ("1 - (a == b)",),
}
"""Functions of ``a``, ``b``; or of ``x``, in steps that are each applied to what the one before gives."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An opcode: the names of its operands, and the word that it gives."""

    name: str
    operands: tuple[str, ...]
    result: Expression


Meanings = Mapping[str, Meaning]
"""By name of the opcode."""


def meanings_of(definitions: Mapping[str, Definition]) -> dict[str, Meaning]:
    """The meanings of a machine's own opcodes."""
    return {name: _meaning(definition) for name, definition in definitions.items()}


def _meaning(definition: Definition) -> Meaning:
    operands = tuple(name.lower() for name, _ in definition.operands)
    return Meaning(definition.name, operands, _translated(definition.result))


def _translated(tree: own.Expression) -> Expression:
    match tree:
        case own.Constant(word):
            return Number(word)
        case own.Name(name):
            return Name(name.lower())
        case own.Apply(function, arguments):
            return apply_function(function, [_translated(argument) for argument in arguments])


def apply_function(function: str, arguments: list[Expression]) -> Expression:
    """A function of definitions, in the language of rules."""
    if function == "mulhs":
        a, b = arguments
        upper = apply_function("mulhu", [a, b])
        for one, other in ((a, b), (b, a)):
            taken = Apply("select", (Apply(">>", (one, Number(31))), other, Number(0)))
            upper = Apply("-", (upper, taken))
        return upper
    if function not in _FUNCTIONS:
        return Apply(function, tuple(arguments))
    for step in _FUNCTIONS[function]:
        named = {"a": arguments[0], "x": arguments[0], "b": arguments[-1]}
        arguments = [substitute(_parsed(step), named)]
    return arguments[0]


@cache
def _parsed(text: str) -> Expression:
    return parse(text)


def substitute(expression: Expression, words: Mapping[str, Expression]) -> Expression:
    """An expression with others in place of its variables."""
    match expression:
        case Name(name):
            return words.get(name, expression)
        case Apply(op, args):
            return Apply(op, tuple(substitute(arg, words) for arg in args))
        case _:
            return expression


def expanded(expression: Expression, meanings: Meanings) -> Expression:
    """An expression with the meanings of opcodes in their places.

    Raises:
        UserError: an opcode has another number of operands.
    """
    if not isinstance(expression, Apply):
        return expression
    args = [expanded(arg, meanings) for arg in expression.args]
    meaning = meanings.get(expression.op)
    if meaning is None:
        return Apply(expression.op, tuple(args))
    if len(args) != len(meaning.operands):
        raise UserError(f"opcode {meaning.name} takes {len(meaning.operands)} operands, not {len(args)}")
    return substitute(meaning.result, dict(zip(meaning.operands, args, strict=True)))


def by_name(meanings: Iterable[Meaning]) -> dict[str, Meaning]:
    """Meanings by name."""
    return {meaning.name: meaning for meaning in meanings}
