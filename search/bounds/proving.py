"""Lower bounds of a graph, proven by one argument after another: critical path, work, multipliers, then counts."""

import sys
from dataclasses import replace
from functools import partial
from typing import Any

from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound, TellBound
from search.bounds.chains_and_work import lower_bound
from search.bounds.multiplier_bound import is_worth_trying, multiplier_bound
from search.processes.isolate import call_isolated
from search.solver.purse import Purse
from search.solver.solve_outcome import SOLVING, SolveLimits, Spend, unspent

_GRACE_SECONDS = 10.0

_MULTIPLIERS_SHARE = 0.6
"""Of the time, for multipliers; they know time alone, and are left out of what is to be repeatable."""

_FAR = 2
"""Bounds are looked for up to so many times the one of work and path, where no schedule says how far they can go."""


def prove_bound(
    prepared: PreparedGraph,
    limits: SolveLimits | None = None,
    most: int | None = None,
    known: Bound | None = None,
    spend: Spend = unspent,
    tell: TellBound = lambda bound: None,
) -> Bound:
    """The best bound of a graph that its arguments prove.

    Args:
        prepared: the graph.
        limits: for multipliers and counting, in processes of their own; ``None`` ends with critical path and work,
            which take milliseconds.
        most: the length of a schedule, above which there is nothing to prove; ``None`` where there is none yet.
        known: a bound proven before, to go on from; ``None`` begins with critical path and work.
        spend: is told of the deterministic time of every solve.
        tell: is told of the best bound so far, before counting and about twice a second before that.
    """
    bound = lower_bound(prepared) if known is None else known
    if limits is None or (most is not None and bound.cycles >= most):
        return bound
    purse = Purse(limits)
    if limits.deterministic_time is None:
        seconds = _MULTIPLIERS_SHARE * limits.seconds
        part = replace(limits, seconds=seconds)
        bound = prove_by_multipliers(prepared, bound, most, part, tell)
    tell(bound)
    most = sys.maxsize if most is None else most
    left = purse.seconds
    if bound.cycles >= most or left <= 0:
        return bound
    arguments = (prepared, bound, most, replace(limits, seconds=left))
    seconds, hear = left + _GRACE_SECONDS, partial(_hear_spent, spend)
    return call_isolated(_counting_bound, arguments, seconds, limits.memory_bytes, SOLVING, hear).value or bound


def prove_by_multipliers(
    prepared: PreparedGraph, bound: Bound, most: int | None, limits: SolveLimits, tell: TellBound = lambda bound: None
) -> Bound:
    """The best bound from ``bound`` to ``most`` cycles that multipliers prove within the limits.

    About twice a second ``tell`` is told the best so far, which is kept whatever ends the process that proves it.
    """
    end = _FAR * bound.cycles if most is None else most
    if not is_worth_trying(prepared, bound, end):
        return bound
    best = bound

    def hear(proven: Bound | None) -> None:
        nonlocal best
        best = proven or best
        tell(best)

    arguments, seconds = (prepared, bound, end, limits.seconds, limits.workers), limits.seconds + _GRACE_SECONDS
    return call_isolated(multiplier_bound, arguments, seconds, limits.memory_bytes, SOLVING, hear).value or best


def prove_shortest(prepared: PreparedGraph, length: int, limits: SolveLimits, spend: Spend = unspent) -> Bound | None:
    """The bound ``length``, if counts prove within the limits that no schedule is shorter; else ``None``.

    ``spend`` is told of the deterministic time of every solve.
    """
    arguments, seconds = (prepared, length - 1, limits), limits.seconds + _GRACE_SECONDS
    return call_isolated(_refute, arguments, seconds, limits.memory_bytes, SOLVING, partial(_hear_spent, spend)).value


def _hear_spent(spend: Spend, work: float | None) -> None:
    """Pass on the work that a process tells of; nothing but that it runs is ``None``."""
    spend(work or 0.0)


def _counting_bound(*arguments: Any) -> Bound:
    """In a process of its own, which alone loads the solver."""
    from search.bounds.counting import counting_bound  # noqa: PLC0415  (loads CP-SAT)

    return counting_bound(*arguments)


def _refute(*arguments: Any) -> Bound | None:
    """In a process of its own, which alone loads the solver."""
    from search.bounds.counting import refute  # noqa: PLC0415  (loads CP-SAT)

    return refute(*arguments)
