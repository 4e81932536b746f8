"""Exact solving as part of a search: when it is worth a try, and with which model."""

from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.cpsat.exact import ExactResult, HearSolver, Tell, solve_graph, unheard
from search.cpsat.lane_groups import Granularity
from search.solver.solve_outcome import SolveLimits

MOST_SINGLE_LANES = 4000
"""Slots up to which every slot gets a start of its own; larger graphs are modelled with lanes together."""

SMALL_GRAPH = 2500
"""Slots up to which a search solves its best graph exactly by itself."""


def granularity_for(prepared: PreparedGraph) -> Granularity:
    """The finest model that is still small enough to solve."""
    slots = len(prepared.flat.slot_implementations)
    return Granularity.SINGLE_LANES if slots <= MOST_SINGLE_LANES else Granularity.LANES_TOGETHER


def is_small(prepared: PreparedGraph) -> bool:
    """Whether a search should end with an exact solve."""
    return len(prepared.flat.slot_implementations) <= SMALL_GRAPH


def solve_whole(
    prepared: PreparedGraph,
    incumbent: Decision,
    limits: SolveLimits,
    known: Bound | None = None,
    tell: Tell = lambda state: None,
    hear: HearSolver = unheard,
) -> ExactResult:
    """Solve with the granularity that suits the graph; see :func:`search.cpsat.exact.solve_graph`."""
    return solve_graph(prepared, incumbent, granularity_for(prepared), limits, known=known, tell=tell, hear=hear)
