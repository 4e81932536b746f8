"""``slotsmith search --all``: the suite, row by row."""

from pathlib import Path

import pytest

from tests.search.cli.conftest import Command

SAXPY = ("search", "--all", "--problems", "saxpy", "--machines", "takehome", "--workers", "0", "--inputs", "16")


def test_it_prints_each_row_and_goes_on_where_it_ended(command: Command, tmp_path: Path) -> None:
    ran = command(*SAXPY, "--time-limit", "3")
    first, second, counts, page = ran.out.splitlines()
    assert first.startswith("saxpy n=64 takehome: ")
    assert second.startswith("saxpy n=256 takehome: ")
    assert counts.startswith("2 ") or ", " in counts
    assert page == "table: results/suite.md"
    assert (tmp_path / page.removeprefix("table: ")).is_file()
    again = command(*SAXPY)
    assert again.out.splitlines() == ["2 of 2 rows are finished: see --again", counts, page]
    rows = command(*SAXPY, "--json").json
    assert [(row["problem"], row["shape"]) for row in rows] == [("saxpy", "n=64"), ("saxpy", "n=256")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("search",), "name a problem, or give --all: `slotsmith problems` lists them"),
        (("search", "saxpy", "--all"), "problem: not with --all, which takes --problems, --machines, --time-limit"),
        (("search", "--all", "--shape", "n=8"), "--shape: not with --all, which takes --problems"),
        (("search", "--all", "--set", "a=1", "--machine", "signal"), "--machine, --set: not with --all"),
        (("search", "saxpy", "--machines", "pipelined"), "--machines: with --all alone; else name a problem"),
        (("search", "saxpy", "--problems", "fir", "--again", "all"), "--problems, --again: with --all alone"),
        (("search", "--all", "--problems", "saxpi"), "no problem of the suite matches 'saxpi': did you mean 'saxpy'"),
        (("search", "--all", "--machines", "takehom"), "unknown machine 'takehom': did you mean 'takehome'"),
        (("search", "--all", "--machines", ","), "--machines names no machine"),
    ],
)
def test_wrong_input_is_one_line(words: tuple[str, ...], said: str, command: Command) -> None:
    assert said in command(*words).refusal
