"""``slotsmith show``: what it says is what the entry is, at any width, and following it makes the program shorter."""

import json
import re
from pathlib import Path

import pytest

from machine import model
from search.board.leaderboard import Leaderboard
from tests.search.cli.conftest import ENTRY, Command

MODELS = Path(model.__file__).parent / "models"


def test_every_slot_of_every_engine_is_accounted_for(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    told = command("show", ENTRY, "--results", results, "--json").json
    assert (told["entry"], told["cycles"]) == (entry.id, entry.cycles)
    for engine in told["engines"]:
        assert len(engine["used"]) == len(engine["idle_reasons"]) == entry.cycles
        assert sum(engine["used"]) == engine["issued"]
        assert engine["issued"] + sum(engine["idle"].values()) == engine["slots"] * entry.cycles


def test_chain_bound_and_changes_are_the_entrys(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    told = command("show", entry.id, "--results", results, "--json").json
    assert sum(told["chain"]["totals"].values()) == entry.cycles
    assert (told["bound"]["cycles"], told["bound"]["argument"]) == (entry.bound.cycles, entry.bound.argument)
    assert all(change["saves"] == told["bound"]["chains_and_work"] - change["bound"] for change in told["changes"])
    assert [change["what"] for change in told["changes"]][:2] == ["one more slot of alu", "one more slot of valu"]
    assert max(told["live_words"]) <= told["scratch_words"]
    assert all(re.match(r"\w+\.py:\d+", link["source"]) for link in told["chain"]["links"])


def test_people_are_told_the_same(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    out = command("show", ENTRY, "--results", results).out
    told = command("show", ENTRY, "--results", results, "--json").json
    assert f"{entry.id}: {entry.cycles} cycles on takehome, bound {entry.bound.cycles}" in out
    for engine in told["engines"]:
        assert re.search(rf"{engine['name']} +{engine['slots']} +{engine['utilisation']:.1%} ", out)
    for title in ("Engines", "Idle slots, and why", "Live words", "Critical chain", "Bound", "What changes"):
        assert title in out


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_word_is_broken_and_no_line_too_long(
    command: Command, results: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    whole = set(command("show", ENTRY, "--results", results).out.split())
    monkeypatch.setenv("COLUMNS", str(width))
    out = command("show", ENTRY, "--results", results).out
    assert all(len(line) <= width for line in out.splitlines())
    words = {word for word in out.split() if not set(word) & set("▁▂▃▄▅▆▇█─")}
    left_out = {word for word in words - whole if not re.fullmatch(r"\d+|links,", word)}
    assert left_out <= {"delayed", "that", "those", "were", "longest"}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_timelines_fit_and_show_every_cycle_once(
    command: Command, results: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = Leaderboard(results).entries()
    monkeypatch.setenv("COLUMNS", str(width))
    out = command("show", ENTRY, "--results", results, "--cycles", "0:").out
    assert all(len(line) <= width for line in out.splitlines())
    rows = [line.split("  ")[0] for line in out.splitlines() if re.match(r"[-.=+\d]+  \w+ ", line)]
    issued = sum(int(mark) for row in rows for mark in row if mark.isdigit())
    told = command("show", entry.id, "--results", results, "--json").json
    assert issued == sum(engine["issued"] for engine in told["engines"])


def test_timelines_are_data_too(command: Command, results: Path) -> None:
    told = command("show", ENTRY, "--results", results, "--cycles", "3:6", "--json").json
    assert (told["first"], told["end"]) == (3, 6)
    assert all(len(row["marks"]) == 3 and re.search(r"\d", row["marks"]) for row in told["timeline"])


def test_cycles_that_are_none_are_refused(command: Command, results: Path) -> None:
    assert "first:end" in command("show", ENTRY, "--results", results, "--cycles", "7").refusal
    assert "there are no cycles" in command("show", ENTRY, "--results", results, "--cycles", "9000:").refusal


# From show alone


def changed_model(name: str, engine: str, folder: Path) -> Path:
    """The machine's file, with one more slot of an engine."""
    text = (MODELS / f"{name}.toml").read_text(encoding="utf-8")
    head, found, tail = text.partition(f"[engines.{engine}]\n")
    assert found
    more = re.sub(r"slots = (\d+)", lambda match: f"slots = {int(match[1]) + 1}", tail, count=1)
    file = folder / f"{name}_more.toml"
    file.write_text(head.replace(f'name = "{name}"', f'name = "{name}_more"') + found + more, encoding="utf-8")
    return file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("problem", "machine"), [("dot_product", "takehome"), ("convolution_3x3", "takehome"), ("fir", "pocket")]
)
def test_the_change_that_show_recommends_is_worth_what_it_says(
    command: Command, tmp_path: Path, problem: str, machine: str
) -> None:
    few = ("--schedules", 200, "--workers", 0, "--inputs", 16, "--results", tmp_path / "results")
    command("search", problem, "--machine", machine, *few)
    told = command("show", problem, "--machine", machine, "--results", tmp_path / "results", "--json").json
    slots = [change for change in told["changes"] if change["what"].startswith("one more slot of ")]
    best = max(slots, key=lambda change: change["saves"])
    engine = best["what"].removeprefix("one more slot of ")
    assert best["saves"] > 0
    assert engine in told["bound"]["prices"]

    file = changed_model(machine, engine, tmp_path)
    (after,) = command("search", problem, "--machine", file, *few, "--json").json
    assert told["cycles"] - after["cycles"] == best["saves"], json.dumps(best)
    assert after["bound"] == best["bound"]
