"""The language of rules: expressions over words, written as Python writes them.

Names in capitals are constants, all others any words.  Beside the operators of Python there are the opcodes
``select(c, a, b)``, ``multiply_add(a, b, c)`` and ``cdiv(a, b)``, and for terms of constants ``affine(M, x, C)``, which
is ``M * x + C``, and ``log2(C)``, the number of the highest bit that is 1.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from machine.errors import UserError
from machine.opcodes import ARITHMETIC, WORD_MASK
from machine.quiet_parse import parse_quietly
from rewriting import operator_names

_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.Eq: "==",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.NotEq: "!=",
}
INFIX = frozenset(ARITHMETIC) - {"cdiv"}
"""Opcodes that are written between their operands; all others are calls."""

_OPCODES: Mapping[str, int] = {"select": 3, "multiply_add": 3, "cdiv": 2}
_OTHERS: Mapping[str, tuple[str, int]] = {"affine": (operator_names.AFFINE, 3), "log2": (operator_names.LOG2, 1)}
_SPELLINGS = {op: name for name, (op, _) in _OTHERS.items()}
CONDITIONS_ONLY = frozenset({"<=", ">", ">=", "!=", operator_names.AND})


@dataclass(frozen=True, slots=True)
class Number:
    """A literal word."""

    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    name: str

    @property
    def is_constant(self) -> bool:
        """Whether it stands for constants alone."""
        return self.name.isupper()


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator and its operands."""

    op: str
    args: tuple["Expression", ...]


Expression = Number | Name | Apply


def parse(text: str, opcodes: Mapping[str, int] | None = None) -> Expression:
    """The expression that ``text`` spells.

    Args:
        text: the expression.
        opcodes: further functions, and how many operands they take; they hide those of the same name.

    Raises:
        UserError: it spells none.
    """
    try:
        return _Converter({**_OPCODES, **(opcodes or {})}).convert(parse_quietly(text.strip()))
    except RecursionError:
        raise UserError("rule expression: it is nested too deeply") from None
    except (SyntaxError, ValueError) as error:
        raise UserError(f"rule expression '{text}': {error}") from None


class _Converter:
    def __init__(self, opcodes: Mapping[str, int]) -> None:
        self._functions = {**_OTHERS, **{name: (name, operands) for name, operands in opcodes.items()}}

    def convert(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=int() as value) if type(value) is int:
                if value > WORD_MASK:
                    raise ValueError("a number is more than a word holds, 0xffffffff")
                return Number(value)
            case ast.Name(id=name):
                return Name(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return Apply(_OPERATORS[type(op)], (self.convert(left), self.convert(right)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Apply("-", (Number(0), self.convert(operand)))
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return Apply("^", (self.convert(operand), Number(WORD_MASK)))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return Apply(_COMPARISONS[type(op)], (self.convert(left), self.convert(right)))
            case ast.BoolOp(op=ast.And(), values=values):
                return Apply(operator_names.AND, tuple(map(self.convert, values)))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in self._functions:
                function, operands = self._functions[name]
                if len(args) == operands:
                    return Apply(function, tuple(map(self.convert, args)))
        raise ValueError(f"'{ast.unparse(node)}' is not of the language of rules")


def names(expression: Expression) -> Iterator[Name]:
    """The variables of an expression, as often as they stand in it."""
    match expression:
        case Name():
            yield expression
        case Apply(_, args):
            for arg in args:
                yield from names(arg)


def applications(expression: Expression) -> Iterator[Apply]:
    """The operators of an expression with their operands, as often as they stand in it."""
    if isinstance(expression, Apply):
        yield expression
        for arg in expression.args:
            yield from applications(arg)


def operators(expression: Expression) -> Iterator[str]:
    """The operators of an expression, as often as they stand in it."""
    return (application.op for application in applications(expression))


def text(expression: Expression) -> str:
    """An expression as rules spell it."""
    match expression:
        case Number(value):
            return str(value) if value <= 64 else hex(value)
        case Name(name):
            return name
        case Apply(op, args) if op in INFIX:
            return f"({text(args[0])} {op} {text(args[1])})"
        case Apply(op, args):
            return f"{_SPELLINGS.get(op, op)}({', '.join(map(text, args))})"


def is_constant(expression: Expression) -> bool:
    """Whether an expression has no variable but constants."""
    return all(name.is_constant for name in names(expression))


def evaluate(expression: Expression, words: Mapping[str, int]) -> int:
    """The word that an expression is, for these words; a condition is 0 or 1.

    Raises:
        ZeroDivisionError: it divides by 0.
    """
    match expression:
        case Number(value):
            return value
        case Name(name):
            return words[name]
        case Apply(op, args):
            return apply(op, [evaluate(arg, words) for arg in args])


def apply(op: str, a: list[int]) -> int:
    """One operator on words.

    Raises:
        ZeroDivisionError: it divides by 0.
    """
    if op in ARITHMETIC:
        return int(ARITHMETIC[op](a[0], a[1])) & WORD_MASK
    match op:
        case "select":
            return a[1] if a[0] else a[2]
        case "multiply_add" | operator_names.AFFINE:
            return (a[0] * a[1] + a[2]) & WORD_MASK
        case operator_names.LOG2:
            return max(a[0].bit_length() - 1, 0)
        case "<=":
            return int(a[0] <= a[1])
        case ">":
            return int(a[0] > a[1])
        case ">=":
            return int(a[0] >= a[1])
        case "!=":
            return int(a[0] != a[1])
        case operator_names.AND:
            return int(all(a))
        case _:
            raise ValueError(f"unknown operator {op}")
