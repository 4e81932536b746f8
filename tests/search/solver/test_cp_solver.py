import pytest
from ortools.sat.python import cp_model

from search.solver.cp_solver import cp_solver
from search.solver.solve_outcome import SolveLimits


def test_a_solver_keeps_its_limits() -> None:
    parameters = cp_solver(SolveLimits(7.5, deterministic_time=0.25, workers=3, seed=11)).parameters
    assert (parameters.max_time_in_seconds, parameters.max_deterministic_time) == (7.5, 0.25)
    assert (parameters.num_workers, parameters.random_seed) == (3, 11)


def test_without_a_limit_of_work_the_solver_has_its_own() -> None:
    assert cp_solver(SolveLimits(1.0)).parameters.max_deterministic_time == float("inf")


@pytest.mark.parametrize("listens", [False, True])
def test_a_solve_prints_nothing_and_logs_to_who_listens(capfd: pytest.CaptureFixture[str], listens: bool) -> None:
    model = cp_model.CpModel()
    model.maximize(model.new_int_var(0, 3, "x"))
    solver = cp_solver(SolveLimits(10.0, workers=1))
    log: list[str] = []
    if listens:
        solver.log_callback = log.append
    assert solver.solve(model) == cp_model.OPTIMAL
    assert ("OPTIMAL" in "\n".join(log)) == listens
    assert capfd.readouterr() == ("", "")
