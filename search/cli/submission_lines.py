"""What commands that end with an entry print of it."""

from shutil import get_terminal_size
from textwrap import wrap

import typer

from machine.nearest import counted
from problems.knobs import default_settings
from search.board.entry import Entry
from search.board.rewriting_text import rewriting_text
from search.board.submission import Submission
from search.tasks.rewriting_knob import OFF, REWRITE

_PLAIN_WIDTH, _LEAST_WIDTH = 120, 40
"""Columns where nothing says how many there are, and what is taken for the fewest."""


def entry_title(entry: Entry) -> str:
    """The task of an entry, in words."""
    return f"{entry.problem} {entry.shape_text} {entry.category} on {entry.machine['name']}"


def print_knobs(entry: Entry) -> None:
    """Say which knobs led to an entry, and how many are as a search finds them."""
    task = entry.task()
    defaults = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    changed = [f"{name}={value}" for name, value in entry.knobs.items() if defaults.get(name) != value]
    if not entry.knobs:
        return
    same = len(entry.knobs) - len(changed)
    _print_wrapped("knobs", ", ".join([*changed, _at_their_defaults(same, others=bool(changed))] if same else changed))


def print_rewriting(entry: Entry) -> None:
    """Say how the graph of an entry was rewritten, if its search was to do so."""
    if entry.rewriting is not None:
        _print_wrapped("rewritten", f"by {rewriting_text(entry.rewriting)}")
    elif entry.knobs.get(REWRITE, OFF) != OFF:
        _print_wrapped("rewritten", "no: nothing better was found")


def _print_wrapped(title: str, text: str) -> None:
    """A line of a title and text or, where the terminal is narrow, several; no word is broken."""
    width = max(_LEAST_WIDTH, get_terminal_size((_PLAIN_WIDTH, 24)).columns)
    for line in wrap(
        text,
        width,
        initial_indent=f"  {title:<11}",
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
    """Say how an entry was validated, if it was, and what has become of it on the leaderboard."""
    entry = submission.entry
    if submission.before is None:
        typer.echo(f"  validated  on {counted(entry.validation.inputs, 'input')}: {', '.join(entry.validation.checks)}")
    typer.echo(f"  entry      {entry.id}: {_what_became(submission)}")


def _what_became(submission: Submission) -> str:
    """What has become of an entry on the leaderboard, in words."""
    if submission.is_best:
        return "new best on the leaderboard"
    former, bound = submission.former_bound, submission.entry.bound.cycles
    if submission.before is None:
        said = "not better than the leaderboard, not kept"
        return said if former is None else f"{said}; bound of its graph raised there from {former} to {bound}"
    said = "not improved"
    if submission.is_gone:
        said = f"{said}; another session has removed it meanwhile; the bound of its graph is {bound}, not {former}"
    elif former is None:
        said = f"{said}, nothing to keep"
    else:
        said = f"{said}; bound raised from {former} to {bound}"
    return f"{counted(submission.entry.cycles, 'cycle')}, {said}"
