"""Forged entries: each is refused or put right, by one line that names what is wrong, and no other entry suffers."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from machine.graph.decision import decision_to_json
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.recheck import Recheck, Verdict, recheck
from search.solver.solve_outcome import SolveLimits
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of

TREE, TWICE = entry_of(SMALL_TREE)[0], entry_of(DOUBLING)[0]
INPUTS = 16
LIMITS = SolveLimits(2.0, workers=1)
GRAPH = "0" * 64


@dataclass(frozen=True)
class Files:
    """The files of the forged entry."""

    folder: Path

    def path(self, what: str = "") -> Path:
        return self.folder / "entries" / (f"{TREE.id}.{what}.json.gz" if what else f"{TREE.id}.json")

    def change(self, **changes: Any) -> None:
        """Change fields; ``a__b`` is field b of the table a."""
        data = json.loads(self.path().read_text(encoding="utf-8"))
        for name, value in changes.items():
            *tables, last = name.split("__")
            inner = data
            for table in tables:
                inner = inner[table]
            inner[last] = value
        self.path().write_text(json.dumps(data), encoding="utf-8")

    def replace(self, what: str, data: object) -> None:
        self.path(what).write_bytes(gzip.compress(json.dumps(data).encode()))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder of two entries, one of which is to be forged."""
    board = Leaderboard(tmp_path)
    board.ensure_writable()
    for name in (SMALL_TREE, DOUBLING):
        board.add(*entry_of(name))
    return Files(tmp_path)


def rechecked(files: Files) -> Recheck:
    """What a check says of the forged entry, which must be readable."""
    (entry,) = [each for each in Leaderboard(files.folder).entries() if each.problem == TREE.problem]
    return recheck(files.folder, entry, INPUTS, LIMITS)


def others_are_left(files: Files) -> bool:
    return [each.id for each in Leaderboard(files.folder).entries() if each.problem != TREE.problem] == [TWICE.id]


# What is no entry: set aside

NO_ENTRIES: dict[str, tuple[Callable[[Files], object], str]] = {
    "a NUL": (lambda f: f.path().write_bytes(b"\0" * 200), "is not JSON"),
    "nothing": (lambda f: f.path().write_bytes(b""), "is not JSON"),
    "deep": (lambda f: f.path().write_text("[" * 200 + "]" * 200), "nested too deeply"),
    "deep in a field": (lambda f: f.change(effort__repeat={"a": json.loads("[" * 80 + "]" * 80)}), "nested too deeply"),
    "a pipe": (lambda f: (f.path().unlink(), os.mkfifo(f.path())), "no plain file"),
    "a link": (lambda f: (f.path().rename(f.folder / "real"), f.path().symlink_to(f.folder / "real")), "it is a link"),
    "large": (lambda f: f.path().write_bytes(b" " * (17 << 20)), "more than 16,777,216"),
    "a number that is none": (lambda f: f.change(effort__seconds=float("nan")), "NaN is no number"),
    "cycles as a text": (lambda f: f.change(cycles="35"), "cycles must be an integer"),
    "cycles as a float": (lambda f: f.change(cycles=35.0), "cycles must be an integer"),
    "cycles below 0": (lambda f: f.change(cycles=-35), "cycles must be an integer"),
    "a bound of 48.5": (lambda f: f.change(bound__cycles=48.5), "bound.cycles must be an integer"),
    "a bound of -5": (lambda f: f.change(bound__cycles=-5), "bound.cycles must be an integer"),
    "a bound beyond measure": (lambda f: f.change(bound__cycles=1 << 60), "bound.cycles must be an integer"),
    "an argument that steers": (lambda f: f.change(bound__argument="\x1b[2J"), "bound.argument must be a printable"),
    "a certificate of no kind": (
        lambda f: f.change(bound__certificate={"kind": "trust me"}),
        "certificates are of kind",
    ),
    "a certificate of text": (lambda f: f.change(bound__certificate="proven"), "certificate must be a table"),
    "no inputs": (lambda f: f.change(validation__inputs=0), "validation.inputs must be an integer from 1"),
    "a check of no name": (lambda f: f.change(validation__checks=[7]), "validation.checks[0] must be"),
    "a hash of text": (lambda f: f.change(hashes__graph="g"), "hashes.graph must be"),
    "a hash left out": (lambda f: f.change(hashes={"graph": GRAPH}), "hashes.program must be there"),
    "a list of knobs": (lambda f: f.change(knobs=[1]), "knobs must be a table"),
    "a knob of lists": (lambda f: f.change(knobs={"a": [1]}), "knobs.a must be an integer"),
    "a shape of text": (lambda f: f.change(shape={"height": "2"}), "shape.height must be an integer"),
    "an id elsewhere": (lambda f: f.change(id="../../evil"), "id must be a printable text"),
    "the id of another": (lambda f: f.change(id=TWICE.id), "holds another entry"),
    "a field of its own": (lambda f: f.change(trusted=True), "trusted must be left out"),
    "a later format": (lambda f: f.change(format=99), "needs a newer Slotsmith"),
    "a format that is none": (lambda f: f.change(format="3"), "format must be an integer"),
    "a machine of text": (lambda f: f.change(machine="takehome"), "machine must be a table"),
    "found in a year": (lambda f: f.change(found="2026"), "found must be a date and time"),
    "found in month 99": (lambda f: f.change(found="2026-99-01"), "found must be a date and time"),
    "found 99 hours ahead": (lambda f: f.change(found="2026-01-01T00:00:00+99:00"), "found must be a date and time"),
    "found before all time": (lambda f: f.change(found="0001-01-01T00:00:00+01:00"), "found must be a date and time"),
    "struck in month 99": (
        lambda f: f.change(struck={"reason": "no", "time": "2026-99-01"}),
        "struck.time must be a date and time",
    ),
    "struck by true": (lambda f: f.change(struck=True), "struck must be a table"),
}


