"""``slotsmith improve``: stages on an entry of the board, and what is kept of it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.submission import Submission
from search.cli.submission_lines import print_submission
from search.files import journal_file
from tests.search.cli.conftest import ENTRY, SHAPE, Command
from tests.search.problems import SMALL_TREE, entry_of

LONG = f"tree_hash:{SMALL_TREE.shape}"


@pytest.fixture
def optimal(results: Path, tmp_path: Path) -> Path:
    """A results folder whose entry is proven optimal."""
    return shutil.copytree(results, tmp_path / "optimal")


@pytest.fixture
def long(tmp_path: Path) -> Entry:
    """An entry by list scheduling alone, in the folder ``results``."""
    board = Leaderboard(tmp_path / "results")
    board.ensure_writable()
    entry, candidate = entry_of(SMALL_TREE)
    assert board.add(entry, candidate)
    return entry


def journaled(folder: Path) -> list[tuple[str, str, bool]]:
    return [(line["kind"], line["entry"], line["record"]) for line in journal_file.read(folder / "journal.jsonl")]


def test_an_entry_that_is_proven_optimal_is_left_as_it_is(command: Command, optimal: Path) -> None:
    (entry,) = Leaderboard(optimal).entries()
    before = journaled(optimal)
    ran = command("improve", ENTRY, "--time-limit", 1, "--results", optimal, "--workers", 1, "--width", 8)
    assert ran.code == 0
    assert "none: the entry is proven optimal" in ran.out
    assert f"{entry.id}: {entry.cycles} cycles, not improved, nothing to keep" in ran.out
    assert Leaderboard(optimal).entries() == [entry]
    assert journaled(optimal) == [*before, ("improve", entry.id, False)]


@pytest.mark.parametrize("words", [("improve", ENTRY, "--workers", 0), ("solve", "tree_hash", "--shape", SHAPE)])
def test_a_bound_that_was_raised_is_said_and_no_validation(
    command: Command, optimal: Path, words: tuple[object, ...]
) -> None:
    (path,) = (optimal / "entries").glob("*[0-9a-f].json")
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "bound": {"cycles": 1, "argument": "hardly anything"}}), encoding="utf-8")
    ran = command(*words, "--time-limit", 1, "--results", optimal)
    cycles = data["cycles"]
    assert f"{data['id']}: {cycles} cycles, not improved; bound raised from 1 to {cycles}\n" in ran.out
    assert f"  bound      {cycles} for this graph" in ran.out
    assert "validated" not in ran.out
    assert "nothing to keep" in command(*words, "--time-limit", 1, "--results", optimal).out


def test_an_entry_that_another_session_has_removed_is_said_to_be_gone(capsys: pytest.CaptureFixture[str]) -> None:
    entry, candidate = entry_of(SMALL_TREE)
    raised = replace(entry, bound=replace(entry.bound, cycles=entry.bound.cycles + 1))
    print_submission(Submission(raised, candidate, is_best=False, before=entry, is_gone=True))
    bounds = f"the bound of its graph is {raised.bound.cycles}, not {entry.bound.cycles}"
    said = f"{entry.cycles} cycles, not improved; another session has removed it meanwhile; {bounds}"
    assert capsys.readouterr().out == f"  entry      {entry.id}: {said}\n"


def test_what_is_shorter_is_kept_and_said(command: Command, long: Entry) -> None:
    ran = command("improve", LONG, "--time-limit", 2, "--workers", 0, "--inputs", 8)
    assert ran.code == 0
    (best,) = Leaderboard(Path("results")).best()
    assert best.cycles < long.cycles
    assert f"  stages     justification {long.cycles} -> " in ran.out
    assert f"{best.id}: new best on the leaderboard" in ran.out
    assert journaled(Path("results")) == [("improve", best.id, True)]
    assert command("reproduce", LONG).code == 0


def test_stages_may_be_named_and_are_told_as_json(command: Command, long: Entry) -> None:
    arguments = ("improve", LONG, "--time-limit", 1, "--workers", 0, "--inputs", 8, "--json")
    passed = command(*arguments, "--stages", "windows", "--kind", "cycles", "--kind", "tail").json
    assert [stage["stage"] for stage in passed["stages"]] == ["windows"]
    assert passed["cycles"] == passed["stages"][-1]["after"] <= passed["before"] == long.cycles
    assert sum(passed["windows"].values()) > 0
    assert (passed["passes"] >= 1, passed["moves"]) == (True, 0)
    moved = command(*arguments, "--stages", "justification,moves").json
    assert [stage["stage"] for stage in moved["stages"]] in (["justification", "moves"], ["justification"], [])
    assert moved["cycles"] <= moved["before"] == passed["cycles"]
    assert (moved["windows"], moved["passes"]) == ({}, 0)


def test_a_schedule_that_is_shorter_than_a_window_is_one_window(command: Command, long: Entry) -> None:
    arguments = ("improve", LONG, "--time-limit", 1, "--workers", 0, "--inputs", 8, "--json")
    found = command(*arguments, "--stages", "windows", "--width", 500).json
    assert found["cycles"] <= long.cycles
    assert sum(found["windows"].values()) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stages", "magic"], "there is no stage 'magic'"),
        (["--stages", "moves:half"], "its share of the budget is a number from 0 to 1, not 'half'"),
        (["--method", "moves"], "--method"),
        (["--width", "1"], "--width"),
        (["--stages", "cp-sat", "--width", "8"], "--width: for the stage windows, which --stages leaves out"),
        (["--stages", "moves", "--window-limit", "3", "--kind", "cycles"], "--kind, --window-limit: for the stage"),
        (["--category", "nope"], "nope"),
        (["--time-limit", "inf"], "seconds are a number up to 1,000,000, not inf"),
        (["--window-limit", "inf"], "'--window-limit': Input should be less than or equal to 1000000"),
    ],
)
def test_wrong_input_is_refused_in_one_line(
    command: Command, results: Path, arguments: list[str], message: str
) -> None:
    assert message in command("improve", ENTRY, "--results", results, *arguments).refusal


def test_an_entry_that_is_not_there_is_refused(command: Command) -> None:
    assert command("improve", "fir").refusal


def test_an_entry_that_this_version_builds_otherwise_is_refused(command: Command, optimal: Path) -> None:
    (path,) = (optimal / "entries").glob("*[0-9a-f].json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    entry["hashes"]["graph"] = "0" * 64
    path.write_text(json.dumps(entry), encoding="utf-8")
    refusal = command("improve", ENTRY, "--results", optimal).refusal
    assert "cannot be rebuilt by this version: `slotsmith reproduce` says what differs" in refusal


def test_a_results_folder_that_cannot_be_written_is_noticed_first(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot write the results folder" in command("improve", "fir", "--results", "file/results").refusal
