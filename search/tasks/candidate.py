"""A program and where it comes from."""

from dataclasses import dataclass

from machine.graph.decision import Decision
from machine.program import Program
from search.analysis.prepared_graph import PreparedGraph
from search.tasks.emission import emit


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


def make_candidate(prepared: PreparedGraph, decision: Decision) -> Candidate:
    """Emit a decision's program."""
    return Candidate(prepared, decision, emit(prepared.graph, prepared.flat, decision))
