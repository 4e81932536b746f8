"""From a prepared graph and a policy to a decision."""

from collections.abc import Iterator, Sequence

from machine.graph.decision import Decision, Schedule
from search.analysis.prepared_graph import PreparedGraph
from search.errors import AllocationError
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import Policy
from search.scratch.allocation import allocate_largest_first
from search.scratch.placement import COLOURING, THOROUGH, Allocator, place

_REPAIR_STEP = 8
_MOST_REPAIRS = 24


def decide(prepared: PreparedGraph, policy: Policy) -> Decision:
    """Schedule and allocate; where no addresses are found, *repair*: schedule again in less scratch.

    Raises:
        ScratchExceededError: the graph does not fit scratch in any order tried.
        ScheduleStuckError: nothing could be issued.
        AllocationError: no addresses were found after many repairs.
    """
    schedules: dict[int, Schedule] = {}
    for capacity, allocators in _attempts(prepared):
        if capacity not in schedules:
            schedules[capacity] = schedule(prepared, policy, capacity)
        decision = place(prepared, schedules[capacity], allocators)
        if decision is not None:
            return decision
    raise AllocationError(
        f"no addresses were found in {prepared.machine.scratch_words} words for {len(schedules)} schedules"
    )


def _attempts(prepared: PreparedGraph) -> Iterator[tuple[int, Sequence[Allocator]]]:
    """Capacities in which to schedule, and how to allocate then.

    First those in which the graph runs in its own order, by colouring alone, which is cheap; then the same by the
    allocator that takes longer; then those in which only a form of the graph runs.
    """
    words = prepared.machine.scratch_words
    capacities = range(words, words - _MOST_REPAIRS * _REPAIR_STEP, -_REPAIR_STEP)
    roomy = [capacity for capacity in capacities if capacity >= prepared.needed_words]
    yield from ((capacity, COLOURING) for capacity in roomy)
    yield from ((capacity, (allocate_largest_first,)) for capacity in roomy)
    for capacity in capacities[len(roomy) :]:
        if capacity < words and not prepared.can_run_in(capacity):
            return
        yield capacity, THOROUGH
