"""An incumbent together with the graph that it is a schedule of."""

from dataclasses import dataclass, replace

from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound
from search.scheduling.decide import decide
from search.scheduling.incumbent import Incumbent, incumbent_of
from search.scheduling.policy import Policy
from search.tasks.candidate import Candidate, make_candidate


@dataclass(frozen=True)
class Solution:
    """What flows from stage to stage.

    Attributes:
        knobs: the value of every knob; they give the graph.
        policy: of the list schedule that it began with; ``None`` where no policy led to it.
        prepared: the graph.
        incumbent: its best schedule so far.
        bound: no schedule of the graph is shorter.
    """

    knobs: dict[str, KnobValue]
    policy: Policy | None
    prepared: PreparedGraph
    incumbent: Incumbent
    bound: Bound

    @property
    def cycles(self) -> int:
        """The length of the best schedule."""
        return self.incumbent.cycles

    @property
    def is_optimal(self) -> bool:
        """Whether no schedule of the graph is shorter."""
        return self.cycles == self.bound.cycles

    def with_incumbent(self, incumbent: Incumbent) -> "Solution":
        """The same graph with another schedule, if that is shorter."""
        return replace(self, incumbent=incumbent) if incumbent.cycles < self.cycles else self

    def candidate(self) -> Candidate:
        """The program of the best schedule."""
        return make_candidate(self.prepared, self.incumbent.decision)


def list_solution(
    prepared: PreparedGraph, knobs: dict[str, KnobValue], policy: Policy, bound: Bound | None = None
) -> Solution:
    """The list schedule that a policy leads to.

    Args:
        prepared: the graph.
        knobs: that give it.
        policy: of the schedule.
        bound: of the graph, if one is proven already.

    Raises:
        TrialError: it leads to none.
    """
    incumbent = incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order)
    return Solution(knobs, policy, prepared, incumbent, bound or prove_bound(prepared))


def shorter(first: Solution | None, second: Solution | None) -> Solution | None:
    """The one with fewer cycles; the first where they have as many."""
    if first is None or second is None:
        return first or second
    return second if second.cycles < first.cycles else first
