"""Equality saturation: rules and normal forms are applied until nothing new comes of them, or a limit is met."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from rewriting.egraph import EGraph, NodeLimitError
from rewriting.exclusive import ExclusiveForms
from rewriting.linear import LinearForms
from rewriting.matching import Matcher
from rewriting.memory_moves import MemoryMoves
from rewriting.rule import Rule
from rewriting.terms import Region

_PATTERN_DEPTH = 3
"""Operators above a class at which a rule may apply anew when the class changes."""


class Outcome(Enum):
    """How a saturation ended."""

    SATURATED = "saturated"
    NODE_LIMIT = "node limit"
    TIME_LIMIT = "time limit"

    @property
    def is_limit(self) -> bool:
        """Whether there may be more to find."""
        return self is not Outcome.SATURATED


@dataclass(frozen=True, slots=True)
class Limits:
    """What a saturation may use: nodes of the e-graph, and seconds of its thread, lest others' load decide."""

    nodes: int = 20_000
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Saturation:
    """How it ended, and what it took."""

    outcome: Outcome
    nodes: int
    phases: int
    seconds: float


def saturate(
    egraph: EGraph,
    rules: Sequence[Rule],
    limits: Limits,
    may_map: Callable[[Region], bool] = lambda region: False,
) -> Saturation:
    """Apply ``rules``, normal forms and memory moves until nothing changes; the e-graph is sound wherever it stops."""
    start = time.thread_time()
    egraph.limit = limits.nodes
    worker = _Worker(egraph, rules, may_map)
    phases, outcome = 0, Outcome.SATURATED
    try:
        while worker.phase():
            phases += 1
            if time.thread_time() - start > limits.seconds:
                outcome = Outcome.TIME_LIMIT
                break
    except NodeLimitError:
        outcome = Outcome.NODE_LIMIT
    egraph.limit = limits.nodes + 1_000_000  # to restore congruence may take a few constants more
    egraph.rebuild()
    return Saturation(outcome, len(egraph.nodes), phases, time.thread_time() - start)


class _Worker:
    def __init__(self, egraph: EGraph, rules: Sequence[Rule], may_map: Callable[[Region], bool]) -> None:
        self._egraph = egraph
        self._matcher = Matcher(egraph, rules)
        self._sums = LinearForms(egraph)
        self._exclusives = ExclusiveForms(egraph)
        self._memory = MemoryMoves(egraph, self._sums, may_map)

    def phase(self) -> bool:
        """One round of everything; whether there was anything to do."""
        self._egraph.rebuild()
        classes = self._concerned()
        if not classes:
            return False
        for update in (self._sums.update, self._exclusives.update, self._memory.update):
            update(classes)
            self._egraph.rebuild()
        for match in list(self._matcher.matches(iter(self._alive(classes)))):
            self._matcher.apply(match)
        return True

    def _concerned(self) -> list[int]:
        """Classes that have changed, or that a rule may look at a changed class from."""
        found = self._egraph.take_changed()
        edge = found
        for _ in range(_PATTERN_DEPTH):
            edge = {self._egraph.find(user) for number in edge for user in self._egraph.users(number)} - found
            found = found | edge
        return sorted(found)

    def _alive(self, classes: Sequence[int]) -> list[int]:
        return sorted({self._egraph.find(number) for number in classes})
