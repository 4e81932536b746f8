"""A second opinion on a counting model: branch and bound over its linear relaxation, by SCIP.

CP-SAT reasons in integers; SCIP in floating point, which is where it is the faster of the two, and why its answer needs
care.  Coefficients and bounds here are small integers, so every inequality is relaxed by :data:`MARGIN`, which gives no
integer point away and leaves each one a distance from every inequality that is ten thousand times the solver's
tolerance: a subproblem that holds a solution is not taken for empty by rounding.
"""

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

MARGIN = 0.01

_FAR = 1 << 60


def has_solution(model: cp_model.CpModel, seconds: float) -> bool | None:
    """Whether a model of linear constraints alone has a solution; ``None`` if SCIP cannot tell in time."""
    solver = pywraplp.Solver.CreateSolver("SCIP")
    variables = []
    for variable in model.proto.variables:
        domain = list(variable.domain)
        variables.append(solver.IntVar(domain[0], domain[-1], ""))
    for constraint in model.proto.constraints:
        linear = constraint.linear
        domain = list(linear.domain)
        if not domain:
            continue
        low, high = domain[0], domain[-1]
        margin = 0.0 if low == high else MARGIN
        row = solver.Constraint(
            low - margin if low > -_FAR else -solver.infinity(), high + margin if high < _FAR else solver.infinity()
        )
        for index, coefficient in zip(linear.vars, linear.coeffs, strict=True):
            row.SetCoefficient(variables[index], row.GetCoefficient(variables[index]) + coefficient)
    solver.SetTimeLimit(max(1, round(1000 * seconds)))
    return {pywraplp.Solver.INFEASIBLE: False, pywraplp.Solver.OPTIMAL: True}.get(solver.Solve())
