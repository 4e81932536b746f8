"""What is done with a trial's best schedule: more of one method, by a measure that does not depend on time."""

from dataclasses import dataclass
from enum import Enum

from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.granularity import is_small, solve_whole
from search.cpsat.window_passes import WindowSettings, improve
from search.scheduling.incumbent import Keyed
from search.scheduling.moves import local_search
from search.scheduling.policy import Policy
from search.solver.solve_outcome import SolveLimits

_WINDOW_WORK = 0.5
"""Of the solver's deterministic time, for one window of a large graph."""

_MOST_SECONDS = 24 * 3600.0
"""Of wall time for a solver that is limited by its own measure: the trial's limit comes first."""


class Method(Enum):
    """How to refine."""

    LOCAL = "local search"
    CP_SAT = "cp-sat"


@dataclass(frozen=True)
class Refinement:
    """A method, and how much of it.

    Attributes:
        method: the method.
        work: moves of a local search; the solver's deterministic time for CP-SAT.
    """

    method: Method
    work: float


def refine(prepared: PreparedGraph, start: Keyed, policy: Policy, refinement: Refinement, seed: str) -> Decision:
    """A decision that is no longer than ``start``, found with one thread.

    CP-SAT solves a small graph whole; a large one window by window.
    """
    if refinement.method is Method.LOCAL:
        return local_search(prepared, start, policy.engine_order, int(refinement.work), seed).decision
    if is_small(prepared):
        limits = SolveLimits(_MOST_SECONDS, deterministic_time=refinement.work, workers=1)
        return solve_whole(prepared, start.decision, limits).decision
    windows = WindowSettings(
        seconds=_MOST_SECONDS,
        window_seconds=_MOST_SECONDS,
        window_work=_WINDOW_WORK,
        most_windows=max(1, round(refinement.work / _WINDOW_WORK)),
        workers=1,
    )
    return improve(prepared, start.decision, windows, lambda progress: None)[0]