@pytest.mark.parametrize("forgery", NO_ENTRIES)
def test_what_is_no_entry_is_set_aside_by_name(files: Files, forgery: str) -> None:
    forge, said = NO_ENTRIES[forgery]
    forge(files)
    board = Leaderboard(files.folder)
    (line,) = board.unreadable()
    assert said in line
    assert str(files.path()) in line
    assert "\n" not in line
    assert others_are_left(files)
    board.ensure_writable()
    board.rewrite_pages()


# What is an entry, but not of what it says: struck, or of no account


def of_another(files: Files, what: str) -> None:
    candidate = entry_of(DOUBLING)[1]
    files.replace(what, candidate.program.to_json() if what == "program" else decision_to_json(candidate.decision))


def without_last_slot(files: Files) -> None:
    data = json.loads(gzip.decompress(files.path("decision").read_bytes()))
    files.replace("decision", {**data, "cycles": data["cycles"][:-1]})


def with_a_far_cycle(files: Files) -> None:
    data = json.loads(gzip.decompress(files.path("decision").read_bytes()))
    files.replace("decision", {**data, "cycles": [*data["cycles"][:-1], 1 << 62]})


WRONG: dict[str, tuple[Callable[[Files], object], str]] = {
    "fewer cycles": (lambda f: f.change(cycles=TREE.cycles - 1), f"claims {TREE.cycles - 1} cycles and takes"),
    "one cycle": (lambda f: f.change(cycles=1, validation__cycles=1), "claims 1 cycles and takes"),
    "the program of another": (lambda f: of_another(f, "program"), "not the one its hash names"),
    "the decision of another": (lambda f: of_another(f, "decision"), "the stored decision is not one of its graph"),
    "a decision without a slot": (without_last_slot, "another number of slots"),
    "a cycle of 2^62": (with_a_far_cycle, "cycles from 1048576"),
    "a program that is none": (lambda f: f.replace("program", [7]), "holds no program"),
    "a bomb of a decision": (
        lambda f: f.path("decision").write_bytes(gzip.compress(b" " * (1 << 28))),
        "unpacks to more",
    ),
    "a bomb of a program": (
        lambda f: f.path("program").write_bytes(gzip.compress(b"[" * (1 << 28))),
        "unpacks to more",
    ),
    "no program": (lambda f: f.path("program").unlink(), "No such file"),
    "a pipe for a program": (lambda f: (f.path("program").unlink(), os.mkfifo(f.path("program"))), "no plain file"),
    "another machine": (lambda f: f.change(machine__scratch_words=1535), "its machine is not the one its hash names"),
    "another shape": (lambda f: f.change(shape={"height": -1}), "must be at least"),
    "another category": (lambda f: f.change(category="none"), "has no category"),
    "the hash of another program": (lambda f: f.change(hashes__program=TWICE.hashes.program), "its hash names"),
    "the hash of another machine": (lambda f: f.change(hashes__machine=GRAPH), "not the one its hash names"),
}


@pytest.mark.parametrize("forgery", WRONG)
def test_what_is_not_as_it_says_is_wrong_by_name(files: Files, forgery: str) -> None:
    forge, said = WRONG[forgery]
    forge(files)
    found = rechecked(files)
    assert (found.verdict, said in found.note) == (Verdict.WRONG, True), found
    assert others_are_left(files)


