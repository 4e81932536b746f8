"""Functions on words, by known values."""

import pytest

from machine.opcodes import ARITHMETIC
from machine.words import FUNCTIONS, OPERATORS, signed

MINUS = 2**32


@pytest.mark.parametrize(
    ("name", "words", "result"),
    [
        ("select", (2, 5, 7), 5),
        ("select", (0, 5, 7), 7),
        ("min", (1, 2**31), 1),
        ("max", (1, 2**31), 2**31),
        ("smin", (1, 2**31), 2**31),
        ("smax", (1, MINUS - 1), 1),
        ("slt", (MINUS - 1, 0), 1),
        ("slt", (0, 2**31), 0),
        ("sle", (5, 5), 1),
        ("sle", (5, MINUS - 5), 0),
        ("abs", (MINUS - 7,), 7),
        ("abs", (2**31,), 2**31),
        ("sra", (MINUS - 8, 1), MINUS - 4),
        ("sra", (MINUS - 8, 99), MINUS - 1),
        ("sra", (8, 99), 0),
        ("rotl", (0x8000_0001, 1), 3),
        ("rotl", (5, 32), 5),
        ("rotl", (5, 2**32 - 1), 0x8000_0002),
        ("rotr", (1, 1), 2**31),
        ("rotr", (5, 64), 5),
        ("mulhu", (MINUS - 1, MINUS - 1), MINUS - 2),
        ("mulhs", (MINUS - 1, MINUS - 1), 0),
        ("mulhs", (MINUS - 1, 1), MINUS - 1),
        ("mulhs", (2**31, 2**31), 2**30),
        ("cdiv", (7, 2), 4),
        ("sext8", (0x180,), MINUS - 128),
        ("sext8", (0x17F,), 127),
        ("sext16", (0xF_8000,), MINUS - 32768),
        ("sext16", (5,), 5),
        ("popcount", (0xF0F0_0001,), 9),
        ("clz", (0,), 32),
        ("clz", (1,), 31),
        ("clz", (MINUS - 1,), 0),
        ("ctz", (0,), 32),
        ("ctz", (2**31,), 31),
        ("ctz", (12,), 2),
        ("bswap", (0x0102_0304,), 0x0403_0201),
    ],
)
def test_functions(name: str, words: tuple[int, ...], result: int) -> None:
    assert FUNCTIONS[name].compute(*words) == result


def test_every_function_has_a_case_above() -> None:
    mark = next(mark for mark in test_functions.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == set(FUNCTIONS)


@pytest.mark.parametrize(("name", "result"), [("<", 1), ("<=", 1), (">", 0), (">=", 0), ("==", 0), ("!=", 1)])
def test_comparisons_are_unsigned(name: str, result: int) -> None:
    assert OPERATORS[name].compute(1, 2**31) == result


def test_operators_are_the_arithmetic_and_the_other_comparisons() -> None:
    assert {*OPERATORS, "cdiv"} == {*ARITHMETIC, "<=", ">", ">=", "!="}


def test_bit_31_is_the_sign() -> None:
    assert [signed(word) for word in (0, 1, 2**31 - 1, 2**31, 2**32 - 1)] == [0, 1, 2**31 - 1, -(2**31), -1]
