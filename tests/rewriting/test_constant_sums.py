"""Constants that others give: every derivation is right, and refers to what comes before it."""

from random import Random

import pytest

from machine.opcodes import ARITHMETIC
from rewriting.constant_sums import derive_constants
from tests.generators import EDGE_WORDS

SUMS = frozenset("+-")


def check(constants: list[int], opcodes: frozenset[str] = SUMS) -> int:
    """How many of these constants are derived; none of itself, directly or not."""
    derived = derive_constants(constants, opcodes)
    settled: set[int] = set()

    def settle(value: int, above: tuple[int, ...]) -> None:
        assert value not in above, "a circle"
        if value in derived and value not in settled:
            op, a, b = derived[value]
            assert op in opcodes
            assert ARITHMETIC[op](a, b) == value
            settle(a, (*above, value))
            settle(b, (*above, value))
        settled.add(value)

    for value in constants:
        settle(value, ())
    return len(derived.keys() & set(constants))


def test_addresses_a_step_apart_are_sums_of_the_one_before_and_the_step() -> None:
    assert check([8, 16, 24, 32, 40]) == 4
    assert check(list(range(3, 200, 8))) >= 20, "the step is added"


def test_few_constants_are_loaded() -> None:
    assert derive_constants([7, 100], SUMS) == {}
    assert derive_constants([], SUMS) == {}


def test_sums_wrap_and_differences_serve() -> None:
    assert derive_constants([5, 0xFFFF_FFFF, 4], SUMS)[4] == ("+", 5, 0xFFFF_FFFF)
    assert derive_constants([5, 3, 2], frozenset("-"))[2] == ("-", 5, 3)


def test_no_opcode_no_derivation() -> None:
    assert check(list(range(0, 80, 8)), frozenset()) == 0


@pytest.mark.parametrize("seed", range(50))
def test_any_constants(seed: int) -> None:
    random = Random(seed)
    words = [
        random.choice((random.choice(EDGE_WORDS), random.randrange(64), 8 * random.randrange(64))) for _ in range(30)
    ]
    check(list(dict.fromkeys(words)))
