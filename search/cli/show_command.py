"""``slotsmith show``: why an entry takes the cycles that it takes."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from search.board.leaderboard import Leaderboard
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    EntryArgument,
    JsonOption,
    ResultsOption,
    entry_summary,
    find_any,
    print_json,
)
from search.cli.show_page import heading_of, print_explanation
from search.cli.timeline_page import print_timeline
from search.explain.cycle_timeline import parse_cycles, timeline
from search.explain.explanation_data import explanation_data, timeline_data
from search.explain.operation_text import GraphText
from search.explain.readiness import find_readiness
from search.strategy.entry_explanation import explain_entry
from search.strategy.from_board import rebuild

_PLAIN_WIDTH = 120
"""Columns where neither a terminal nor the variable COLUMNS says how many there are."""


def show_command(
    entry: EntryArgument,
    cycles: Annotated[
        str | None, typer.Option(help="Print the timeline of cycles first:end instead, end not included.")
    ] = None,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Explain an entry: use of engines, idle slots, critical chain, what its bound rests on, what changes are worth.

    Example: slotsmith show tree_hash --cycles 100:140
    """
    board = Leaderboard(results)
    found = find_any(board, entry, category, machine)
    candidate = rebuild(board, found).candidate
    prepared, schedule = candidate.prepared, candidate.decision.schedule
    console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PLAIN_WIDTH, highlight=False)
    if cycles is not None:
        span = parse_cycles(cycles, schedule.length)
        text = GraphText(prepared)
        rows = timeline(prepared, schedule, find_readiness(prepared, schedule), span)
        if json:
            told_rows = timeline_data(text, rows)
            print_json({**entry_summary(found), "first": span.start, "end": span.stop, "timeline": told_rows})
        else:
            print_timeline(console, text, rows, span)
        return
    told = explain_entry(found, candidate)
    if json:
        print_json({**entry_summary(found), **explanation_data(told)})
    else:
        print_explanation(console, heading_of(found, told), told)
