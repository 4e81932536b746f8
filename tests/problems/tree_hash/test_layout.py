import pytest

from problems.tree_hash.layout import Layout
from tests.recorded import TreeHashCase, tree_hash_cases

HEADLINE = Layout(height=10, rounds=16, batch=256)


@pytest.mark.parametrize("case", tree_hash_cases(), ids=lambda case: case.name)
def test_layouts_are_those_of_the_recorded_images(case: TreeHashCase) -> None:
    layout = Layout.of(case.shape)
    header = [layout.rounds, layout.nodes, layout.batch, layout.height, 7, layout.indices_at, layout.values_at]
    assert header == case.memory[:7]
    assert layout.memory_words == len(case.memory)


def test_the_headline_image_has_2566_words() -> None:
    assert (HEADLINE.nodes, HEADLINE.memory_words) == (2047, 2566)


def test_levels_follow_each_other() -> None:
    assert [Layout.level_at(level) for level in range(5)] == [7, 8, 10, 14, 22]
    assert Layout.level_at(HEADLINE.height + 1) == HEADLINE.indices_at


def test_rounds_go_down_the_tree_and_back_to_the_root() -> None:
    assert [HEADLINE.level_of_round(number) for number in (0, 1, 10, 11, 15, 22)] == [0, 1, 10, 0, 4, 0]
    assert [HEADLINE.pass_of_round(number) for number in (0, 10, 11, 21, 22)] == [0, 0, 1, 1, 2]
    assert {Layout(0, 5, 1).level_of_round(number) for number in range(5)} == {0}