def test_an_entry_of_a_foreign_graph_does_not_count_whatever_it_says_of_its_inputs(files: Files) -> None:
    files.change(hashes__graph=GRAPH, validation__inputs=1)
    assert rechecked(files).verdict is Verdict.OTHER_GRAPH


def test_an_entry_under_another_id_is_wrong(files: Files) -> None:
    other = f"{TREE.id[:-1]}{'0' if TREE.id[-1] != '0' else '1'}"
    files.change(id=other)
    for path in list((files.folder / "entries").glob(f"{TREE.id}.*")):
        path.rename(path.with_name(path.name.replace(TREE.id, other)))
    found = rechecked(files)
    assert (found.verdict, found.note) == (Verdict.WRONG, "its id is not of its task and program")


def test_a_struck_entry_without_its_flag_is_found_again(files: Files) -> None:
    board = Leaderboard(files.folder)
    files.change(cycles=5)
    (entry,) = [each for each in board.entries() if each.problem == TREE.problem]
    board.strike(entry, "it was wrong")
    files.change(struck=None)
    assert rechecked(files).verdict is Verdict.WRONG


# What it says of its bound: never believed


def refuted(entry: Entry) -> str:
    return f"is refuted by its own program of {entry.cycles} cycles"


BOUNDS: dict[str, tuple[dict[str, Any], str]] = {
    "above its cycles": ({"cycles": TREE.cycles + 1}, refuted(TREE)),
    "a thousand million": ({"cycles": 10**9, "certificate": None}, refuted(TREE)),
    "equal to its cycles, certificate left": ({"cycles": TREE.cycles}, "not proven by its certificate: it proves"),
    "equal to its cycles, a path of one": (
        {"cycles": TREE.cycles, "certificate": {"kind": "path", "chain": [[0, 0]]}},
        "not proven by its certificate: it proves",
    ),
    "a head that is none": (
        {"cycles": TREE.cycles, "certificate": {"kind": "path", "chain": [[0, 30]]}},
        "operation 0 can issue in cycle",
    ),
    "an operation that is none": (
        {"cycles": TREE.cycles, "certificate": {"kind": "path", "chain": [[10**6, 0]]}},
        "the graph has no operation 1000000",
    ),
    "prices of no engine": (
        {"cycles": TREE.cycles, "certificate": {"kind": "prices", "prices": [["gpu", "1"]], "head": 0, "tail": 0}},
        "no engine 'gpu'",
    ),
    "prices too good": (
        {"cycles": TREE.cycles, "certificate": {"kind": "prices", "prices": [["alu", "1"]], "head": 30, "tail": 30}},
        "not proven by its certificate",
    ),
    "a refutation of something else": (
        {
            "cycles": TREE.cycles,
            "certificate": {"kind": "refutation", "model": "exact", "solver": "CP-SAT", "length": 3, "apart": 1},
        },
        "it refutes 3 cycles",
    ),
}


@pytest.mark.parametrize("forgery", BOUNDS)
def test_a_forged_bound_gives_way_to_one_proven_anew_and_the_program_stays(files: Files, forgery: str) -> None:
    bound, said = BOUNDS[forgery]
    files.change(bound={**json.loads(json.dumps(TREE.to_json()["bound"])), **bound})
    found = rechecked(files)
    assert (found.verdict, found.bound, found.alarm) == (Verdict.VALID, TREE.bound, True)
    assert said in found.note
    assert found.note.startswith("ALARM: ")


def test_the_word_of_a_solver_that_no_solver_gives_again_is_not_kept(files: Files) -> None:
    recipe = {"kind": "refutation", "model": "counts", "solver": "SCIP", "length": TREE.cycles - 1, "apart": 1}
    files.change(bound__cycles=TREE.cycles, bound__certificate=recipe, bound__argument="counts of alike slots, by SCIP")
    found = rechecked(files)
    assert found.bound is not None
    assert found.bound == TREE.bound or found.bound.level.value != "unchecked"
    assert found.bound.cycles <= TREE.cycles


def test_journals_of_whatever_lines_do_not_stop_anybody(files: Files) -> None:
    board = Leaderboard(files.folder)
    lines = [
        b"[" * 100_000,
        b'{"schedules": "many"}',
        b'{"seconds": {}}',
        b"\0\0",
        b'{"workers": 1e999}',
        b"\xff",
        b"3",
    ]
    (files.folder / "journal.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    board.rewrite_pages()
    board.record({"kind": "search", "schedules": 5, "seconds": 1.0, "workers": 1})
    assert "5 schedules tried" in (files.folder / "README.md").read_text(encoding="utf-8")
