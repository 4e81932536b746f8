"""``slotsmith explore``: a table, a sentence, JSON and a page."""

import json
import re
from pathlib import Path

import pytest

from tests.search.cli.conftest import Command

FEW = ("--shape", "n=32", "--schedules", "4", "--inputs", "16", "--executor", "in-process")
VARY = ("--vary", "load.slots=1,3", "--vary", "scratch=8")


def test_it_prints_a_table_and_says_what_is_worth_adding(command: Command) -> None:
    ran = command("explore", "saxpy", *FEW, *VARY)
    assert ran.code == 0, ran.err
    rows = re.findall(r"^ +(load\.slots|scratch) +(\d+) +(\d+) ", ran.out, re.MULTILINE)
    assert rows == [("load.slots", "2", "3"), ("load.slots", "2", "1"), ("scratch", "1536", "8")]
    assert "does not fit scratch" in ran.out
    assert "Worth adding: load.slots 2 → 3" in ran.out
    assert "saxpy" in ran.out.splitlines()[0]
    assert "5 of 5: " in ran.err


def test_its_json_has_the_same_and_the_page_a_chart_for_each_feature(command: Command, tmp_path: Path) -> None:
    ran = command("explore", "saxpy", *FEW, *VARY, "--json", "-o", tmp_path / "page.html")
    data = ran.json
    assert data["worth_adding"] == "load.slots=3"
    assert [(row["feature"], row["was"], row["value"], row["end"]) for row in data["variants"]] == [
        ("load.slots", 2, 3, "found"),
        ("load.slots", 2, 1, "found"),
        ("scratch", 1536, 8, "does not fit scratch"),
    ]
    for row in data["variants"][:2]:
        assert row["saved"] == data["cycles"] - row["cycles"]
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert data["says"][0].split(",")[0].replace("→", "\\u2192") in page or data["says"][0].split(",")[0] in page
    assert {name for name in ("load.slots", "scratch") if f'"text":"{name}"' in page} == {"load.slots", "scratch"}
    assert "<script src=" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--vary", "valu.slot=3"), "did you mean 'valu.slots'"),
        (("--vary", "lanes=8"), "nothing but machine takehome as it is"),
        (("--address", "10.0.0.1:1"), "--address is for --executor ray"),
        (("--machine", "nosuch"), "unknown machine 'nosuch'"),
        (("--set", "nosuch=1"), "unknown knob 'nosuch'"),
        (("--time-limit", "nan"), "--time-limit"),
        (("-o", "nowhere/page.html"), "cannot write nowhere/page.html: there is no folder nowhere"),
        (("-o", "."), "cannot write .: Is a directory"),
    ],
)
def test_wrong_input_is_refused_in_one_line(command: Command, words: tuple[str, ...], said: str) -> None:
    assert said in command("explore", "saxpy", *words).refusal


def test_a_kernel_too_large_for_the_machine_is_refused_in_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(
        'name = "tiny"\nvector_length = 4\nscratch_words = 4\n[engines.core]\nslots = 1\nopcodes = '
        '["+", "*", "const", "load", "store", "vload", "vstore"]\n',
        encoding="utf-8",
    )
    ran = command("explore", "saxpy", *FEW, "--machine", "tiny.toml", "--vary", "core.slots=2", "--json")
    assert ran.code == 2
    assert "saxpy has no program on tiny: does not fit scratch" in json.loads(ran.out)["error"]
