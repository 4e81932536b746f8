"""What the stages of a search have in common."""

import pytest

from problems.knobs import default_settings
from search.processes.workers import InProcess
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import context_of


def test_knobs_are_the_fixed_ones_and_else_the_defaults() -> None:
    task = SMALL_TREE.load()
    defaults = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    assert context_of().settings == defaults
    assert context_of(fixed={"unroll": 2}).settings == {**defaults, "unroll": 2}


@pytest.mark.parametrize(("seed", "of_solver"), [("0", 0), ("7", 7), (str(2**31 + 5), 5), ("7:0:12", 0), ("-1", 0)])
def test_a_solver_has_a_seed_of_its_own_kind(seed: str, of_solver: int) -> None:
    assert context_of(seed=seed).solver_seed == of_solver


def test_a_solver_has_the_threads_of_the_runner() -> None:
    assert context_of(runner=InProcess(threads=3)).threads == 3
