"""From a prepared graph and a policy to a decision and its program."""

from machine.graph.decision import Decision, Schedule
from search.analysis.prepared_graph import PreparedGraph
from search.errors import AllocationError
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import Policy
from search.scratch.allocation import allocate, allocate_largest_first
from search.scratch.lifetimes import find_lifetimes

_REPAIR_STEP = 8
_MOST_REPAIRS = 24


def decide(prepared: PreparedGraph, policy: Policy) -> Decision:
    """Schedule and allocate; where no addresses are found, schedule again in less scratch, then allocate harder.

    Raises:
        ScratchExceededError: the graph does not fit scratch in any order tried.
        ScheduleStuckError: nothing could be issued.
        AllocationError: no addresses were found after many repairs.
    """
    words, flat = prepared.machine.scratch_words, prepared.flat
    capacities = range(words, words - _MOST_REPAIRS * _REPAIR_STEP, -_REPAIR_STEP)
    tried: list[Schedule] = []
    for capacity in capacities:
        if capacity < prepared.needed_words:
            break
        tried.append(schedule(prepared, policy, capacity))
        addresses = allocate(flat, find_lifetimes(flat, tried[-1]), words)
        if addresses is not None:
            return Decision(tried[-1], addresses)
    for made in tried:
        addresses = allocate_largest_first(flat, find_lifetimes(flat, made), words)
        if addresses is not None:
            return Decision(made, addresses)
    for capacity in capacities[len(tried) :]:
        if tried and not prepared.can_run_in(capacity):
            break
        tried.append(schedule(prepared, policy, capacity))
        lifetimes = find_lifetimes(flat, tried[-1])
        addresses = allocate(flat, lifetimes, words)
        if addresses is None:
            addresses = allocate_largest_first(flat, lifetimes, words)
        if addresses is not None:
            return Decision(tried[-1], addresses)
    raise AllocationError(f"no addresses were found in {words} words for {len(tried)} schedules")
