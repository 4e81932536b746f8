"""``slotsmith report``: schedules of entries as a page to look at, without network."""

from importlib.util import find_spec
from typing import Annotated

import typer

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.board.past_runs import past_runs
from search.cli.entry_explanation import explain_entry
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    OutputOption,
    ResultsOption,
    find_any,
    write_output,
)
from search.strategy.from_board import rebuild

_MOST_ENTRIES = 2


def report_command(
    entries: Annotated[
        list[str],
        typer.Argument(
            metavar="ENTRY [OTHER]",
            help="An entry's id, or PROBLEM[:shape] for the best one on the machine takehome; two are compared.",
        ),
    ],
    output: OutputOption,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Write an entry's schedule as one HTML page, or two beside each other: slots, curves, scratch, chain, history.

    Example: slotsmith report tree_hash -o schedule.html
    """
    require_bokeh()
    from search.pages.schedule_page import Subject, schedule_page  # noqa: PLC0415  (bokeh need not be installed)

    if len(entries) > _MOST_ENTRIES:
        raise UserError(f"a report shows one entry or compares two, not {len(entries)}")
    board = Leaderboard(results)
    known, journal = board.entries(), board.journal()
    subjects = []
    for entry in entries:
        found = find_any(board, entry, category, machine)
        candidate = rebuild(board, found).candidate
        told = explain_entry(found, candidate)
        subjects.append(Subject(found, candidate, told, past_runs(known, journal, found.key)))
    write_output(output, schedule_page(subjects))


def require_bokeh() -> None:
    """Refuse to go on where charts cannot be drawn.

    Raises:
        UserError: Bokeh is not installed.
    """
    if find_spec("bokeh") is None:
        raise UserError("pages are drawn by bokeh: pip install 'slotsmith[report]'")
