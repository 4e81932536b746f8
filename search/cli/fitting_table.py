"""Tables that fit a terminal without breaking a word: columns of little weight are left out where it is narrow."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from shutil import get_terminal_size

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH = 240
"""Columns where neither a terminal nor the variable COLUMNS says how many there are: enough for every cell."""

_PADDING = 3


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: its heading.
        weight: columns of the least weight are left out first; of equal ones the last.
        is_number: whether it holds numbers, which stand to the right.
    """

    name: str
    weight: int = 1
    is_number: bool = False


def terminal() -> Console:
    """Standard output, as wide as the terminal, or as COLUMNS says, or else as wide as need be."""
    if os.environ.get("COLUMNS", "0") != "0":  # some shells say 0 where they do not know
        width = None
    else:
        width = get_terminal_size().columns if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def print_table(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table, and below it what has been left out of it."""
    table, left_out = fitting_table(columns, rows, console.width)
    if title:
        console.print(title, style="bold")
    console.print(table)
    if left_out:
        console.print(f"Left out for want of columns: {', '.join(left_out)}.", style="dim")


def fitting_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> tuple[Table, list[str]]:
    """A table for so many columns of a terminal, and the names of the columns that have no room in it."""
    shown = _fitting(columns, rows, width)
    table = Table(box=box.SIMPLE, pad_edge=False)
    for place, room in shown.items():
        column = columns[place]
        table.add_column(column.name, justify="right" if column.is_number else "left", width=room)
    for row in rows:
        table.add_row(*(Text(row[place]) for place in shown))
    return table, [column.name for place, column in enumerate(columns) if place not in shown]


def _fitting(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> dict[int, int]:
    """The places of the columns that fit, in their order, and widths in which words are whole and cells are low."""
    shown = {place: _need(column, [row[place] for row in rows]) for place, column in enumerate(columns)}
    while len(shown) > 1 and sum(shown.values()) + _PADDING * len(shown) > width:
        del shown[min(reversed(shown), key=lambda place: columns[place].weight)]
    wholes = {place: _whole(columns[place], [row[place] for row in rows]) for place in shown}
    for _ in range(width - sum(shown.values()) - _PADDING * len(shown)):
        tallest = max(shown, key=lambda place: wholes[place] / max(1, shown[place]))
        if shown[tallest] >= wholes[tallest]:
            break
        shown[tallest] += 1
    return shown


def _need(column: Column, cells: Sequence[str]) -> int:
    """The fewest characters in which no word of a column, and no number, breaks."""
    words = [*column.name.split(), *(part for cell in cells for part in ([cell] if column.is_number else cell.split()))]
    return max(map(len, words), default=0)


def _whole(column: Column, cells: Sequence[str]) -> int:
    """The characters in which each cell is a line."""
    return max(map(len, (column.name, *cells)))
