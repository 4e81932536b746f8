"""Expressions of others are parsed without a warning of Python's beside the error."""

import ast
import warnings

import pytest

from machine.errors import UserError
from machine.expression import ExpressionError, parse_expression
from machine.quiet_parse import parse_quietly
from problems.rules import Rule
from rewriting.expressions import parse as parse_rule_expression

WARNED = "1if a else b"
"""Python reads it, and warns of the number that runs into a word."""


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> None:
    warnings.simplefilter("error")  # pytest puts the filters back after each test


def test_python_warns_of_the_example() -> None:
    with pytest.raises(SyntaxError, match="invalid decimal literal"):
        ast.parse(WARNED, mode="eval")


def test_the_parser_says_nothing_and_leaves_filters_as_they_were() -> None:
    before = list(warnings.filters)
    assert isinstance(parse_quietly(WARNED), ast.IfExp)
    assert warnings.filters == before


def test_every_reader_of_expressions_refuses_it_with_its_own_error_alone() -> None:
    with pytest.raises(ExpressionError, match=r"write select\(condition, a, b\)"):
        parse_expression(WARNED, {"a", "b"})
    with pytest.raises(UserError, match="not of the language of rules"):
        parse_rule_expression(WARNED)
    with pytest.raises(UserError, match="has no place in a rule"):
        Rule(WARNED, {})
