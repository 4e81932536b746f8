"""From an entry of the leaderboard back to a solution that stages can go on from."""

from machine.errors import UserError
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, Reproduction, graph_digest, reproduce
from search.board.leaderboard import Leaderboard
from search.bounds.trusting import trusted
from search.scheduling.incumbent import incumbent_of
from search.scheduling.policy import Policy, default_policy
from search.strategy.solution import Solution
from search.tasks.task import TaskName


def rebuild(board: Leaderboard, entry: Entry) -> Reproduction:
    """The entry, built again to the bit.

    Raises:
        UserError: this version builds another graph or program.
    """
    again = reproduce(entry, board.decision(entry))
    if not again.succeeded:
        raise UserError(f"entry {entry.id} cannot be rebuilt by this version: `slotsmith reproduce` says what differs")
    return again


def entry_solution(board: Leaderboard, entry: Entry) -> Solution:
    """The entry's schedule on its graph, built again, with the bound that can be proven or checked at once.

    Raises:
        UserError: this version builds another graph or program, or its policy is for another machine.
    """
    again = rebuild(board, entry)
    candidate, prepared = again.candidate, again.candidate.prepared
    policy = Policy.from_json(entry.policy) if entry.policy else None
    if policy is not None:
        policy.require_for(prepared.machine)
    order = (policy or default_policy(prepared.machine)).engine_order
    incumbent = incumbent_of(prepared.flat, candidate.decision, order)
    return Solution(again.knobs, policy, prepared, incumbent, trusted(prepared, entry.bound))


def entry_of_graph(board: Leaderboard, name: TaskName, prepared: PreparedGraph) -> Entry | None:
    """The entry with the shortest schedule of this very graph, for this task; ``None`` if there is none."""
    digest = graph_digest(prepared.flat, prepared.machine)
    key = name.problem, name.shape, name.category, name.machine.name
    same = [
        each.entry
        for each in board.placed()
        if each.counts and each.entry.key == key and each.entry.hashes.graph == digest
    ]
    return min(same, key=lambda entry: (entry.cycles, -entry.bound.cycles), default=None)
