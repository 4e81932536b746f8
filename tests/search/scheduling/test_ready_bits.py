"""Sets of ranks as bits: they hold what a set holds, and give it lowest first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.scheduling.ready_bits import BITS, Bits, clear_bit, lowest_bit, set_bit

WORDS = 5

ranks = st.integers(0, WORDS * BITS - 1)
changes = st.lists(st.tuples(st.booleans(), ranks), max_size=60)


def no_ranks() -> Bits:
    return np.zeros(WORDS, dtype=np.uint32)


def ranks_of(bits: Bits) -> list[int]:
    """All ranks, as schedulers take them: word by word, the lowest first, each taken out in turn."""
    found = []
    for number, word in enumerate(bits.tolist()):
        left = word
        while left:
            found.append(number * BITS + int(lowest_bit(left)))
            left &= left - 1
    return found


@given(changes)
def test_they_hold_what_a_set_holds_in_ascending_order(made: list[tuple[bool, int]]) -> None:
    bits, expected = no_ranks(), set[int]()
    for is_put_in, rank in made:
        if is_put_in:
            set_bit(bits, rank)
            expected.add(rank)
        else:
            clear_bit(bits, rank)
            expected.discard(rank)
    assert ranks_of(bits) == sorted(expected)


@given(st.sets(ranks), ranks)
def test_what_is_put_in_twice_is_taken_out_at_once(held: set[int], rank: int) -> None:
    bits = no_ranks()
    for each in [*held, rank, rank]:
        set_bit(bits, each)
    clear_bit(bits, rank)
    assert ranks_of(bits) == sorted(held - {rank})


@given(st.sets(ranks), ranks)
def test_taking_out_what_is_not_in_changes_nothing(held: set[int], rank: int) -> None:
    bits = no_ranks()
    for each in held - {rank}:
        set_bit(bits, each)
    before = bits.copy()
    clear_bit(bits, rank)
    assert np.array_equal(bits, before)


@given(st.integers(1, 2**BITS - 1))
def test_the_lowest_bit_is_that_of_the_words_least_power_of_two(word: int) -> None:
    assert 1 << lowest_bit(word) == word & -word


@pytest.mark.parametrize("bit", range(BITS))
def test_every_bit_of_a_word_is_found_alone_and_below_all_others(bit: int) -> None:
    assert lowest_bit(1 << bit) == bit
    assert lowest_bit(2**BITS - (1 << bit)) == bit


def test_the_last_bit_of_a_word_leaves_its_neighbours_alone() -> None:
    bits = no_ranks()
    for rank in (BITS - 1, BITS, 2 * BITS - 1):
        set_bit(bits, rank)
    assert bits.tolist() == [1 << BITS - 1, 1 | 1 << BITS - 1, 0, 0, 0]
    clear_bit(bits, BITS)
    assert bits.tolist() == [1 << BITS - 1, 1 << BITS - 1, 0, 0, 0]
