"""What commands that end with an entry say of what has become of it."""

from dataclasses import replace

import pytest

from search.board.submission import Submission
from search.bounds.bound import Bound
from search.cli.submission_lines import print_submission
from tests.search.problems import DOUBLING, entry_of

ENTRY, CANDIDATE = entry_of(DOUBLING)
LOWER = replace(ENTRY, bound=Bound(1, "hardly anything"))
CYCLES, BOUND = ENTRY.cycles, ENTRY.bound.cycles
NOT_KEPT = "not better than the leaderboard, not kept"


@pytest.mark.parametrize(
    ("submission", "said"),
    [
        (Submission(ENTRY, CANDIDATE, is_best=True), "new best on the leaderboard"),
        (Submission(ENTRY, CANDIDATE, is_best=False), NOT_KEPT),
        (
            Submission(ENTRY, CANDIDATE, is_best=False, known_bound=1),
            f"{NOT_KEPT}; bound of its graph raised there from 1 to {BOUND}",
        ),
        (
            Submission(ENTRY, CANDIDATE, is_best=False, before=ENTRY),
            f"{CYCLES} cycles, not improved, nothing to keep",
        ),
        (
            Submission(ENTRY, CANDIDATE, is_best=False, before=LOWER),
            f"{CYCLES} cycles, not improved; bound raised from 1 to {BOUND}",
        ),
    ],
)
def test_what_has_become_of_an_entry_and_of_the_bound_of_its_graph(
    submission: Submission, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_submission(submission)
    assert capsys.readouterr().out.splitlines()[-1] == f"  entry      {ENTRY.id}: {said}"
