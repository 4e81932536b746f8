"""Expressions over operands: the semantics of an opcode of one's own.

The text is written as in Python and read with Python's parser, but never run: what is not an operand, a number, an
operator of :data:`machine.words.OPERATORS` or a call of one of :data:`machine.words.FUNCTIONS` is refused, and so is
a text that is too long, too large or too deep.
"""

import ast
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from machine.limits import MOST_TEXT
from machine.nearest import did_you_mean
from machine.quiet_parse import parse_quietly
from machine.words import FUNCTIONS, OPERATORS, WORD_MASK

MOST_NODES, MOST_DEPTH = 200, 100
"""Of an expression: constants, operands and operations; and how deep they are nested."""


class ExpressionError(ValueError):
    """The text is not an expression; the message says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A word."""

    word: int

    def __str__(self) -> str:
        return str(self.word)


@dataclass(frozen=True, slots=True)
class Name:
    """An operand."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator, and what it is applied to."""

    function: str
    arguments: tuple["Expression", ...]

    def __str__(self) -> str:
        if self.function in OPERATORS:
            return f"({self.arguments[0]} {self.function} {self.arguments[1]})"
        return f"{self.function}({', '.join(map(str, self.arguments))})"


Expression = Constant | Name | Apply
"""A tree; ``str`` gives a text of one form, with all brackets, whatever the text it was read from looked like."""


def evaluate(expression: Expression, operands: Mapping[str, int]) -> int:
    """The word that an expression gives for these words.

    Raises:
        ZeroDivisionError: it divides by 0, be it in a branch that ``select`` does not take.
    """
    match expression:
        case Constant(word):
            return word
        case Name(name):
            return operands[name]
        case Apply(function, arguments):
            words = [evaluate(argument, operands) for argument in arguments]
            return _FUNCTIONS[function](*words)


_FUNCTIONS: Mapping[str, Callable[..., int]] = {
    name: function.compute for name, function in (*OPERATORS.items(), *FUNCTIONS.items())
}


def names_in(expression: Expression) -> set[str]:
    """The operands that an expression uses."""
    if isinstance(expression, Apply):
        return set().union(*map(names_in, expression.arguments))
    return {expression.name} if isinstance(expression, Name) else set()


def parse_expression(text: str, operands: Collection[str]) -> Expression:
    """Read an expression over these operands.

    Raises:
        ExpressionError: it is none, uses an operand that is not there, or is beyond the limits.
    """
    if len(text) > MOST_TEXT:
        raise ExpressionError(f"has {len(text)} characters, and may have {MOST_TEXT}")
    try:
        tree = parse_quietly(line := " ".join(text.split()))
    except (SyntaxError, ValueError) as error:
        raise ExpressionError(f"'{_shortened(text)}' is not an expression: {_first_words(error)}") from None
    except (RecursionError, MemoryError):
        raise ExpressionError(f"is nested too deeply: {MOST_DEPTH} levels are the most") from None
    return _Reader(line, operands).read(tree, 1)


class _Reader:
    def __init__(self, text: str, operands: Collection[str]) -> None:
        self._text = text
        self._operands = operands
        self._nodes = 0

    def read(self, node: ast.expr, depth: int) -> Expression:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise ExpressionError(f"has more than {MOST_NODES} constants, operands and operations")
        if depth > MOST_DEPTH:
            raise ExpressionError(f"is nested too deeply: {MOST_DEPTH} levels are the most")
        match node:
            case ast.Constant(value=int() as value) if type(value) is int:
                return self._constant(value)
            case ast.Name(id=name):
                return self._operand(name)
            case ast.UnaryOp(op=operator, operand=operand):
                return self._unary(operator, self.read(operand, depth + 1))
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                return self._apply(_OPERATORS[type(operator)], (left, right), depth)
            case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in _COMPARISONS:
                return self._apply(_COMPARISONS[type(operator)], (left, right), depth)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments, depth)
        raise ExpressionError(f"'{self._source(node)}' is not allowed: {_advice(node)}")

    def _apply(self, function: str, arguments: Collection[ast.expr], depth: int) -> Expression:
        return Apply(function, tuple(self.read(argument, depth + 1) for argument in arguments))

    def _constant(self, value: int) -> Expression:
        if not 0 <= value <= WORD_MASK:
            raise ExpressionError(f"{_shortened(hex(value))} is more than a word holds, 0xffffffff")
        return Constant(value)

    def _operand(self, name: str) -> Expression:
        if name not in self._operands:
            what = "must be called, as in" if name in FUNCTIONS else "is no operand"
            hint = f" {name}(...)" if name in FUNCTIONS else did_you_mean(name, self._operands)
            raise ExpressionError(f"'{_shortened(name)}' {what}{hint}")
        return Name(name)

    def _unary(self, operator: ast.unaryop, operand: Expression) -> Expression:
        if isinstance(operator, ast.UAdd):
            return operand
        if isinstance(operator, ast.Not):
            return Apply("==", (operand, Constant(0)))
        if isinstance(operator, ast.Invert):
            return Apply("^", (operand, Constant(WORD_MASK)))
        if isinstance(operand, Constant):
            return Constant(-operand.word & WORD_MASK)
        return Apply("-", (Constant(0), operand))

    def _call(self, name: str, arguments: Collection[ast.expr], depth: int) -> Expression:
        if name not in FUNCTIONS:
            raise ExpressionError(f"there is no function '{_shortened(name)}'{did_you_mean(name, FUNCTIONS)}")
        wanted = FUNCTIONS[name].arguments
        if len(arguments) != wanted:
            raise ExpressionError(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, not {len(arguments)}")
        return self._apply(name, arguments, depth)

    def _source(self, node: ast.expr) -> str:
        return _shortened(ast.get_source_segment(self._text, node) or self._text)


_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}

_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def _advice(node: ast.expr) -> str:
    """What to write for something of Python that an expression has not."""
    match node:
        case ast.IfExp():
            return "write select(condition, a, b)"
        case ast.BoolOp():
            return "write & and | between comparisons in brackets"
        case ast.Compare(ops=[_, _, *_]):
            return "compare two at a time"
        case ast.BinOp(op=ast.Div()):
            return "words are divided by //"
        case ast.BinOp(op=ast.Pow()):
            return "there are no powers; shift with <<"
        case ast.Constant():
            return "constants are whole numbers from 0 to 0xffffffff"
        case ast.Call():
            return "functions are called by name, with plain arguments"
    return "use operands, whole numbers, operators and functions"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."


def _first_words(error: Exception) -> str:
    return str(error.msg if isinstance(error, SyntaxError) else error).partition(". Perhaps")[0]
