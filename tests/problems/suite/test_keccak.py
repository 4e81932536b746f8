"""Keccak with complements of two columns: the same words by fewer operations."""

import pytest

from problems.suite.keccak import COLUMNS, EACH, KeccakRounds
from tests.problems.kernels.running import assert_executes, build

PROBLEM = KeccakRounds()


@pytest.mark.parametrize("rounds", [1, 3])
def test_complements_of_two_columns_give_the_same_words(rounds: int) -> None:
    shape = {"n": 8, "rounds": rounds}
    graph = build(PROBLEM, shape, {"complements": COLUMNS})
    assert_executes(PROBLEM, shape, graph, PROBLEM.inputs(shape, 8, seed=1))


def test_a_round_has_28_operations_less() -> None:
    """Of both halves: one complement of a parity and two in each row, for five in each row."""
    counts = [
        len(build(PROBLEM, {"n": 8, "rounds": rounds}, {"complements": how}).operations)
        for rounds in (1, 2)
        for how in (EACH, COLUMNS)
    ]
    assert [counts[0] - counts[1], counts[2] - counts[3]] == [28, 2 * 28]
