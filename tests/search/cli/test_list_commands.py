"""Commands that list what there is, as tables and as JSON."""

from pathlib import Path

import pytest

from machine.model import load_machine, machine_from_data, model_names
from problems.loader import BUILT_IN, load_problem
from search.board.leaderboard import Leaderboard
from search.tasks.rewriting_knob import rewrite_knob
from tests.search.cli.conftest import SHAPE, Command

TAKEHOME = load_machine("takehome")


def test_the_leaderboard_shows_the_best_entry_of_each_task(command: Command, results: Path) -> None:
    ran = command("leaderboard", "--results", results)
    (entry,) = Leaderboard(results).best()
    lines = [line.split() for line in ran.out.splitlines() if entry.id in line]
    numbers = [str(entry.cycles), str(entry.bound.cycles), f"{entry.gap:.1%}", "checked", str(entry.validation.inputs)]
    assert lines == [["tree_hash", *SHAPE.replace(",", ", ").split(), "values", "takehome", *numbers, entry.id]]


def test_the_leaderboard_as_json_is_what_entries_say(command: Command, results: Path) -> None:
    (shown,) = command("leaderboard", "--results", results, "--json").json
    (entry,) = Leaderboard(results).best()
    assert shown["id"] == entry.id
    assert shown["hashes"]["program"] == entry.hashes.program
    assert shown["knobs"] == entry.knobs


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        (["tree_hash"], 1),
        (["fir"], 0),
        (["--category", "values"], 1),
        (["--category", "values+indices"], 0),
        (["--machine", "takehome"], 1),
        (["--machine", "other"], 0),
    ],
)
def test_the_leaderboard_may_be_narrowed(command: Command, results: Path, narrowed: list[str], count: int) -> None:
    assert len(command("leaderboard", *narrowed, "--results", results, "--json").json) == count


def test_an_empty_leaderboard_says_how_to_fill_it(command: Command) -> None:
    ran = command("leaderboard", "--results", "nowhere")
    assert (ran.code, ran.out) == (0, "no entries in nowhere: `slotsmith search PROBLEM` makes some\n")
    assert command("leaderboard", "--results", "nowhere", "--json").json == []


def test_a_damaged_entry_is_set_aside_in_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "x.json").write_text("{", encoding="utf-8")
    ran = command("leaderboard", "--results", tmp_path)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert f"set aside: {tmp_path}/entries/x.json is damaged" in ran.err


def test_problems_are_those_built_in(command: Command) -> None:
    shown = command("problems", "--json").json
    assert [problem["name"] for problem in shown] == list(BUILT_IN)
    for problem in shown:
        ours = load_problem(problem["name"])
        assert problem["default_shape"] == ours.default_shape()
        assert problem["categories"] == list(ours.categories)
    table = command("problems").out
    assert all(name in table for name in BUILT_IN)


def test_knobs_are_those_of_problem_and_shape(command: Command) -> None:
    shape = {"height": 2, "rounds": 2, "batch": 8}
    declared = (*load_problem("tree_hash").knobs(shape, "values", TAKEHOME), rewrite_knob())
    shown = command("knobs", "tree_hash", "--shape", SHAPE, "--json").json
    assert [(knob["name"], knob["default"]) for knob in shown] == [(knob.name, knob.default) for knob in declared]
    assert all(knob["range"] and knob["summary"] for knob in shown)
    table = command("knobs", "tree_hash", "--shape", SHAPE).out
    assert all(knob.name in table for knob in declared)


def test_every_default_that_is_listed_may_be_set(command: Command) -> None:
    shown = command("knobs", "tree_hash", "--shape", SHAPE, "--json").json
    settings = [word for knob in shown for word in ("--set", f"{knob['name']}={knob['default']}")]
    bound = command("bound", "tree_hash", "--shape", SHAPE, *settings, "--json").json
    assert bound["knobs"] == {knob["name"]: knob["default"] for knob in shown}


@pytest.mark.parametrize("arguments", [["nope"], ["tree_hash", "--shape", "depth=1"], ["fir", "--machine", "nope"], []])
def test_knobs_of_what_is_not_there_are_refused(command: Command, arguments: list[str]) -> None:
    assert command("knobs", *arguments).refusal


def test_machines_are_the_models(command: Command) -> None:
    shown = command("machines", "--json").json
    assert [machine["name"] for machine in shown] == model_names()
    for machine in shown:
        assert machine["digest"] == load_machine(machine["name"]).digest
    (takehome,) = (machine for machine in shown if machine["name"] == "takehome")
    assert (takehome["vector_length"], takehome["scratch_words"]) == (8, 1536)
    assert takehome["slots"] == {"alu": 12, "valu": 6, "load": 2, "store": 2, "flow": 1, "debug": 64}
    assert "alu 12, valu 6, load 2, store 2, flow 1" in command("machines").out


def test_one_machine_is_printed(command: Command) -> None:
    shown = command("machines", "signal").out
    assert "signal: 16 lanes, 2048 scratch words" in shown
    assert "d <- smax(low, smin(a, high)), lane by lane" in shown
    data = command("machines", "signal", "--json").json
    digest = data.pop("digest")
    assert machine_from_data(data, "printed").digest == digest == load_machine("signal").digest
