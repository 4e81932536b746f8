"""Facts hold for every word that satisfies the operands' facts."""

from random import Random

import pytest

from machine.opcodes import ARITHMETIC, DIVISIONS, WORD_MASK
from rewriting import facts
from rewriting.facts import Facts, between, exactly
from tests.generators import EDGE_WORDS

WORDS = (*EDGE_WORDS, 5, 8, 255, 0x00FF_FF00, 0xAAAA_AAAA)


def random_facts(random: Random) -> tuple[Facts, int]:
    """Facts, and a word that they hold for."""
    word = random.choice(WORDS) if random.random() < 0.6 else random.randrange(2**32)
    kind = random.random()
    if kind < 0.2:
        return exactly(word), word
    if kind < 0.5:
        mask = random.choice(WORDS)
        return facts.binary("&", Facts(), exactly(mask)), word & mask
    reach = random.choice((1, 3, 300, 2**20, 2**31))
    return between(max(0, word - random.randrange(reach)), min(WORD_MASK, word + random.randrange(reach))), word


def holds(known: Facts, word: int) -> bool:
    return known.low <= word <= known.high and not word & known.zeros and not ~word & known.ones


@pytest.mark.parametrize("op", ARITHMETIC)
def test_binary_arithmetic(op: str) -> None:
    random = Random(op)
    for _ in range(4000):
        (a, x), (b, y) = random_facts(random), random_facts(random)
        if not (op in DIVISIONS and y == 0):
            assert holds(facts.binary(op, a, b), ARITHMETIC[op](x, y)), (a, b, x, y)


def test_affine_multiply_add_and_select() -> None:
    random = Random(0)
    for _ in range(4000):
        (a, x), (b, y), (c, z) = (random_facts(random) for _ in range(3))
        assert holds(facts.affine(y, z, a), (y * x + z) & WORD_MASK)
        assert holds(facts.multiply_add([a, b, c]), (x * y + z) & WORD_MASK)
        assert holds(facts.select(a, b, c), y if x else z)


def test_what_matters_is_known() -> None:
    bit = facts.binary("&", Facts(), exactly(1))
    assert (bit.low, bit.high) == (0, 1)
    child = facts.affine(2, 0, bit).meet(facts.affine(2, 0, bit))
    assert (child.low, child.high, child.zeros & 1) == (0, 2, 1)
    assert facts.affine(WORD_MASK, 1, bit) == bit  # 1 - bit
    assert facts.binary("<", between(7, 9), exactly(10)).value == 1
    assert facts.binary("%", Facts(), exactly(2)).high == 1
