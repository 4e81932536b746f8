"""Sets of ranks as bits: they hold what a set holds, and give it lowest first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.scheduling.ready_bits import (
    BITS,
    Bits,
    clear_bit,
    lowest_bit,
    next_filled,
    no_ranks,
    put_in,
    set_bit,
    take_out,
)

WORDS = 5

ranks = st.integers(0, WORDS * BITS - 1)
changes = st.lists(st.tuples(st.booleans(), ranks), max_size=60)


def no_bits() -> Bits:
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
    bits, expected = no_bits(), set[int]()
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
    bits = no_bits()
    for each in [*held, rank, rank]:
        set_bit(bits, each)
    clear_bit(bits, rank)
    assert ranks_of(bits) == sorted(held - {rank})


@given(st.sets(ranks), ranks)
def test_taking_out_what_is_not_in_changes_nothing(held: set[int], rank: int) -> None:
    bits = no_bits()
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
    bits = no_bits()
    for rank in (BITS - 1, BITS, 2 * BITS - 1):
        set_bit(bits, rank)
    assert bits.tolist() == [1 << BITS - 1, 1 | 1 << BITS - 1, 0, 0, 0]
    clear_bit(bits, BITS)
    assert bits.tolist() == [1 << BITS - 1, 1 << BITS - 1, 0, 0, 0]


# With a second level

MANY = 70 * BITS
many_changes = st.lists(st.tuples(st.booleans(), st.integers(0, MANY - 1)), max_size=60)


@given(many_changes, st.integers(0, 70), st.integers(0, 70))
def test_the_first_filled_word_of_a_stretch_is_found(made: list[tuple[bool, int]], first: int, stop: int) -> None:
    ready, expected = no_ranks(MANY), set[int]()
    for is_put_in, rank in made:
        if is_put_in:
            put_in(ready, rank)
            expected.add(rank)
        else:
            take_out(ready, rank)
            expected.discard(rank)
    words = [rank // BITS for rank in expected if first <= rank // BITS < stop]
    assert next_filled(ready, first, max(first, stop)) == min(words, default=max(first, stop))


@given(many_changes)
def test_both_levels_are_as_if_only_what_is_left_had_been_put_in(made: list[tuple[bool, int]]) -> None:
    ready, left = no_ranks(MANY), {rank: is_put_in for is_put_in, rank in made}
    again = no_ranks(MANY)
    for is_put_in, rank in made:
        (put_in if is_put_in else take_out)(ready, rank)
    for rank, is_in in left.items():
        if is_in:
            put_in(again, rank)
    assert np.array_equal(ready.bits, again.bits)
    assert np.array_equal(ready.filled, again.filled)
