"""Refutes again what a solver is said to have refuted: the word of a solver is worth as much as its repetition."""

from dataclasses import replace

from machine.certificates.certificate import Model, Refutation, Solver
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.partitions import partitions
from search.bounds.proving import prove_bound, prove_shortest
from search.cpsat.lane_groups import Granularity
from search.processes.isolate import call_isolated
from search.solver.purse import Purse
from search.solver.solve_outcome import SOLVING, SolveLimits, Status

_GRACE_SECONDS = 10.0

_RECIPE_SHARE, _EXACT_SHARE = 0.4, 0.3
"""Of the limits, for the model that the recipe names, and for the exact one; counts have what is left."""


def refute_again(prepared: PreparedGraph, length: int, recipe: Refutation | None, limits: SolveLimits) -> Bound | None:
    """The bound ``length + 1``, if a solver finds within the limits that there is no schedule of ``length`` cycles.

    Args:
        prepared: the graph.
        length: to be refuted.
        recipe: how that was done before; ``None`` where nobody has written it down.
        limits: for all that is tried, in processes of their own.
    """
    purse = Purse(limits)
    exact = Refutation(Model.EXACT.value, Solver.CP_SAT.value, length)
    tries = [(exact, _EXACT_SHARE)]
    if recipe is not None and recipe.solver == Solver.CP_SAT.value:
        tries.insert(0, (recipe, _RECIPE_SHARE))
    for each, share in tries:
        part = replace(limits, seconds=share * limits.seconds)
        arguments = (prepared, length, each, part)
        call = call_isolated(_refute, arguments, part.seconds + _GRACE_SECONDS, limits.memory_bytes, SOLVING)
        if call.value is not None:
            return call.value
    return prove_shortest(prepared, length + 1, purse.part(1.0))


def _refute(prepared: PreparedGraph, length: int, recipe: Refutation, limits: SolveLimits) -> Bound | None:
    """What the recipe gives for a graph; runs in a process of its own, which alone loads the solver."""
    from search.bounds.counting import has_counts  # noqa: PLC0415  (loads CP-SAT)
    from search.cpsat.solve import solve_exact  # noqa: PLC0415  (loads CP-SAT)

    if recipe.model == Model.COUNTS.value:
        partition = next((each for each in partitions(prepared) if each.apart >= recipe.apart), None)
        refuted = partition is not None and has_counts(prepared, partition, length, limits) is False
        return partition.bound(length, Solver.CP_SAT) if partition is not None and refuted else None
    words, floor = prepared.machine.scratch_words, min(length, prove_bound(prepared).cycles)
    outcome = solve_exact(prepared, length, floor, Granularity.SINGLE_LANES, words, limits)
    if outcome.status is not Status.INFEASIBLE:
        return None
    made = Refutation(Model.EXACT.value, Solver.CP_SAT.value, length)
    return Bound(length + 1, f"CP-SAT, {Granularity.SINGLE_LANES.value}", made)
