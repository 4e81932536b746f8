"""Exact solving of whole graphs: our bound, the solver in a process of its own, and its answer checked."""

from dataclasses import dataclass
from pathlib import Path

from machine.graph.decision import Decision, Schedule
from machine.legality import check_decision
from search.allocation import allocate, find_lifetimes
from search.bounds import Bound, lower_bound
from search.cpsat.lanes import Granularity
from search.cpsat.outcome import SolveLimits, SolveOutcome, Status
from search.cpsat.solve import solve_exact
from search.decide import make_candidate
from search.isolate import Ending, call_isolated
from search.list_scheduler import PreparedGraph

_GRACE_SECONDS = 10.0

_FAILED = {
    Ending.CRASHED: Status.CRASHED,
    Ending.RAISED: Status.CRASHED,
    Ending.TIMED_OUT: Status.TIMED_OUT,
    Ending.OUT_OF_MEMORY: Status.OUT_OF_MEMORY,
}


@dataclass(frozen=True)
class ExactResult:
    """What exact solving came to.

    Attributes:
        decision: the best decision: the incumbent's, or a better one that has passed the legality checker.
        bound: of the graph, and the argument for it.
        outcome: of the solver; ``None`` where our own bound made it unnecessary.
        refused: what the checker had against the solver's answer, if anything.
    """

    decision: Decision
    bound: Bound
    outcome: SolveOutcome | None
    refused: str = ""

    @property
    def is_optimal(self) -> bool:
        """Whether no schedule of the graph is shorter."""
        return self.decision.schedule.length == self.bound.cycles

    @property
    def status(self) -> Status:
        """The solver's status; optimal wherever bound and schedule meet."""
        if self.is_optimal:
            return Status.OPTIMAL
        return Status.FEASIBLE if self.outcome is None else self.outcome.status


def solve_graph(
    prepared: PreparedGraph,
    incumbent: Decision,
    granularity: Granularity,
    limits: SolveLimits,
    save_to: Path | None = None,
) -> ExactResult:
    """Improve on ``incumbent``, or prove that nothing does."""
    bound = lower_bound(prepared)
    if incumbent.schedule.length == bound.cycles:
        return ExactResult(incumbent, bound, None)
    arguments = (prepared, incumbent.schedule, bound.cycles, granularity, limits, save_to)
    call = call_isolated(solve_exact, arguments, limits.seconds + _GRACE_SECONDS, limits.memory_bytes)
    outcome = call.value or SolveOutcome(_FAILED[call.ending], note=call.why)
    if outcome.bound > bound.cycles and granularity is Granularity.SINGLE_LANES:
        bound = Bound(outcome.bound, f"CP-SAT, {granularity.value}")
    if outcome.schedule is None or outcome.schedule.length >= incumbent.schedule.length:
        return ExactResult(incumbent, bound, outcome)
    decision, refused = _check(prepared, outcome.schedule)
    return ExactResult(decision or incumbent, bound, outcome, refused)


def _check(prepared: PreparedGraph, schedule: Schedule) -> tuple[Decision | None, str]:
    """Allocate and check a schedule that the solver has returned."""
    addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, schedule), prepared.machine.scratch_words)
    if addresses is None:
        return None, "no scratch addresses were found"
    decision = Decision(schedule, addresses)
    problems = check_decision(prepared.graph, decision, make_candidate(prepared, decision).program)
    return (None, problems[0]) if problems else (decision, "")
