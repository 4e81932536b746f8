"""What commands that end with an entry print of it."""

import typer

from search.board.entry import Entry
from search.board.submission import Submission


def entry_title(entry: Entry) -> str:
    """The task of an entry, in words."""
    return f"{entry.problem} {entry.shape_text} {entry.category} on {entry.machine['name']}"


def print_submission(submission: Submission) -> None:
    """Say how an entry was validated, and whether it is the leaderboard's best now."""
    entry = submission.entry
    typer.echo(f"  validated  on {entry.validation.inputs} inputs: {', '.join(entry.validation.checks)}")
    what = "new best on the leaderboard" if submission.is_best else "not better than the leaderboard, not kept"
    typer.echo(f"  entry      {entry.id}: {what}")
