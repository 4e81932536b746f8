import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.tree_hash.layout import Layout
from problems.tree_hash.places import borrowable, find_places
from problems.tree_hash.record_tables import Arrangement, arrange
from tests.problems.tree_hash.kernels import TAKEHOME

NATURAL, FOLDED = Arrangement.NATURAL, Arrangement.FOLDED
HEADLINE = Layout(10, 16, 256)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([(3, FOLDED), (5, FOLDED), (7, FOLDED)], [(3, FOLDED), (5, FOLDED), (7, FOLDED)]),
        ([(7, NATURAL), (3, NATURAL)], [(3, NATURAL), (7, NATURAL)]),
        ([(3, FOLDED), (4, FOLDED), (5, FOLDED)], [(3, FOLDED), (5, FOLDED)]),  # level 4 is in the first already
        ([(5, FOLDED), (7, FOLDED)], [(5, NATURAL), (7, NATURAL)]),  # a chain starts at level 4 or above
        ([(2, FOLDED), (6, FOLDED)], [(2, FOLDED), (6, NATURAL)]),  # and goes down two levels at a time
        ([(1, FOLDED)], [(1, NATURAL)]),
    ],
)
def test_which_tables_can_be_had(
    wanted: list[tuple[int, Arrangement]], expected: list[tuple[int, Arrangement]]
) -> None:
    assert list(arrange(wanted)) == expected


def test_the_headline_shape_has_its_folded_tables_among_the_index_words() -> None:
    arranged = [(3, FOLDED), (5, FOLDED), (7, NATURAL)]
    places = find_places(HEADLINE, arranged, 9, 8, vectors=4, index_words=range(2054, 2310))
    assert {top: table.start for top, table in places.tables.items()} == {3: 2054, 5: 2054, 7: 134}
    assert places.tables[7].span == range(134, 518)
    assert places.vectors == [2262, 2270, 2278, 2286]
    assert places.borrowed == range(2054, 2294)


def test_vectors_may_rather_lie_where_the_header_and_the_first_nodes_were() -> None:
    arranged = [(3, FOLDED), (5, FOLDED), (7, NATURAL)]
    indices = range(2054, 2310)
    places = find_places(HEADLINE, arranged, 9, 8, vectors=3, index_words=indices, vectors_among_nodes=True)
    assert places.vectors == [0, 8, 16]
    assert places.borrowed == range(2054, 2262)


def test_folded_tables_that_find_no_place_are_natural() -> None:
    arranged = [(3, FOLDED), (5, FOLDED), (7, NATURAL)]
    few = find_places(Layout(10, 16, 64), arranged, 9, 8, vectors=4, index_words=range(2054, 2054 + 64))
    assert [table.arrangement for table in few.tables.values()].count(FOLDED) == 1
    none = find_places(Layout(10, 16, 8), arranged, 9, 8, vectors=4, index_words=range(2054, 2062))
    assert [table.arrangement for table in none.tables.values()].count(FOLDED) == 0


def test_indices_that_are_output_are_borrowed_in_part() -> None:
    assert borrowable(HEADLINE, TAKEHOME, with_indices=False) == range(2054, 2310)
    assert len(borrowable(Layout(10, 16, 4096), TAKEHOME, with_indices=True)) <= TAKEHOME.scratch_words // 5


@given(
    height=st.integers(1, 12),
    batch=st.integers(1, 600),
    wanted=st.lists(st.tuples(st.integers(3, 8), st.sampled_from(Arrangement)), max_size=4),
    vectors=st.integers(0, 8),
)
def test_nothing_lies_on_anything_else(
    height: int, batch: int, wanted: list[tuple[int, Arrangement]], vectors: int
) -> None:
    layout = Layout(height, 40, batch)
    arranged = list(arrange([pair for pair in wanted if pair[0] < height]))
    gathered = max((top for top, _ in arranged), default=0) + 2
    index_words = range(layout.indices_at, layout.values_at)
    places = find_places(layout, arranged, gathered, 8, vectors=vectors, index_words=index_words)
    assert set(places.tables) == {top for top, _ in arranged}
    taken: list[int] = []
    for table in places.tables.values():
        for number in range(2**table.top):
            taken += range(table.address(number), table.address(number) + table.record_words)
    for start in places.vectors:
        taken += range(start, start + 8)
    assert len(places.vectors) <= vectors
    assert len(set(taken)) == len(taken)
    assert all(0 <= word < layout.values_at for word in taken)
    gathered_words = range(Layout.level_at(gathered), layout.indices_at)
    assert not set(taken) & set(gathered_words)
    assert {word for word in taken if word in index_words} <= set(places.borrowed)
