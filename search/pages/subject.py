"""An entry that is to be shown, with all that its page says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.past_runs import PastRun, past_runs
from search.explain.explanation import Explanation
from search.strategy.entry_explanation import explain_entry
from search.strategy.from_board import rebuild
from search.tasks.candidate import Candidate


@dataclass(frozen=True)
class Subject:
    """An entry to be shown.

    Attributes:
        entry: the entry.
        candidate: its program, decision and graph, built again.
        told: its schedule, explained.
        runs: for its task, in order of time.
    """

    entry: Entry
    candidate: Candidate
    told: Explanation
    runs: Sequence[PastRun]


def subject_of(
    board: Leaderboard, entry: Entry, known: Sequence[Entry], journal: Sequence[Mapping[str, Any]]
) -> Subject:
    """An entry of a board, built again and explained.

    Args:
        board: the leaderboard.
        entry: one of its entries.
        known: all of its entries.
        journal: the lines of its journal.

    Raises:
        UserError: this version builds another graph or program.
    """
    candidate = rebuild(board, entry).candidate
    return Subject(entry, candidate, explain_entry(entry, candidate), past_runs(known, journal, entry.key))
