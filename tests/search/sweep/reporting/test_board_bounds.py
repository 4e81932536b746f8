"""A study's bound is the leaderboard's where that is better, and for the very graph of the best trial."""

from dataclasses import replace
from typing import Any

from search.board.standing import PlacedEntry, Standing
from search.bounds.bound import Bound
from search.sweep.reporting.analyze import StudyAnalysis, analyze
from search.sweep.reporting.board_bounds import with_board_bounds
from search.sweep.reporting.history import read_history
from tests.search.problems import SMALL_TREE, entry_of
from tests.search.sweep.reporting.journals import Written

ENTRY = entry_of(SMALL_TREE)[0]
FILE = {
    "studies": [
        {
            "problem": "tree_hash",
            "shapes": [ENTRY.shape_text],
            "fix": {name: value for name, value in ENTRY.knobs.items() if name != "unroll"},
        }
    ]
}


def study(file: dict[str, Any] = FILE, **changes: Any) -> StudyAnalysis:
    """The only study, its best trial having the knobs of an entry, which is as ``changes`` say."""
    written = Written(file)
    written.asked(0, **{"knob.unroll": ENTRY.knobs["unroll"]})
    written.ended(0, ENTRY.cycles, bound=3)
    history = read_history(written.records, "night")
    entry = replace(ENTRY, bound=Bound(5, "better"), **changes)
    (found,) = with_board_bounds(analyze(history), history, [PlacedEntry(entry, Standing.COUNTS)]).studies
    return found


def test_the_boards_bound_counts_where_task_and_knobs_are_the_same() -> None:
    assert (study().bound, study().board_bound) == (5, 5)
    assert study().gap == ENTRY.cycles / 5 - 1


def test_that_of_other_knobs_or_tasks_does_not() -> None:
    assert study(category="values+indices").bound == 3
    assert study(knobs={**ENTRY.knobs, "unroll": 1 + int(ENTRY.knobs["unroll"])}).bound == 3


def test_where_the_problem_is_gone_the_journals_bound_stays() -> None:
    assert study({"studies": [{"problem": "gone"}]}).bound == 3
