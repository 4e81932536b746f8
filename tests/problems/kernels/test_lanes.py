import pytest

from machine.graph.builder import Kernel, Splat
from machine.graph.execute import execute
from problems.kernels.lanes import LaneConstant, LaneConstants, numbers, same
from problems.kernels.vectors import store_words
from tests.problems.kernels.running import TAKEHOME, count


@pytest.mark.parametrize(
    "constant",
    [
        numbers(0, 8),
        numbers(16, 8),
        same(7, 8),
        numbers(0, 8).apply("<<", 1).apply("&", 4),
        numbers(8, 8).apply("&", 4).combine("|", numbers(0, 8).apply(">>", 1)),
    ],
)
def test_a_constant_is_where_it_is_said_to_be(constant: LaneConstant) -> None:
    kernel = Kernel(TAKEHOME, 8)
    store_words(kernel, range(8), LaneConstants(kernel).vector(constant))
    assert execute(kernel.graph(), [9] * 8) == list(constant.words)


def test_words_are_computed_lane_by_lane() -> None:
    assert numbers(3, 4).words == (3, 4, 5, 6)
    assert numbers(3, 4).apply("&", 1).words == (1, 0, 1, 0)
    assert numbers(0, 3).combine("+", same(5, 3)).words == (5, 6, 7)


def test_the_same_words_are_made_once() -> None:
    kernel = Kernel(TAKEHOME, 8)
    constants = LaneConstants(kernel)
    first = constants.vector(numbers(0, 8).apply("&", 4))
    made = len(kernel.graph().operations)
    assert constants.vector(numbers(8, 8).apply("&", 4)) is first
    assert constants.vector(numbers(0, 8).apply("&", 4).combine("|", same(0, 8))) is first
    assert len(kernel.graph().operations) == made


def test_one_word_in_all_lanes_costs_no_operation_of_its_own() -> None:
    kernel = Kernel(TAKEHOME, 8)
    found = LaneConstants(kernel).vector(numbers(0, 8).apply("&", 8))
    assert isinstance(found, Splat)
    assert count(kernel.graph(), "&", "constant") == 1
