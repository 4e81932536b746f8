"""Tables on narrow terminals: every word is whole, and what has no room is named."""

import pytest
from rich.console import Console

from search.cli.fitting_table import PLAIN_WIDTH, Column, print_table, terminal

COLUMNS = Column("task", 9), Column("shape", 5), Column("cycles", 8, True), Column("reason", 1), Column("entry", 3)
ROWS = [
    ("tree_hash", "height=10, rounds=16, batch=256", "873", "the sources have changed", "tree_hash-57a641041d"),
    ("convolution_3x3", "rows=4, columns=8", "15", "[bold] is no markup", "convolution_3x3-1234567890"),
]


def printed(width: int) -> str:
    console = Console(width=width, markup=False)
    with console.capture() as captured:
        print_table(console, COLUMNS, ROWS, "a title")
    return captured.get()


def left_out_of(width: int) -> list[str]:
    told = " ".join(printed(width).split()).partition("Left out for want of columns: ")[2]
    return told.rstrip(".").split(", ") if told else []


@pytest.mark.parametrize("width", range(34, 130, 4))
def test_no_line_is_too_long_and_no_word_is_broken(width: int) -> None:
    out = printed(width)
    assert all(len(line) <= width for line in out.splitlines())
    words = set(out.split())
    for place, column in enumerate(COLUMNS):
        if column.name not in left_out_of(width):
            assert {word for row in ROWS for word in row[place].split()} <= words


def test_columns_of_little_weight_are_left_out_first() -> None:
    assert left_out_of(130) == []
    assert left_out_of(70) == ["reason"]
    assert left_out_of(50) == ["reason", "entry"]


def test_a_lone_column_stays_however_narrow() -> None:
    assert "tree_hash" in printed(12)


def test_a_terminal_of_0_columns_is_one_of_unknown_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "0")
    assert terminal().width == PLAIN_WIDTH
    monkeypatch.setenv("COLUMNS", "60")
    assert terminal().width == 60
