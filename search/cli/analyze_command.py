"""``slotsmith analyze``: what a sweep has led to so far, printed and drawn."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from machine.errors import MissingLibraryError, UserError
from search.board.leaderboard import Leaderboard
from search.cli.analyze_screen import print_screen
from search.cli.fitting_table import Column, print_table, terminal
from search.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption, print_json
from search.files import journal_file
from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis, analyze
from search.sweep.reporting.board_bounds import with_board_bounds
from search.sweep.reporting.history import History, read_history
from search.sweep.reporting.tables import (
    TextTable,
    facts,
    failures_table,
    feature_rows,
    importance_table,
    remarks,
    studies_table,
    value_rows,
)

_JOURNAL = "journal.jsonl"

_MESSAGE = 160
"""Characters of a cell, at most: whole messages are in the report."""


def analyze_command(
    sweep: Annotated[str, typer.Argument(help="A sweep's name, its folder or its journal.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The folder for report and pictures; the sweep's if not given."),
    ] = None,
    study: Annotated[int | None, typer.Option(min=0, help="Only this study, by its number.")] = None,
    results: ResultsOption = DEFAULT_RESULTS,
    details: Annotated[bool, typer.Option("--details", help="Print every table, however long.")] = False,
    json: JsonOption = False,
) -> None:
    """Print and plot how a sweep went: best so far over time and trials, knob importance, failures by kind.

    Writes report.html, which stands alone, and its pictures as PNG. The sweep may be running.

    Example: slotsmith analyze overnight
    """
    path = find_journal(sweep, results)
    history = load_history(path)
    analysis = with_board_bounds(analyze(history, study), history, Leaderboard(results).placed())
    files = _write_report(analysis, output or path.parent, "" if study is None else f"-study{study}")
    if json:
        print_json({**analysis.to_json(), "journal": str(path), "files": [str(file) for file in files]})
    elif details:
        _print_details(analysis, files)
    else:
        print_screen(terminal(), analysis, files)


def load_history(path: Path) -> History:
    """What a journal says.

    Raises:
        UserError: it cannot be read, or is no sweep's.
    """
    try:
        return read_history(journal_file.read(path), path.parent.name)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def find_journal(sweep: str, results: Path) -> Path:
    """The journal of the sweep that ``sweep`` names: by its name in a results folder, its folder, or its own path.

    Raises:
        UserError: there is none.
    """
    home = results / "sweeps"
    for path in (home / sweep / _JOURNAL, Path(sweep) / _JOURNAL, Path(sweep)):
        try:
            if path.is_file():
                return path
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None
    names = sorted(path.parent.name for path in home.glob(f"*/{_JOURNAL}"))
    there = f"there are {', '.join(names)}" if names else "there is none yet: `slotsmith sweep FILE` runs one"
    raise UserError(f"no sweep '{sweep}' in {home}: {there}")


def _write_report(analysis: SweepAnalysis, folder: Path, suffix: str) -> list[Path]:
    try:
        from search.sweep.reporting.report import write_report  # noqa: PLC0415  (Matplotlib is not for every command)
    except ImportError:
        raise MissingLibraryError("this needs Matplotlib", "sweep") from None
    if find_spec("bokeh") is None:
        return write_report(analysis, folder, suffix)
    from search.pages.sweep_page import sweep_page  # noqa: PLC0415  (Bokeh need not be installed)

    return write_report(analysis, folder, suffix, sweep_page)


def _print_details(analysis: SweepAnalysis, files: list[Path]) -> None:
    # Without a terminal nothing says how wide a line may be: break no cell.  Names and messages are no markup.
    console = Console(width=None if sys.stdout.isatty() else 240, markup=False, highlight=False, emoji=False)
    console.print(f"sweep {analysis.name}", style="bold")
    for name, value in facts(analysis):
        console.print(f"  {name:<11}{value}", soft_wrap=True)
    console.print()
    _print_table(console, studies_table(analysis))
    for series in analysis.features:
        _print_table(console, feature_rows(series))
    for study in analysis.studies:
        _print_study(console, study)
    if analysis.failures:
        _print_table(console, failures_table(analysis))
    else:
        console.print("no trial failed\n")
    for remark in remarks():
        console.print(remark, style="dim")
    console.print()
    for file in files:
        console.print(f"  wrote      {file}", soft_wrap=True)


def _print_study(console: Console, study: StudyAnalysis) -> None:
    if study.importance.reason is not None:
        console.print(f"study {study.number}: no importance: {study.importance.reason}\n")
        return
    _print_table(console, importance_table(study))
    if study.importance.doubt:
        console.print(f"study {study.number}: {study.importance.doubt}\n")
    for table in study.values:
        _print_table(console, value_rows(study, table))


def _print_table(console: Console, content: TextTable) -> None:
    columns = [Column(name, -place, place >= content.texts) for place, name in enumerate(content.columns)]
    cut = [[cell if len(cell) <= _MESSAGE else f"{cell[: _MESSAGE - 4]} ..." for cell in row] for row in content.rows]
    print_table(console, columns, cut, content.title)
