"""CP-SAT with limits applied."""

from ortools.sat.python import cp_model

from search.solver.solve_outcome import SolveLimits, Status

STATUSES = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.UNKNOWN: Status.UNKNOWN,
    cp_model.MODEL_INVALID: Status.MODEL_INVALID,
}
"""Our statuses by the solver's."""


def cp_solver(limits: SolveLimits) -> cp_model.CpSolver:
    """A solver that keeps limits of time and threads; its log goes to ``log_callback`` alone."""
    solver = cp_model.CpSolver()
    for name, value in parameters(limits).items():
        setattr(solver.parameters, name, value)
    return solver


def parameters(limits: SolveLimits) -> dict[str, bool | int | float]:
    """The solver's parameters for some limits."""
    settings: dict[str, bool | int | float] = {
        "max_time_in_seconds": limits.seconds,
        "num_workers": limits.workers,
        "random_seed": limits.seed,
        "log_search_progress": True,
        "log_to_stdout": False,
    }
    if limits.deterministic_time is not None:
        settings["max_deterministic_time"] = limits.deterministic_time
    return settings
