"""A walk over policies on one graph: list schedules, the best of which is kept."""

from collections import Counter

from machine.errors import SlotsmithError
from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.decide import decide
from search.scheduling.policy import Policy
from search.strategy.sampler import PolicyWalk


def best_of_walk(
    prepared: PreparedGraph, walk: PolicyWalk, trials: int, failures: Counter[str]
) -> tuple[Policy, Decision]:
    """The best of ``trials`` policies, and its decision; those that lead to nothing are counted in ``failures``.

    Raises:
        SlotsmithError: all led to nothing, the last by this error.
    """
    best: tuple[Policy, Decision] | None = None
    last: SlotsmithError | None = None
    for _ in range(trials):
        policy = walk.ask()
        try:
            decision = decide(prepared, policy)
        except SlotsmithError as error:
            failures[type(error).__name__] += 1
            last = error
            continue
        walk.tell(policy, decision.schedule.length)
        if best is None or decision.schedule.length < best[1].schedule.length:
            best = policy, decision
    if best is None:
        assert last is not None
        raise last
    return best
