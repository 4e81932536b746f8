"""A walk over policies on one graph: list schedules, the best of which is kept."""

import time
from collections import Counter
from random import Random

from machine.errors import SlotsmithError
from machine.graph.decision import Decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.scheduling.decide import decide
from search.scheduling.policy import Policy, default_policy, mutate_policy, sample_policy


class PolicyWalk:
    """Hill climbing over policies: most are mutations of the best so far, some are fresh.

    Attributes:
        tried: policies that were asked for.
    """

    def __init__(self, machine: Machine, start: Policy | None, random: Random) -> None:
        self._machine = machine
        self._random = random
        self._best: tuple[int, Policy] | None = None
        self._first = default_policy(machine) if start is None else start
        self._fresh = 0.6 if start is None else 0.05
        self.tried = 0

    def ask(self) -> Policy:
        """The policy to try next."""
        self.tried += 1
        if self.tried == 1:
            return self._first
        if self._random.random() < self._fresh or self._best is None:
            return sample_policy(self._machine, self._random)
        return mutate_policy(self._best[1], self._random)

    def tell(self, policy: Policy, cycles: int) -> None:
        """What a policy led to."""
        if self._best is None or cycles <= self._best[0]:
            self._best = cycles, policy


def best_of_walk(
    prepared: PreparedGraph,
    walk: PolicyWalk,
    schedules: int,
    failures: Counter[str],
    until: float | None = None,
) -> tuple[Policy, Decision]:
    """The best of ``schedules`` policies, and its decision; those that lead to nothing are counted in ``failures``.

    Where a time is given, as :func:`time.monotonic` tells it, the walk ends with the first decision after it.

    Raises:
        SlotsmithError: all led to nothing, the last by this error.
    """
    best: tuple[Policy, Decision] | None = None
    last: SlotsmithError | None = None
    for _ in range(schedules):
        if best is not None and until is not None and time.monotonic() >= until:
            break
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
