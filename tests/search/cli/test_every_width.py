"""Tables of commands at 60, 80 and 120 columns: no cell is broken inside a word, and no row is cut off."""

from pathlib import Path

import pytest

from search.cli import explore_command, jobs_commands
from search.cli.fitting_table import Column, print_table, terminal
from tests.search.cli.conftest import ENTRY, Command

COMMANDS = {
    "leaderboard": ("leaderboard", "--results", "RESULTS"),
    "show": ("show", ENTRY, "--results", "RESULTS"),
    "problems": ("problems",),
    "knobs": ("knobs", "tree_hash"),
    "machines": ("machines",),
    "a machine": ("machines", "takehome"),
    "a machine with opcodes of its own": ("machines", "signal"),
    "rules": ("rules",),
    "rewrite": ("rewrite", "matrix_product", "--effort", "0.2"),
}
TOLD_WHERE_NARROW = {
    "Left",
    "out",
    "for",
    "want",
    "of",
    "columns:",
    *["12", "links,", "those", "that", "were", "delayed", "longest"],
}


def words(text: str) -> set[str]:
    """The words of a text; not those of lines and curves, which are as long as there is room."""
    return {word for word in text.split() if not set(word) & set("▁▂▃▄▅▆▇█─")}


@pytest.mark.parametrize("name", COMMANDS)
def test_words_are_whole(command: Command, results: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    arguments = [results if argument == "RESULTS" else argument for argument in COMMANDS[name]]
    monkeypatch.setenv("COLUMNS", "1000")
    whole = command(*arguments).out
    assert "─" in whole
    for width in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        out = command(*arguments).out
        left_out = {word.strip(",.") for word in out.partition("Left out for want of columns: ")[2].split()}
        assert {word.strip(",.") for word in words(out) - words(whole)} <= TOLD_WHERE_NARROW | left_out, width


@pytest.mark.parametrize("columns", [explore_command._COLUMNS, jobs_commands._COLUMNS], ids=["explore", "jobs"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_columns_of_what_is_not_at_hand_fit(
    columns: tuple[Column, ...], width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    cell = {"job": "raysubmit_1dxCeNvG1fCMVNHG", "started (UTC)": "2026-11-21 20:15:00", "results": "/srv/results/team"}
    rows = [tuple(cell.get(each.name, "1234" if each.is_number else "overnight run") for each in columns)]
    print_table(terminal(), columns, rows)
    out = capsys.readouterr().out
    assert all(len(line) <= width for line in out.splitlines())
    assert {word for text in rows[0][:1] for word in text.split()} <= words(out)
