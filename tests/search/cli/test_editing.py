"""Kernels and machines that are edited: the board shows the new result, the old one as stale, and exports the new."""

import json
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from machine.interpreter import interpret
from machine.model import load_machine
from machine.program import load_program
from search.board.leaderboard import Leaderboard
from search.board.standing import Standing
from tests.search.cli.conftest import Command, Ran, write_json

MODEL = Path(__file__).parents[3] / "machine" / "models" / "takehome.toml"

KERNEL = '''
import numpy as np

from machine.graph.operation import MemoryRange
from problems.problem import Problem, ShapeParameter


class Scaled(Problem):
    """Word 0 is replaced by {factor} times itself plus {more}."""

    name = "scaled"
    summary = "scales a word"
    parameters = (ShapeParameter("words", 1, 1, 1, "how many"),)

    def memory_words(self, shape):
        return 1

    def inputs(self, shape, count, seed):
        return np.random.default_rng(seed).integers(0, 2**32, (count, 1), dtype=np.uint32)

    def reference(self, shape, memories):
        return memories * np.uint32({factor}) + np.uint32({more})

    def outputs(self, shape, category):
        return [range(1)]

    def build(self, kernel, shape, category, knobs):
        word, at = kernel.scalar("word"), MemoryRange(0, 1)
        kernel.load(word, kernel.constant(0), at)
        for _ in range({doublings}):
            kernel.scalar_binary("+", word, word, word)
        if {more}:
            kernel.scalar_binary("+", word, word, kernel.constant({more}))
        kernel.store(kernel.constant(0), word, at)
'''
TWICE = KERNEL.format(factor=2, more=0, doublings=1)
FOUR_TIMES_AND_ONE = KERNEL.format(factor=4, more=1, doublings=2)

FEW = ("--schedules", 4, "--workers", 0, "--inputs", 8, "--seed", 1)
NAME = "mine.py:Scaled"


@dataclass(frozen=True)
class Desk:
    """A folder in which a user edits files and runs commands, which know nothing of what earlier ones have loaded."""

    folder: Path
    command: Command

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *words: object) -> Ran:
        for name in [name for name in sys.modules if name.startswith("slotsmith_problem_")]:
            del sys.modules[name]
        return self.command(*words)

    def a_day_passes(self) -> None:
        """Let all that is on the board be a day older."""
        for entry in self.board.entries():
            path = self.board.folder / "entries" / f"{entry.id}.json"
            found = datetime.fromisoformat(entry.found) - timedelta(days=1)
            data = json.loads(path.read_text(encoding="utf-8"))
            write_json(path, {**data, "found": found.isoformat()})

    def search(self, *words: object, problem: str = NAME) -> str:
        """Search, and return the entry's id, which must be the best now."""
        ran = self.run("search", problem, *FEW, *words)
        assert "new best on the leaderboard" in ran.out, ran.err
        return ran.out.rpartition("entry      ")[2].partition(":")[0]

    @property
    def board(self) -> Leaderboard:
        return Leaderboard(self.folder / "results")

    def page(self) -> str:
        return (self.folder / "results" / "scaled-takehome.md").read_text(encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path, command: Command) -> Desk:
    """A desk on which the kernel doubles a word, and a search of it has ended."""
    here = Desk(tmp_path, command)
    here.write("mine.py", TWICE)
    here.search()
    return here


def computed(desk: Desk, word: int) -> int:
    """What the exported program makes of a word."""
    assert desk.run("export", NAME, "-o", "p.json").code == 0
    memory: list[int] = interpret(load_program(desk.folder / "p.json"), [word], load_machine("takehome")).memory
    return memory[0]


# Kernels


def test_an_edited_kernel_has_a_new_best_however_short_the_old_one_was(desk: Desk) -> None:
    (old,) = desk.board.best()
    assert computed(desk, 10) == 20
    desk.write("mine.py", FOUR_TIMES_AND_ONE)
    new = desk.search()
    (best,) = desk.board.best()
    assert best.id == new != old.id
    assert best.cycles > old.cycles
    assert computed(desk, 10) == 41
    stale = "the problem's sources have changed"
    listed = desk.run("leaderboard").out
    counting, _, others = listed.partition("Entries that do not count")
    rows = {row[-1]: row for row in map(str.split, counting.splitlines()) if row}
    assert new in rows
    assert old.id not in rows
    assert f"{old.id} stale {stale}" in " ".join(others.split())
    page = desk.page()
    assert f"| **{best.cycles}** |" in page
    assert f"| {old.id} | {stale} |" in page.partition("## Stale")[2]
    shown = {each["id"]: each for each in json.loads(desk.run("leaderboard", "--json").out)}
    assert {name: each["standing"] for name, each in shown.items()} == {new: "best", old.id: "stale"}


def test_a_stale_entry_is_neither_exported_nor_traced_nor_improved(desk: Desk) -> None:
    (old,) = desk.board.best()
    desk.write("mine.py", FOUR_TIMES_AND_ONE)
    what_to_do = "`slotsmith search` finds one anew, `slotsmith leaderboard --check` tells whether it is still right"
    said = f"entry {old.id} is stale: the problem's sources have changed: {what_to_do}"
    for words in (("export", "-o", "p.json"), ("trace", "-o", "t.json"), ("improve",)):
        assert desk.run(*words, old.id).refusal == said
        refusal = desk.run(*words, NAME).refusal
        assert refusal == f"no entry for {NAME} words=1 all counts; {said}"
    assert not (desk.folder / "p.json").exists()
    assert not (desk.folder / "t.json").exists()


