"""``--rewrite``: a rewritten graph is searched, kept with its recipe, and built again by every command."""

import json
import re
import shutil
from pathlib import Path

import pytest

from rewriting.proposing import Effort
from rewriting.saturation import Limits
from search.tasks import recipes
from tests.search.cli.conftest import Command, slotsmith_here

SHAPE = "height=1,rounds=2,batch=8"
ENTRY = f"tree_hash_plain:{SHAPE}"
SEARCH = ("search", "tree_hash_plain", "--shape", SHAPE, "--schedules", "16", "--workers", "0", "--inputs", "16")


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rewritten") / "results"
    done = slotsmith_here(*SEARCH, "--rewrite", "--results", folder, folder=folder.parent)
    assert done.code == 0, done.err
    return folder


def entry_data(folder: Path) -> dict[str, object]:
    (file,) = (file for file in (folder / "entries").glob("*.json"))
    data: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return data


def test_it_is_shorter_than_without(command: Command, rewritten: Path, tmp_path: Path) -> None:
    plain = command(*SEARCH, "--results", tmp_path / "plain", "--json").json
    assert int(str(entry_data(rewritten)["cycles"])) < plain[0]["cycles"] * 0.6


def test_the_entry_says_that_it_was_rewritten_and_by_which_rules(command: Command, rewritten: Path) -> None:
    data = entry_data(rewritten)
    assert dict(data["knobs"])["rewrite"] != "off"
    shown = command("show", ENTRY, "--results", rewritten).out
    assert "rewrite=" in shown
    assert "rewritten by " in shown
    assert "sums in normal form" in shown


def test_limits_that_were_met_are_told(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(recipes, "EFFORT", Effort(Limits(nodes=150), extraction_work=0.1, iterations=1))
    out = " ".join(command(*SEARCH, "--rewrite", "--results", tmp_path).out.split())
    assert re.search(r"rewritten by [^;]*sums in normal form \(\d+\)[^;]*; node limit met in \d+ templates? ", out)
    assert "; node limit met in " in command("show", ENTRY, "--results", tmp_path).out
    assert command("reproduce", ENTRY, "--results", tmp_path).code == 0


def test_where_rewriting_finds_nothing_better_the_search_says_so(command: Command, tmp_path: Path) -> None:
    search = ("search", "matrix_product", "--schedules", "4", "--workers", "0", "--inputs", "4")
    assert "  rewritten  no: nothing better was found\n" in command(*search, "--rewrite", "--results", tmp_path).out
    assert "  rewritten  " not in command(*search, "--results", tmp_path).out


def test_all_commands_build_it_again(command: Command, rewritten: Path, tmp_path: Path) -> None:
    assert "graph    same" in command("reproduce", ENTRY, "--results", rewritten).out
    assert command("validate", ENTRY, "--results", rewritten).code == 0
    assert command("leaderboard", "--check", "--results", rewritten).code == 0
    assert command("bound", ENTRY, "--check", "--results", rewritten).code == 0
    file = tmp_path / "program.json"
    assert command("export", ENTRY, "--format", "json", "-o", file, "--results", rewritten).code == 0
    improved = command("improve", ENTRY, "--time-limit", "1", "--workers", "0", "--results", rewritten)
    assert improved.code == 0, improved.err


def test_the_bound_of_the_entrys_own_graph_is_asked_for(command: Command, rewritten: Path) -> None:
    options = ("tree_hash_plain", "--shape", SHAPE, "--time-limit", "0", "--results", rewritten, "--json")
    plain = command("bound", *options, "--set", "rewrite=off").json
    own = command("bound", *options).json
    assert own["operations"] < plain["operations"]
    assert command("bound", *options, "--rewrite").json["bound"] < plain["bound"]


def test_the_search_can_be_repeated(command: Command, rewritten: Path) -> None:
    repeated = command("reproduce", ENTRY, "--search", "--workers", "0", "--results", rewritten)
    assert repeated.code == 0, repeated.out + repeated.err


def test_an_entry_whose_recipe_is_damaged_counts_no_more(command: Command, rewritten: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    for file in rewritten.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(rewritten)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    (file,) = (folder / "entries").glob("*.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    data["rewriting"]["replacements"][0]["terms"][-1] = "+ 0 0"
    file.write_text(json.dumps(data), encoding="utf-8")
    checked = command("leaderboard", "--check", "--results", folder)
    assert checked.code == 1
    assert "graph" in checked.out


def test_solve_takes_a_rewritten_graph(command: Command, tmp_path: Path) -> None:
    options = ("--shape", "height=1,rounds=1,batch=8", "--time-limit", "5", "--results", tmp_path, "--json")
    plain = command("solve", "tree_hash_plain", *options).json
    assert command("solve", "tree_hash_plain", *options, "--rewrite").json["cycles"] < plain["cycles"]


def test_solve_goes_on_from_the_entry_by_its_own_recipe(
    command: Command, rewritten: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No recipe is looked for: rules of a later version could make another graph of the same knobs."""
    monkeypatch.setattr("search.tasks.building.find_recipe", lambda *_: None)
    folder = shutil.copytree(rewritten, tmp_path / "results")
    options = ("tree_hash_plain", "--shape", SHAPE, "--time-limit", "1", "--results", folder, "--json")
    cycles, operations = entry_data(folder)["cycles"], command("bound", *options).json["operations"]
    solved = command("solve", *options, "--inputs", "16").json
    assert (solved["start_cycles"], solved["operations"]) == (cycles, operations)


def test_an_aim_that_is_none_is_one_line(command: Command, tmp_path: Path) -> None:
    refused = command(*SEARCH, "--set", "rewrite=hard", "--results", tmp_path).refusal
    assert "knob rewrite takes off|cycles|work|depth" in refused
