"""``slotsmith report``: one page that needs nothing else, with every slot of the schedule in it."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from search.board.leaderboard import Leaderboard
from search.cli import report_command
from tests.search.cli.conftest import ENTRY, Command
from tests.search.pages.unpacking import unpacked
from tests.search.sweep.small_sweep import write_sweep


class Tags(HTMLParser):
    """The tags of a page, with the names of their attributes; what stands in scripts is none."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name for name, _ in attrs}))


@pytest.fixture
def page(command: Command, results: Path, tmp_path: Path) -> str:
    assert command("report", ENTRY, "--results", results, "-o", tmp_path / "page.html").code == 0
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def models(page: str) -> list[Any]:
    """All objects of the page's document, the charts among them."""
    (document,) = re.findall(r'<script type="application/json" id="(?!data)[^"]*">(.*?)</script>', page, re.DOTALL)
    found: list[Any] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.append(value)
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(json.loads(unescape(document)))
    return found


def names(found: list[Any]) -> set[str]:
    return {str(model["attributes"].get("name")) for model in found if "attributes" in model}


def test_it_says_which_entry_the_page_shows(command: Command, results: Path, tmp_path: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    file = tmp_path / "page.html"
    ran = command("report", ENTRY, "--results", results, "-o", file)
    assert (ran.code, ran.out) == (0, f"{file}: {entry.id}, {entry.cycles} cycles on takehome\n")


def test_the_page_fetches_nothing(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert "script" in {name for name, _ in tags.found}
    assert not [name for name, attributes in tags.found if attributes & {"src", "href"}]
    assert not re.search(r"url\(\s*['\"]?https?:|@import", page)
    assert len(page) < 5_000_000


def test_every_slot_is_in_the_page(page: str, command: Command, results: Path) -> None:
    told = command("show", ENTRY, "--results", results, "--json").json
    (text,) = re.findall(r'<script type="application/json" id="data[^"]*">(.*?)</script>', page, re.DOTALL)
    (data,) = json.loads(unescape(text))["panes"]
    slots, chain = unpacked(data)["slots"], told["chain"]["links"]
    assert len(slots["cycle"]) == sum(engine["issued"] for engine in told["engines"])
    assert [slots["cycle"][row] for row in data["chain"]] == [link["cycle"] for link in chain]


def test_charts_and_what_the_entry_is_are_there(page: str, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    assert {"slots0", "use0", "words0", "scratch0", "runs0", "curve0"} <= names(models(page))
    assert f"<h1>{entry.id}: {entry.cycles} cycles</h1>" in page
    assert entry.bound.argument in unescape(page)
    assert all(digest in page for digest in (entry.hashes.program, entry.hashes.graph))


def test_two_entries_are_compared_and_no_more(command: Command, results: Path, tmp_path: Path) -> None:
    assert command("report", ENTRY, ENTRY, "--results", results, "-o", tmp_path / "two.html").code == 0
    assert {"slots0", "slots1"} <= names(models((tmp_path / "two.html").read_text("utf-8")))
    three = command("report", ENTRY, ENTRY, ENTRY, "--results", results, "-o", tmp_path / "x.html").refusal
    assert "not 3" in three


def test_without_bokeh_one_line_says_what_to_install(
    command: Command, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_command, "find_spec", lambda name: None)
    assert "pip install -e '.[report]'" in command("report", ENTRY, "--results", results, "-o", "x").refusal


def test_an_entry_of_a_sweep_shows_how_the_sweep_came_to_it(command: Command, tmp_path: Path) -> None:
    assert command("sweep", write_sweep(tmp_path / "small.toml"), "--results", tmp_path, "--quiet").code == 0
    best = Leaderboard(tmp_path).best()[0]
    assert command("report", best.id, "--results", tmp_path, "-o", tmp_path / "page.html").code == 0
    found = models((tmp_path / "page.html").read_text(encoding="utf-8"))
    titles = [model["attributes"].get("text") for model in found if model.get("name") == "Title"]
    assert "the sweep that found it" in titles
