"""Rules: what must hold between the knobs of a problem, or between the sizes of a shape and the machine's lanes.

A rule is an expression of Python's over names, numbers and texts, of which only comparisons, arithmetic, ``and``,
``or``, ``not`` and ``in`` are known; it is parsed and never run.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import Any

from machine.errors import GraphError, UserError
from machine.quiet_parse import parse_quietly
from machine.strict_table import shown
from problems.knobs import Knob, KnobSettings, KnobValue, default_settings

MOST_DRAWS = 100


class RuleError(GraphError, UserError):
    """Settings, or a shape, that a rule does not allow."""


@dataclass(frozen=True)
class Rule:
    """What must hold; names with dots are knobs such as ``loop1.group``.

    Attributes:
        text: the expression.
        known: values of names that are no knobs: sizes, and ``lanes``.

    Raises:
        UserError: the text is no such expression.
    """

    text: str
    known: KnobSettings

    def __post_init__(self) -> None:
        self.names  # noqa: B018  (walks the whole expression)

    @cached_property
    def names(self) -> frozenset[str]:
        """The knobs that it is about."""
        try:
            return frozenset(_names(self._tree, self.text)) - self.known.keys()
        except (RecursionError, MemoryError):
            raise self._too_deep() from None

    @cached_property
    def _tree(self) -> ast.expr:
        try:
            return parse_quietly(self.text)
        except (SyntaxError, ValueError) as error:
            why = error.msg if isinstance(error, SyntaxError) else error
            raise UserError(f"rule '{self.text}' is no expression: {why}") from None

    def holds(self, settings: KnobSettings) -> bool:
        """Whether settings keep it; one about a knob that there is not at this shape says nothing.

        Raises:
            UserError: it divides by 0, or compares what cannot be compared.
        """
        values = {**settings, **self.known}
        if not self.names <= values.keys():
            return True
        try:
            return bool(_value(self._tree, values))
        except (ArithmeticError, TypeError, ValueError) as error:
            raise UserError(f"rule '{self.text}': {error}") from None
        except RecursionError:
            raise self._too_deep() from None

    def _too_deep(self) -> UserError:
        return UserError(f"rule {shown(self.text)} is nested too deeply")


def broken_rule(rules: Iterable[Rule], settings: KnobSettings) -> Rule | None:
    """The first rule that settings break."""
    return next((rule for rule in rules if not rule.holds(settings)), None)


def require_rules(rules: Iterable[Rule], settings: KnobSettings) -> None:
    """Check that settings keep all rules.

    Raises:
        RuleError: they break one.
    """
    rule = broken_rule(rules, settings)
    if rule is not None:
        values = {**settings, **rule.known}
        about = ", ".join(f"{name}={values[name]}" for name in sorted(_names(rule._tree, rule.text)))
        raise RuleError(f"{about}: the problem asks for {rule.text}")


def sample_settings(knobs: Sequence[Knob], rules: Sequence[Rule], random: Random) -> dict[str, KnobValue]:
    """A value of every knob, drawn until the rules hold; the defaults where they never do."""
    for _ in range(MOST_DRAWS if rules else 1):
        drawn = {knob.name: knob.sample(random) for knob in knobs}
        if broken_rule(rules, drawn) is None:
            return drawn
    return default_settings(knobs)


_BINARY: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_UNARY: Mapping[type[ast.AST], Callable[[Any], Any]] = {ast.Not: operator.not_, ast.USub: operator.neg}


def _names(tree: ast.expr, text: str) -> list[str]:
    """The names in an expression, every part of which is looked at.

    Raises:
        UserError: a part that rules do not know.
    """
    match tree:
        case ast.Name(id=name):
            return [name]
        case ast.Attribute(value=ast.Name(id=first), attr=last):
            return [f"{first}.{last}"]
        case ast.Constant(value=int() | str()):
            return []
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts):
            return [name for part in parts for name in _names(part, text)]
        case ast.UnaryOp(op=op, operand=part) if type(op) in _UNARY:
            return _names(part, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _names(left, text) + _names(right, text)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _BINARY for op in ops):
            return [name for part in (left, *others) for name in _names(part, text)]
    raise UserError(
        f"rule '{text}': '{ast.unparse(tree)}' has no place in a rule: "
        "use names, numbers, texts, comparisons, arithmetic, and, or, not, in"
    )


def _value(tree: ast.expr, values: KnobSettings) -> Any:
    match tree:
        case ast.Name(id=name):
            return values[name]
        case ast.Attribute(value=ast.Name(id=first), attr=last):
            return values[f"{first}.{last}"]
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts):
            return tuple(_value(part, values) for part in parts)
        case ast.BoolOp(op=op, values=parts):
            chosen = all if isinstance(op, ast.And) else any
            return chosen(_value(part, values) for part in parts)
        case ast.UnaryOp(op=op, operand=part):
            return _UNARY[type(op)](_value(part, values))
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=ops, comparators=others):
            found = [_value(part, values) for part in (left, *others)]
            return all(_BINARY[type(op)](*pair) for op, pair in zip(ops, pairwise(found), strict=True))
    raise AssertionError(ast.dump(tree))
