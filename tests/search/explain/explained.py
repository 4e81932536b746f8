"""Schedules of random graphs, to be explained."""

from dataclasses import dataclass
from functools import cache

from machine.graph.decision import Decision, Schedule
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.chains_and_work import lower_bound
from search.explain.explanation import Explanation, explain
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from tests.search.cases import machines, needed_words, random_prepared, with_scratch

SEEDS = range(3)
MACHINES = machines()


@dataclass(frozen=True)
class Explained:
    """A decision and what it says of itself."""

    prepared: PreparedGraph
    decision: Decision
    told: Explanation

    @property
    def schedule(self) -> Schedule:
        return self.decision.schedule


def explained(prepared: PreparedGraph) -> Explained:
    decision = decide(prepared, default_policy(prepared.machine))
    return Explained(prepared, decision, explain(prepared, decision.schedule, lower_bound(prepared)))


@cache
def random_explained(seed: int, machine: Machine) -> Explained:
    return explained(random_prepared(seed, machine))


@cache
def crowded(seed: int) -> Explained:
    """In hardly more scratch than the graph needs in order."""
    prepared = random_prepared(seed, MACHINES[0], 60)
    return explained(with_scratch(prepared, needed_words(prepared) + 16))