def test_a_comment_makes_an_entry_stale_until_a_check_finds_it_right(desk: Desk) -> None:
    (old,) = desk.board.best()
    desk.write("mine.py", TWICE + "# a comment\n")
    assert desk.board.best() == []
    ran = desk.run("leaderboard", "--check", "--workers", 0)
    assert ran.code == 0
    assert "validates: the problem's sources have changed" in ran.out
    (best,) = desk.board.best()
    assert best.id == old.id
    assert best.hashes == old.hashes
    assert best.problem_digest != old.problem_digest
    assert computed(desk, 10) == 20
    assert "## Stale" not in desk.page()


def test_a_check_of_an_entry_for_what_the_kernel_was_leaves_it_stale(desk: Desk) -> None:
    (old,) = desk.board.best()
    desk.write("mine.py", FOUR_TIMES_AND_ONE)
    ran = desk.run("leaderboard", "--check", "--workers", 0)
    assert ran.code == 0
    assert ran.out.endswith("1 entry: 1 stale, of problems that have changed\n")
    assert desk.board.entries() == [old]
    desk.write("mine.py", TWICE)
    assert desk.board.best() == [old]


def test_an_entry_whose_problem_is_gone_is_stale_until_it_is_back(desk: Desk) -> None:
    (old,) = desk.board.best()
    (desk.folder / "mine.py").unlink()
    (place,) = desk.board.placed()
    assert (place.standing, place.reason) == (Standing.STALE, f"the problem {NAME} is not there")
    assert f"the problem {NAME} is not there" in desk.run("leaderboard").out
    assert f"the problem {NAME} is not there" in desk.run("export", old.id, "-o", "p.json").refusal
    desk.write("mine.py", TWICE)
    assert computed(desk, 3) == 6


def test_the_same_program_for_edited_sources_is_an_entry_of_its_own(desk: Desk) -> None:
    (old,) = desk.board.best()
    desk.write("mine.py", TWICE + "# a comment\n")
    new = desk.search()
    assert new != old.id
    first, second = desk.board.entries()
    assert first.hashes.program == second.hashes.program
    desk.write("mine.py", TWICE)
    assert desk.board.best() == [old]


# Machines


def slow(latency: int) -> str:
    text = MODEL.read_text(encoding="utf-8").replace('name = "takehome"', 'name = "slow"')
    return text.replace("[engines.alu]", f"[engines.alu]\nlatency = {{ '+' = {latency} }}")


def test_an_edited_machine_has_a_new_best_and_the_old_one_is_stale(desk: Desk) -> None:
    desk.write("slow.toml", slow(1))
    fast = desk.search("--machine", "slow.toml")
    desk.a_day_passes()
    desk.write("slow.toml", slow(5))
    late = desk.search("--machine", "slow.toml")
    places = {each.entry.id: each for each in desk.board.placed() if each.entry.machine_name == "slow"}
    assert places[late].counts
    assert (places[fast].standing, places[fast].reason) == (Standing.STALE, "the machine slow is another today")
    assert places[late].entry.cycles > places[fast].entry.cycles
    ran = desk.run("export", NAME, "--machine", "slow", "-o", "p.json")
    assert ran.out == f"p.json: {late}, {places[late].entry.cycles} cycles on slow\n"
    refusal = desk.run("export", fast, "-o", "p.json").refusal
    assert refusal.startswith(f"entry {fast} is stale: the machine slow is another today: ")


def test_a_check_finds_an_entry_for_what_a_machine_was_valid_and_it_stays_stale(desk: Desk) -> None:
    desk.write("slow.toml", slow(1))
    fast = desk.search("--machine", "slow.toml")
    desk.a_day_passes()
    desk.write("slow.toml", slow(5))
    late = desk.search("--machine", "slow.toml")
    ran = desk.run("leaderboard", "--check", "--workers", 0)
    assert ran.code == 0
    assert ran.out.endswith("3 entries: 2 valid, 1 valid on machines that are others today\n")
    standings = {each.entry.id: each.standing for each in desk.board.placed()}
    assert (standings[fast], standings[late]) == (Standing.STALE, Standing.COUNTS)


def test_entries_on_other_machines_alone_are_asked_for_by_machine(desk: Desk) -> None:
    desk.write("slow.toml", slow(2))
    desk.write("yours.py", TWICE)
    entry = desk.search("--machine", "slow.toml", problem="yours.py:Scaled")
    refusal = desk.run("trace", "yours.py:Scaled", "-o", "t.json").refusal
    assert refusal == "entries for yours.py:Scaled words=1 all are for slow: say which with --machine"
    ran = desk.run("trace", "yours.py:Scaled", "--machine", "slow", "-o", "t.json")
    assert (ran.code, ran.out.split(",")[0]) == (0, f"t.json: {entry}")
    assert ran.out.endswith(" cycles on slow\n")


# What an entry names is not run


def test_a_file_that_an_entry_names_is_not_run_for_what_does_not_ask_for_it(desk: Desk) -> None:
    desk.write("mine.py", "from pathlib import Path\nPath('ran').touch()\n" + TWICE)
    for words in (
        ("leaderboard",),
        ("leaderboard", "--render"),
        ("search", "dot_product", *FEW),
        ("export", "dot_product", "-o", "p.json"),
    ):
        assert desk.run(*words).code == 0
        assert not (desk.folder / "ran").exists(), words
    assert "| dot_product | " not in desk.page()
    assert desk.run("knobs", NAME).code == 0
    assert (desk.folder / "ran").exists()
