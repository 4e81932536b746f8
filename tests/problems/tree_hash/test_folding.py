from itertools import product

import pytest

from problems.tree_hash.folding import RECORD_WORDS, Folding
from problems.tree_hash.record_tables import path_bits

CHAINS = [(first, tables) for first in (2, 3, 4) for tables in (1, 2, 3)]


@pytest.mark.parametrize(("first", "tables"), CHAINS)
def test_records_lie_apart_within_the_chain(first: int, tables: int) -> None:
    folding = Folding(first, tables, 1000)
    taken: list[int] = []
    for top in folding.tops:
        for bits in product((0, 1), repeat=top):
            start = folding.address(top, bits)
            taken += range(start, start + RECORD_WORDS)
    assert len(set(taken)) == len(taken)
    assert min(taken) >= folding.words.start
    assert max(taken) < folding.words.stop


@pytest.mark.parametrize(("first", "tables"), CHAINS)
def test_the_span_of_a_table_holds_its_records_and_those_before(first: int, tables: int) -> None:
    folding = Folding(first, tables, 0)
    for top in folding.tops:
        starts = [folding.address(top, bits) for bits in product((0, 1), repeat=top)]
        assert folding.span(top).start <= min(starts)
        assert max(starts) + RECORD_WORDS <= folding.span(top).stop
    assert folding.span(folding.tops[-1]) == folding.words


def test_the_chain_of_levels_3_to_6_has_200_words() -> None:
    folding = Folding(3, 2, 0)
    assert len(folding.words) == 200
    assert folding.span(3) == range(80, 120)
    assert folding.factors(3) == (24, 16)
    assert folding.factors(5) == (-40, 40)
    assert [folding.first_addend(older) for older in (0, 1)] == [128, 132]


def test_path_bits_are_1_for_left_oldest_first() -> None:
    assert path_bits(3, 0) == [1, 1, 1]
    assert path_bits(3, 1) == [1, 1, 0]
    assert path_bits(3, 4) == [0, 1, 1]
    assert path_bits(0, 0) == []
