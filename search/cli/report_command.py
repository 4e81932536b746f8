"""``slotsmith report``: an entry's schedule as a page to look at, without network."""

from importlib.util import find_spec
from io import StringIO

from rich.console import Console

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.cli.entry_explanation import explain_entry
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    EntryArgument,
    OutputOption,
    ResultsOption,
    find_any,
    write_output,
)
from search.cli.show_page import heading_of, print_explanation
from search.strategy.from_board import rebuild

_WIDTH = 100


def report_command(
    entry: EntryArgument,
    output: OutputOption,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Write an entry's schedule as one HTML page: slots by engine and cycle, use, live words, and what `show` says.

    Example: slotsmith report tree_hash -o schedule.html
    """
    if find_spec("bokeh") is None:
        raise UserError("reports are drawn by bokeh: pip install 'slotsmith[report]'")
    from search.cli.report_page import report_html  # noqa: PLC0415  (bokeh need not be installed)

    board = Leaderboard(results)
    found = find_any(board, entry, category, machine)
    candidate = rebuild(board, found).candidate
    told = explain_entry(found, candidate)
    text = StringIO()
    print_explanation(Console(file=text, width=_WIDTH, highlight=False), heading_of(found, told), told)
    write_output(output, report_html(told, f"{found.id}: {found.cycles} cycles", text.getvalue()))
