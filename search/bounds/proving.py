"""Lower bounds of a graph, proven by one argument after another: critical path, work, then counts."""

import sys

from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import counting_bound, refute
from search.processes.isolate import call_isolated
from search.solver.solve_outcome import SolveLimits

_GRACE_SECONDS = 10.0


def prove_bound(
    prepared: PreparedGraph, limits: SolveLimits | None = None, most: int | None = None, known: Bound | None = None
) -> Bound:
    """The best bound of a graph that its arguments prove.

    Args:
        prepared: the graph.
        limits: for counting, in a process of its own; ``None`` ends with critical path and work, which take
            milliseconds.
        most: the length of a schedule, above which there is nothing to prove; ``None`` where there is none yet.
        known: a bound proven before, to go on from; ``None`` begins with critical path and work.
    """
    bound = lower_bound(prepared) if known is None else known
    most = sys.maxsize if most is None else most
    if limits is None or bound.cycles >= most:
        return bound
    arguments = (prepared, bound, most, limits)
    return call_isolated(counting_bound, arguments, limits.seconds + _GRACE_SECONDS, limits.memory_bytes).value or bound


def prove_shortest(prepared: PreparedGraph, length: int, limits: SolveLimits) -> Bound | None:
    """The bound ``length``, if counts prove within the limits that no schedule is shorter; else ``None``."""
    arguments = (prepared, length - 1, limits)
    return call_isolated(refute, arguments, limits.seconds + _GRACE_SECONDS, limits.memory_bytes).value
