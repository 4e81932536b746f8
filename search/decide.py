"""From a prepared graph and a policy to a decision and its program."""

from dataclasses import dataclass

from machine.graph.decision import Decision
from machine.program import Program
from search.allocation import allocate, find_lifetimes
from search.emission import emit
from search.errors import AllocationError
from search.list_scheduler import PreparedGraph, schedule
from search.policy import Policy

_REPAIR_STEP = 8
_MOST_REPAIRS = 24


@dataclass(frozen=True)
class Candidate:
    """A program and where it comes from; nothing of it has been checked yet."""

    prepared: PreparedGraph
    decision: Decision
    program: Program

    @property
    def cycles(self) -> int:
        """The program's cycles."""
        return self.decision.schedule.length


def decide(prepared: PreparedGraph, policy: Policy) -> Decision:
    """Schedule and allocate; where no addresses are found, schedule again in less scratch.

    Raises:
        ScratchExceededError: the graph does not fit scratch.
        ScheduleStuckError: nothing could be issued.
        AllocationError: no addresses were found after many repairs.
    """
    words = prepared.machine.scratch_words
    needed = int(prepared.relations.peaks.max(initial=0))
    capacities = [words - repair * _REPAIR_STEP for repair in range(_MOST_REPAIRS)]
    tried = [words, *(capacity for capacity in capacities[1:] if capacity >= needed)]
    for capacity in tried:
        made = schedule(prepared, policy, capacity)
        addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, made), words)
        if addresses is not None:
            return Decision(made, addresses)
    raise AllocationError(f"no addresses were found in {words} words for {len(tried)} schedules")


def make_candidate(prepared: PreparedGraph, decision: Decision) -> Candidate:
    """Emit a decision's program."""
    return Candidate(prepared, decision, emit(prepared.graph, prepared.flat, decision))
