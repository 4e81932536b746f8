"""What an entry says of itself, for the commands that show it."""

from dataclasses import replace

from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, build_again
from search.explain.explanation import Explanation, explain
from search.tasks.candidate import Candidate


def explain_entry(entry: Entry, candidate: Candidate) -> Explanation:
    """The explanation of an entry's schedule, ``candidate`` being the entry built again."""
    task = entry.task()

    def build_for(other: Machine) -> PreparedGraph:
        return build_again(entry, replace(task, machine=other))

    return explain(candidate.prepared, candidate.decision.schedule, entry.bound, build_for)
