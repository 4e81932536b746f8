"""What commands that end with an entry print of it."""

from shutil import get_terminal_size
from textwrap import wrap

import typer

from machine.nearest import counted
from problems.knobs import default_settings
from search.board.entry import Entry
from search.board.submission import Submission

_PLAIN_WIDTH, _LEAST_WIDTH = 120, 40
"""Columns where nothing says how many there are, and what is taken for the fewest."""


def entry_title(entry: Entry) -> str:
    """The task of an entry, in words."""
    return f"{entry.problem} {entry.shape_text} {entry.category} on {entry.machine['name']}"


def print_knobs(entry: Entry) -> None:
    """Say which knobs led to an entry, and how many are as a search finds them; no word is broken."""
    task = entry.task()
    defaults = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    changed = [f"{name}={value}" for name, value in entry.knobs.items() if defaults.get(name) != value]
    if not entry.knobs:
        return
    same = len(entry.knobs) - len(changed)
    text = ", ".join([*changed, _at_their_defaults(same, others=bool(changed))] if same else changed)
    width = max(_LEAST_WIDTH, get_terminal_size((_PLAIN_WIDTH, 24)).columns)
    for line in wrap(
        text,
        width,
        initial_indent="  knobs      ",
        subsequent_indent=" " * 13,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        typer.echo(line)


def _at_their_defaults(count: int, *, others: bool) -> str:
    """So many knobs, at least one, in words; ``others`` says that some were named before."""
    if count == 1:
        return "the other at its default" if others else "the one at its default"
    return f"{count} others at their defaults" if others else f"all {count} at their defaults"


def print_submission(submission: Submission) -> None:
    """Say how an entry was validated, and whether it is the leaderboard's best now."""
    entry = submission.entry
    typer.echo(f"  validated  on {counted(entry.validation.inputs, 'input')}: {', '.join(entry.validation.checks)}")
    what = "new best on the leaderboard" if submission.is_best else "not better than the leaderboard, not kept"
    typer.echo(f"  entry      {entry.id}: {what}")
