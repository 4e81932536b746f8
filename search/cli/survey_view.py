"""``slotsmith search --all``: the whole suite, row by row, and the table of gaps."""

from collections import Counter
from pathlib import Path

import typer

from machine.errors import UserError
from machine.model import load_machine
from search.board.leaderboard import Leaderboard
from search.cli.live import live_view
from search.cli.options import print_json
from search.processes.workers import open_runner
from search.strategy.budget import Budget
from search.survey.survey_row import RowState, SurveyRow
from search.survey.survey_run import Survey, SurveySettings, survey_tasks
from search.survey.survey_table import SurveyTable

SURVEY_SECONDS = 120.0
BOARD = "suite"
"""The folder, in that of results, of the suite's own leaderboard."""


def survey(patterns: str, machines: str, settings: SurveySettings, results: Path, *, json: bool) -> None:
    """Search the suite, print each row, and write the table.

    Raises:
        UserError: a name names nothing, or the table cannot be read or written.
        KeyboardInterrupt: Ctrl-C; the rows that are finished are in the table.
    """
    models = [load_machine(name) for name in _parts(machines)]
    if not models:
        raise UserError("--machines names no machine")
    tasks = survey_tasks(_parts(patterns), models)
    board, table = Leaderboard(results / BOARD), SurveyTable(results)
    found, budget = Survey(settings, table, board), Budget(settings.seconds)
    board.ensure_writable()
    wanted = [task for task in tasks if found.is_wanted(task)]
    if len(wanted) < len(tasks) and not json:
        typer.echo(f"{len(tasks) - len(wanted)} of {len(tasks)} rows are finished: see --again")
    with open_runner(settings.workers) as runner:
        for task in wanted:
            with live_view(" ".join(task.key), budget, quiet=json) as watch:
                row = found.search(task, runner, watch)
            if not json:
                typer.echo(_line(row))
    rows = [row for row in map(found.row, tasks) if row is not None]
    if json:
        print_json([row.to_json() for row in rows])
        return
    counts = Counter(row.state for row in rows)
    typer.echo(", ".join(f"{counts[state]} {state.value}" for state in RowState if counts[state]))
    typer.echo(f"table: {table.page}")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _line(row: SurveyRow) -> str:
    what = " ".join(row.key)
    if row.cycles is None:
        return f"{what}: no program: {row.note}"
    gap = "" if row.state is RowState.PROVEN else f", bound {row.bound}, gap {row.gap:.1%}"
    failed = f"; this run failed: {row.note}" if row.note else ""
    return f"{what}: {row.cycles} cycles, {row.state.value}{gap}, {row.seconds:.1f} s{failed}"
