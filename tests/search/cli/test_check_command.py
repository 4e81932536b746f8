"""``slotsmith leaderboard --check`` and ``--render``."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from problems.tree_hash import TreeHash
from search.board.entry import ENTRY_FORMAT, Entry
from search.board.leaderboard import Leaderboard
from search.board.recheck import Recheck, Verdict, recheck
from search.board.standing import Standing
from search.cli.check_command import without_refuted_bounds
from tests.search.cli.conftest import ENTRY, Command, Ran
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of, remove

TREE, TWICE = entry_of(SMALL_TREE)[0], entry_of(DOUBLING)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with two entries, to be tampered with."""
    board = Leaderboard(tmp_path / "results")
    board.ensure_writable()
    for name in (SMALL_TREE, DOUBLING):
        board.add(*entry_of(name))
    return board.folder


def check(command: Command, folder: Path, *more: object) -> Ran:
    return command("leaderboard", "--check", "--workers", 0, "--results", folder, *more)


def spoil(folder: Path, **changes: Any) -> None:
    """Change what the tree's entry says."""
    path = folder / "entries" / f"{TREE.id}.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def test_entries_that_validate_have_a_line_each_and_a_note_that_they_did(command: Command, folder: Path) -> None:
    ran = check(command, folder)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"[1/2] {TWICE.id} {TWICE.shape_text} all {TWICE.cycles}: validates",
        f"[2/2] {TREE.id} {TREE.shape_text} values {TREE.cycles}: validates",
        "2 entries: 2 valid",
    ]
    for entry, before in zip(Leaderboard(folder).entries(), (TWICE, TREE), strict=True):
        assert entry.checked is not None
        assert entry.checked.problem == before.hashes.problem
        assert replace(entry, checked=None) == before
        (page,) = folder.glob(f"{entry.problem_name}*.md")
        assert f"- checked anew {entry.checked.time} by slotsmith " in page.read_text(encoding="utf-8")


