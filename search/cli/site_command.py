"""``slotsmith site``: the leaderboard as pages that any web server can hand out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from search.board.leaderboard import Leaderboard
from search.cli.check_command import report_unreadable
from search.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption, print_json
from search.cli.report_command import require_bokeh


def site_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write; made if need be.")],
    programs: Annotated[
        bool, typer.Option("--programs", help="Publish the best programs too, as JSON and assembly.")
    ] = False,
    reports: Annotated[
        bool, typer.Option("--reports", help="Publish a report of each best schedule too, which tells the program.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Write the leaderboard as a static site: all tasks, gaps, records over time, knobs; no network is needed.

    Programs are left out unless asked for: the authors of the take-home ask that winning programs stay private.

    Example: slotsmith site -o public --reports
    """
    require_bokeh()
    from search.pages.board_site import write_site  # noqa: PLC0415  (bokeh need not be installed)

    board = Leaderboard(results)
    report_unreadable(board)
    files = write_site(board, output, _tell, programs=programs, reports=reports)
    if json:
        print_json({"index": str(files[0]), "files": [str(file) for file in files]})
    else:
        typer.echo(f"{files[0]}: the first of {len(files)} files")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
