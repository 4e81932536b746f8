"""``slotsmith report``: schedules of entries as a page to look at, without network."""

from importlib.util import find_spec
from typing import Annotated

import typer

from machine.errors import MissingLibraryError, UserError
from search.board.leaderboard import Leaderboard
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    OutputOption,
    ResultsOption,
    find_any,
    print_written,
    write_output,
)
from search.pages.subject import subject_of

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
    from search.pages.schedule_page import schedule_page  # noqa: PLC0415  (bokeh need not be installed)

    if len(entries) > _MOST_ENTRIES:
        raise UserError(f"a report shows one entry or compares two, not {len(entries)}")
    board = Leaderboard(results)
    known, journal = board.entries(), board.journal()
    subjects = [subject_of(board, find_any(board, entry, category, machine), known, journal) for entry in entries]
    write_output(output, schedule_page(subjects))
    for subject in subjects:
        print_written(subject.entry, output)


def require_bokeh() -> None:
    """Refuse to go on where charts cannot be drawn.

    Raises:
        MissingLibraryError: Bokeh is not installed.
    """
    if find_spec("bokeh") is None:
        raise MissingLibraryError("pages are drawn by Bokeh", "report")