def test_a_second_check_changes_nothing(command: Command, folder: Path) -> None:
    check(command, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert check(command, folder).code == 0
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_check_is_on_no_fewer_inputs_than_1024_whatever_an_entry_says(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    inputs = TreeHash.inputs

    def counted(self: TreeHash, shape: Any, count: int, seed: int) -> Any:
        asked.append((count, seed))
        return inputs(self, shape, count, seed)

    monkeypatch.setattr(TreeHash, "inputs", counted)
    spoil(folder, validation={**TREE.to_json()["validation"], "inputs": 1, "seed": 7})
    assert check(command, folder, "tree_hash").code == 0
    assert set(asked) == {(1024, 20_260_101)}
    assert "1024" in check(command, folder, "--inputs", 8).refusal


def test_a_forged_bound_is_an_alarm_and_the_program_stays(command: Command, folder: Path) -> None:
    spoil(folder, bound={**TREE.to_json()["bound"], "cycles": TREE.cycles})
    assert command("bound", "--check", TREE.id, "--results", folder).code == 1
    ran = check(command, folder)
    assert ran.code == 1
    assert f"validates: ALARM: its bound of {TREE.cycles} is not proven by its certificate" in ran.out
    (entry,) = [each for each in Leaderboard(folder).best() if each.problem == "tree_hash"]
    assert (entry.cycles, entry.bound) == (TREE.cycles, TREE.bound)
    ran = command("bound", "--check", TREE.id, "--results", folder)
    assert (ran.code, "checked: its certificate holds" in ran.out) == (0, True)


def test_a_bound_above_the_program_of_another_entry_of_its_graph_gives_way(command: Command, folder: Path) -> None:
    """Both keep their programs."""
    worse = replace(TREE, cycles=TREE.cycles + 5)
    found = [
        Recheck(worse, Verdict.VALID, "", "", replace(TREE.bound, cycles=TREE.cycles + 3)),
        Recheck(replace(TREE, id="shorter"), Verdict.VALID, "", "", TREE.bound),
    ]
    first, second = without_refuted_bounds(Leaderboard(folder), found)
    assert (first.bound, first.alarm, second.bound, second.alarm) == (TREE.bound, True, TREE.bound, False)


@pytest.mark.parametrize("format_", [1, 2])
def test_entries_of_older_formats_are_in_todays_once_they_are_checked(
    command: Command, folder: Path, format_: int
) -> None:
    path = folder / "entries" / f"{TREE.id}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["checked"], data["other_graph"]
    data["effort"]["trials"] = data["effort"].pop("schedules")
    if format_ == 1:
        del data["struck"], data["effort"]["repeat"]
    path.write_text(json.dumps({**data, "format": format_}), encoding="utf-8")
    assert [entry.format for entry in Leaderboard(folder).best()] == [ENTRY_FORMAT, format_]
    assert check(command, folder).code == 0
    (entry,) = (entry for entry in Leaderboard(folder).best() if entry.id == TREE.id)
    assert replace(entry, checked=None) == TREE


def test_an_entry_that_no_longer_validates_is_struck_once(command: Command, folder: Path) -> None:
    spoil(folder, cycles=TREE.cycles - 2)
    ran = check(command, folder)
    reason = f"it claims {TREE.cycles - 2} cycles and takes {TREE.cycles}"
    assert ran.code == 1
    assert f"[2/2] {TREE.id} {TREE.shape_text} values {TREE.cycles - 2}: STRUCK: {reason}\n" in ran.out
    assert ran.out.endswith("2 entries: 1 valid, 1 struck\n")
    board = Leaderboard(folder)
    assert [entry.id for entry in board.best()] == [TWICE.id]
    (struck,) = (entry for entry in board.entries() if entry.struck)
    assert struck.struck is not None
    assert struck.struck.reason == reason
    assert reason in (folder / "tree_hash-takehome.md").read_text(encoding="utf-8").partition("## Struck")[2]
    again = check(command, folder)
    assert again.code == 0
    assert f"struck before: {struck.struck.time}: {reason}" in again.out
    assert again.out.endswith("2 entries: 1 valid, 1 struck before\n")


@pytest.mark.parametrize("what", ["program", "decision"])
def test_a_damaged_file_is_one_line_and_a_reason(command: Command, folder: Path, what: str) -> None:
    path = folder / "entries" / f"{TREE.id}.{what}.json.gz"
    path.write_bytes(path.read_bytes()[:-9])
    ran = check(command, folder)
    assert (ran.code, ran.err) == (1, "")
    (line,) = (line for line in ran.out.splitlines() if TREE.id in line)
    assert line.split(": ", 1)[1].startswith(f"STRUCK: entries/{path.name} is damaged")


def test_a_program_that_was_changed_is_struck(command: Command, folder: Path) -> None:
    path = folder / "entries" / f"{TREE.id}.program.json.gz"
    bundles = json.loads(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(json.dumps(bundles[::-1]).encode()))
    assert "STRUCK: the stored program is not the one its hash names" in check(command, folder).out


def test_an_illegal_decision_is_struck(command: Command, folder: Path) -> None:
    path = folder / "entries" / f"{TREE.id}.decision.json.gz"
    decision = json.loads(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(json.dumps({**decision, "cycles": [0] * len(decision["cycles"])}).encode()))
    assert "STRUCK: bundle 0: the slots of " in check(command, folder).out


def test_a_program_of_a_graph_that_is_built_no_more_does_not_count_until_it_is_built_again(
    command: Command, folder: Path
) -> None:
    hashes = TREE.to_json()["hashes"]
    spoil(folder, hashes={**hashes, "graph": "0" * 64})
    ran = check(command, folder)
    assert ran.code == 1
    assert f"{TREE.cycles}: program validates; this version builds another graph\n" in ran.out
    assert ran.out.endswith("2 entries: 1 valid, 1 valid as programs, of graphs that this version builds otherwise\n")
    board, reason = Leaderboard(folder), "its knobs build another graph with this version"
    assert [entry.id for entry in board.best()] == [TWICE.id]
    (marked,) = (each for each in board.placed() if not each.counts)
    assert (marked.standing, marked.reason) == (Standing.OTHER_GRAPH, reason)
    assert reason in (folder / "tree_hash-takehome.md").read_text(encoding="utf-8").partition("## Stale")[2]
    refusal = command("export", TREE.id, "-o", "-", "--results", folder).refusal
    assert refusal.startswith(f"entry {TREE.id} is of another graph since {marked.since}: {reason}: ")
    spoil(folder, hashes=hashes)
    assert check(command, folder).code == 0
    assert [entry.id for entry in board.best()] == [TWICE.id, TREE.id]


def test_an_entry_whose_problem_is_gone_is_reported_and_not_struck(command: Command, folder: Path) -> None:
    spoil(folder, problem="gone.py:Gone")
    ran = check(command, folder)
    assert ran.code == 0
    assert "not checked: cannot read problem file gone.py" in ran.out
    assert ran.out.endswith("2 entries: 1 valid, 1 not checked\n")
    assert [each.standing for each in Leaderboard(folder).placed()] == [Standing.COUNTS, Standing.STALE]


def test_a_damaged_entry_is_set_aside_in_one_line_and_the_others_are_checked(command: Command, folder: Path) -> None:
    (folder / "entries" / f"{TREE.id}.json").write_text("{", encoding="utf-8")
    for ran in (check(command, folder), command("leaderboard", "--results", folder)):
        assert ran.code == 1
        assert f"set aside: {folder}/entries/{TREE.id}.json is damaged" in ran.err
        assert len(ran.err.splitlines()) == 1
        assert TWICE.id in ran.out
    assert f"{TREE.id}.json is damaged" in command("validate", TREE.id, "--results", folder).refusal


def test_the_check_may_be_narrowed(command: Command, folder: Path) -> None:
    spoil(folder, cycles=1)
    ran = check(command, folder, DOUBLING.problem)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 entry: 1 valid")
    assert check(command, folder, "--machine", "takehome").code == 1


def test_the_check_as_json_is_a_list_with_lines_on_standard_error(command: Command, folder: Path) -> None:
    shown = check(command, folder, "--json").json
    assert [(item["entry"], item["verdict"], item["note"]) for item in shown] == [
        (TWICE.id, "valid", ""),
        (TREE.id, "valid", ""),
    ]
    spoil(folder, cycles=1)
    ran = check(command, folder, "--json")
    assert ran.code == 1
    assert {item["entry"]: item["verdict"] for item in json.loads(ran.out)} == {TWICE.id: "valid", TREE.id: "wrong"}
    assert len(ran.err.splitlines()) == 2


@pytest.mark.slow
def test_workers_come_to_the_same_verdicts(command: Command, folder: Path) -> None:
    spoil(folder, cycles=1)
    ran = command("leaderboard", "--check", "--workers", 1, "--results", folder)
    assert ran.code == 1
    assert ran.out.endswith("2 entries: 1 valid, 1 struck\n")


def test_there_may_be_nothing_to_check(command: Command) -> None:
    ran = command("leaderboard", "--check", "--results", "nowhere")
    assert (ran.code, ran.out) == (0, "no entries in nowhere: `slotsmith search PROBLEM` makes some\n")
    assert not Path("nowhere").exists()
    assert "--inputs is for --check" in command("leaderboard", "--inputs", 2000).refusal


def test_where_nothing_can_be_noted_that_is_said_and_entries_are_checked(command: Command, folder: Path) -> None:
    (folder / "journal.jsonl").unlink()
    (folder / "journal.jsonl").mkdir()
    before = {path: path.read_bytes() for path in (folder / "entries").iterdir()}
    ran = check(command, folder)
    assert "cannot write the results folder" in ran.err
    assert ran.err.endswith("nothing is noted there\n")
    assert " valid" in ran.out.splitlines()[-1]
    assert {path: path.read_bytes() for path in (folder / "entries").iterdir()} == before


# --render


def test_render_writes_the_pages_anew(command: Command, folder: Path) -> None:
    pages = {path: path.read_bytes() for path in folder.iterdir() if path.suffix in (".md", ".json")}
    assert len(pages) == 5
    for path in pages:
        path.unlink()
    assert command("leaderboard", "--render", "--results", folder).code == 0
    assert pages == {path: path.read_bytes() for path in folder.iterdir() if path.suffix in (".md", ".json")}


def test_render_makes_no_folder_where_there_are_no_entries(command: Command) -> None:
    assert command("leaderboard", "--render", "--results", "nowhere").code == 0
    assert not Path("nowhere").exists()


# Struck entries elsewhere


def test_a_struck_entry_is_not_found_by_its_task_says_so_by_its_id_and_is_not_exported(
    command: Command, results: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(results, tmp_path / "copy"))
    board = Leaderboard(folder)
    (entry,) = board.entries()
    board.strike(entry, "it is wrong")
    assert "no entry for tree_hash" in command("reproduce", ENTRY, "--results", folder).refusal
    for verb in (["reproduce"], ["validate", "--inputs", 8]):
        ran = command(*verb, entry.id, "--results", folder)
        assert ran.code == 0
        assert f"entry {entry.id} is struck since 20" in ran.err
        assert ran.err.endswith(": it is wrong\n")
        assert "struck" not in ran.out
    for verb in (["export", "-o", "-"], ["trace", "-o", "-"], ["improve"]):
        refusal = command(*verb, entry.id, "--results", folder).refusal
        assert refusal.startswith(f"entry {entry.id} is struck since 20")
        assert refusal.endswith(": it is wrong: `slotsmith search` finds one anew")


def test_a_check_goes_on_where_another_process_removes_entries(
    command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_after(folder: Path, entry: Entry, inputs: int) -> Recheck:
        found = recheck(folder, entry, inputs)
        remove(folder, TWICE)
        return found

    monkeypatch.setattr("search.board.recheck.recheck", removed_after)
    ran = check(command, folder)
    assert ran.code == 0
    assert "not checked: another process has changed or removed it" in ran.out
    assert "2 entries: 1 valid, 1 not checked" in ran.out
