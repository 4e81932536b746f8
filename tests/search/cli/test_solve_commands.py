"""``slotsmith solve``, ``bound`` and ``improve``."""

import shutil
from pathlib import Path

import pytest

from search.board.leaderboard import Leaderboard
from tests.search.cli.conftest import ENTRY, SHAPE, Command

SOLVE = ("solve", "tree_hash", "--shape", SHAPE, "--time-limit", "10", "--workers", "1", "--inputs", "8")


def test_solve_proves_a_small_graph_and_keeps_the_entry(command: Command) -> None:
    ran = command(*SOLVE)
    assert ran.code == 0
    title, *lines = ran.out.splitlines()
    assert title == f"tree_hash {SHAPE} values on takehome"
    assert lines[0].startswith("  status     optimal: ")
    assert lines[-1].endswith("new best on the leaderboard")
    (entry,) = Leaderboard(Path("results")).entries()
    assert entry.effort.method == "exact solving"
    assert entry.cycles == entry.bound.cycles
    assert command("reproduce", ENTRY).code == 0


def test_solve_as_json(command: Command) -> None:
    found = command("solve", "dot_product", "--time-limit", "10", "--inputs", "8", "--json").json
    assert found["status"] == "optimal"
    assert found["bound"] == found["cycles"] <= found["list_cycles"]
    assert (found["ignored_parameters"], found["refused"]) == ([], "")
    assert found["entry"] == Leaderboard(Path("results")).find("dot_product").id


def test_bound_is_of_the_best_entrys_graph_unless_knobs_are_set(command: Command, results: Path) -> None:
    (entry,) = Leaderboard(results).entries()
    task = ("bound", "tree_hash", "--shape", SHAPE, "--results", results)
    found = command(*task, "--json").json
    assert found["knobs"] == entry.knobs
    assert found["critical_path"] <= found["bound"] <= entry.cycles
    assert f"shorter than {found['bound']} cycles" in command(*task).out
    assert command(*task, "--set", "unroll=2", "--json").json["knobs"]["unroll"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "unknown problem 'nope'"),
        (["tree_hash", "--shape", "depth=1"], "no shape parameter 'depth'"),
        (["tree_hash", "--set", "nope=1"], "unknown knob 'nope'"),
        (["tree_hash", "--set", "unroll"], "--set takes knob=value"),
        (["tree_hash", "--category", "nope"], "no category 'nope'"),
        (["tree_hash", "--machine", "nope"], "unknown machine 'nope'"),
    ],
)
@pytest.mark.parametrize("verb", ["solve", "bound"])
def test_wrong_input_is_refused_in_one_line(command: Command, verb: str, arguments: list[str], message: str) -> None:
    assert message in command(verb, *arguments).refusal


def test_a_results_folder_that_cannot_be_written_is_noticed_first(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write the results folder" in command("solve", "fir", "--results", "file").refusal
    assert "cannot write the results folder" in command("improve", "fir", "--results", "file/results").refusal


def test_improve_ends_by_time_and_leaves_an_entry_that_is_optimal(
    command: Command, results: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(results, tmp_path / "copy")
    (entry,) = Leaderboard(folder).entries()
    ran = command("improve", ENTRY, "--time-limit", 1, "--results", folder, "--workers", 1, "--width", 8)
    assert ran.code == 0
    assert f"{entry.id}: {entry.cycles} -> {entry.cycles} cycles, bound {entry.bound.cycles}" in ran.out
    assert "nothing shorter to keep" in ran.out
    assert Leaderboard(folder).entries() == [entry]


def test_improve_as_json(command: Command, results: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(results, tmp_path / "copy")
    arguments = ("improve", ENTRY, "--time-limit", 1, "--results", folder, "--workers", 1, "--json")
    swept = command(*arguments, "--method", "windows", "--kind", "cycles", "--kind", "tail").json
    assert swept["cycles"] <= swept["moved"] == swept["justified"] <= swept["before"]
    assert sum(swept["windows"].values()) > 0
    assert (swept["sweeps"] >= 1, swept["moves"]) == (True, 0)
    moved = command(*arguments, "--method", "moves").json
    assert moved["cycles"] == moved["moved"] <= moved["justified"] <= moved["before"]
    assert (moved["windows"], moved["sweeps"]) == ({}, 0)


def test_a_schedule_shorter_than_a_window_is_refused(command: Command, results: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(results, tmp_path / "copy")
    assert "use `slotsmith solve`" in command("improve", ENTRY, "--width", 500, "--results", folder).refusal
