"""What the solver says of its parameters: none is ignored."""

import pytest

from search.analysis.prepared_graph import prepare
from search.cpsat.lane_groups import Granularity
from search.cpsat.solve import ignored_parameters, solve_exact
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.solver.solve_outcome import SolveLimits
from tests.search.bounds.test_work_bound import TINY, tiny_graph

SETTINGS: dict[str, bool | int | float] = {
    "max_time_in_seconds": 2.5,
    "num_workers": 1,
    "random_seed": 3,
    "log_search_progress": True,
    "log_to_stdout": False,
}
LINE = (
    "Parameters: random_seed: 3 max_time_in_seconds: 2.5 log_search_progress: true log_to_stdout: false num_workers: 1"
)


def test_a_log_that_shows_every_parameter_ignores_none() -> None:
    assert ignored_parameters(f"Starting CP-SAT solver v9.15\n{LINE}\n\nnum_workers: 4", SETTINGS) == ()


@pytest.mark.parametrize(
    ("shown", "replaced", "name"),
    [
        ("random_seed: 3", "random_seed: 4", "random_seed"),
        ("random_seed: 3 ", "", "random_seed"),
        ("max_time_in_seconds: 2.5", "max_time_in_seconds: 25", "max_time_in_seconds"),
        ("max_time_in_seconds: 2.5 ", "", "max_time_in_seconds"),
        ("log_to_stdout: false", "log_to_stdout: true", "log_to_stdout"),
        ("log_to_stdout: false ", "", "log_to_stdout"),
        (" num_workers: 1", "", "num_workers"),
    ],
)
def test_what_the_log_shows_otherwise_or_not_at_all_was_ignored(shown: str, replaced: str, name: str) -> None:
    assert shown in LINE
    assert ignored_parameters(LINE.replace(shown, replaced), SETTINGS) == (name,)


def test_an_empty_log_shows_nothing() -> None:
    assert ignored_parameters("", SETTINGS) == tuple(SETTINGS)


@pytest.mark.parametrize(
    "limits", [SolveLimits(3.0, workers=1), SolveLimits(1.5, deterministic_time=0.25, workers=2, seed=0)]
)
def test_this_version_of_the_solver_takes_every_parameter(limits: SolveLimits) -> None:
    prepared = prepare(tiny_graph(3, TINY[0]))
    start = decide(prepared, default_policy(prepared.machine)).schedule
    assert (
        solve_exact(prepared, start, 0, Granularity.SINGLE_LANES, prepared.machine.scratch_words, limits).ignored == ()
    )
