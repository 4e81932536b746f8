"""Reading expressions; what is refused is in ``test_mistakes.py``."""

from random import Random

import pytest

from machine.expression import Constant, ExpressionError, evaluate, names_in, parse_expression
from tests.expressions import random_expression

OPERANDS = {"a": 12, "b": 10, "c": 0xFFFF_FFFF}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a", 12),
        ("7", 7),
        ("0xff", 255),
        ("-1", 0xFFFF_FFFF),
        ("-a", 2**32 - 12),
        ("+a", 12),
        ("~a", 2**32 - 13),
        ("not a", 0),
        ("not 0", 1),
        ("a - b - 1", 1),
        ("b - a", 2**32 - 2),
        ("a + b * 2", 32),
        ("(a + b) * 2", 44),
        ("a | b << 1", 28),
        ("a & 4 == 4", 1),  # as in Python: & binds more closely than ==
        ("a // 5 % 2", 0),
        ("c + 1", 0),
        ("a << 32", 0),
        ("c >> b >> b", 0xFFF),
        ("a > b", 1),
        ("slt(c, a)", 1),
        ("select(a < b, a, max(b, 11))", 11),
        ("min(a, min(b, 3))", 3),
    ],
)
def test_expressions_mean_what_they_mean_in_python_on_words(text: str, result: int) -> None:
    assert evaluate(parse_expression(text, OPERANDS), OPERANDS) == result


def test_line_breaks_and_spaces_have_no_meaning() -> None:
    assert parse_expression("a\n   + b", OPERANDS) == parse_expression("a+b", OPERANDS)


@pytest.mark.parametrize("seed", range(200))
def test_the_text_of_an_expression_is_read_as_the_same_expression(seed: int) -> None:
    expression = random_expression(Random(seed), [*OPERANDS], 6)
    assert parse_expression(str(expression), OPERANDS) == expression


@pytest.mark.parametrize("text", ["a // 0", "cdiv(a, b - b)", "select(1, a, a % 0)"])
def test_division_by_0_is_an_error_in_every_branch(text: str) -> None:
    with pytest.raises(ZeroDivisionError):
        evaluate(parse_expression(text, OPERANDS), OPERANDS)


def test_operands_that_are_used_are_known() -> None:
    assert names_in(parse_expression("min(a, a + 5) ^ c", OPERANDS)) == {"a", "c"}
    assert names_in(Constant(5)) == set()


@pytest.mark.parametrize(
    "text", ["", "a; b", "lambda: a", "a := 5", "f'{a}'", "a[0]", "min(*a)", "min(a, b=c)", "d", "True"]
)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text, OPERANDS)


def test_nothing_of_the_text_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("run")

    for name in ("eval", "exec", "__import__"):
        monkeypatch.setattr(f"builtins.{name}", fail)
    with pytest.raises(ExpressionError):
        parse_expression("__import__('os')", OPERANDS)


@pytest.mark.parametrize("text", ["-" * 900 + "a", "(" * 300 + "a" + ")" * 300, "a" * 5000, "9" * 900, "[" * 900])
def test_limits_hold_for_any_text(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text, OPERANDS)
