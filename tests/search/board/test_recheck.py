"""Checking entries anew: what is right stays, what was tampered with is named, what cannot be told is left alone."""

import gzip
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from machine.graph.decision import Decision, decision_to_json
from machine.program import program_from_json
from search.board.entry import Checked, Entry, Mark, entry_id
from search.board.leaderboard import Leaderboard
from search.board.recheck import Recheck, Verdict, recheck, recheck_all
from search.processes.workers import InProcess
from search.tasks.candidate import make_candidate
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, candidate_of, entry_of, remove

ENTRY = entry_of(SMALL_TREE)[0]
INPUTS = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with one entry, to be tampered with."""
    board = Leaderboard(tmp_path)
    board.ensure_writable()
    board.add(*entry_of(SMALL_TREE))
    return tmp_path


def file(folder: Path, what: str) -> Path:
    return folder / "entries" / f"{ENTRY.id}.{what}.json.gz"


def read(folder: Path, what: str) -> Any:
    return json.loads(gzip.decompress(file(folder, what).read_bytes()))


def write(folder: Path, what: str, data: object) -> str:
    """Replace the program or the decision; returns the hash that a program has then."""
    text = json.dumps(data, separators=(",", ":"))
    file(folder, what).write_bytes(gzip.compress(text.encode()))
    return hashlib.sha256(text.encode()).hexdigest()


def with_program(entry: Entry, digest: str) -> Entry:
    return replace(entry, hashes=replace(entry.hashes, program=digest))


def of_another_graph(entry: Entry) -> Entry:
    """The entry as one of a version that built another graph from its knobs."""
    return replace(entry, hashes=replace(entry.hashes, graph="0" * 64))


def reason(folder: Path, entry: Entry = ENTRY) -> str:
    """Why an entry is wrong, which it must be."""
    found = recheck(folder, entry, INPUTS)
    assert found.verdict is Verdict.WRONG, found
    return found.note


# What is right


def test_an_entry_that_nobody_touched_validates_and_nothing_is_written(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert recheck(folder, ENTRY, INPUTS) == Recheck(ENTRY, Verdict.VALID, "", ENTRY.hashes.problem, ENTRY.bound)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_verifier_decides_on_inputs_and_seed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    problem = type(SMALL_TREE.load().problem)
    inputs = problem.inputs

    def counted(self: Any, shape: Any, count: int, seed: int) -> Any:
        asked.append((count, seed))
        return inputs(self, shape, count, seed)

    monkeypatch.setattr(problem, "inputs", counted)
    of_one_input = replace(ENTRY, validation=replace(ENTRY.validation, inputs=1, seed=5))
    for entry in (of_one_input, of_another_graph(of_one_input)):
        recheck(folder, entry, 11)
    assert set(asked) == {(11, 20_260_101)}


def test_sources_that_have_changed_are_noted(folder: Path) -> None:
    hashes = replace(ENTRY.hashes, problem="0" * 64)
    other = replace(ENTRY, hashes=hashes, id=entry_id("tree_hash", ENTRY.key, hashes))
    Leaderboard(folder).add(other, entry_of(SMALL_TREE)[1])
    note = "the problem's sources have changed"
    assert recheck(folder, other, INPUTS) == Recheck(other, Verdict.VALID, note, ENTRY.hashes.problem, ENTRY.bound)


# The program was tampered with


def test_a_program_that_is_not_the_one_named_is_wrong(folder: Path) -> None:
    write(folder, "program", read(folder, "program")[:-1])
    assert reason(folder) == "the stored program is not the one its hash names"


def test_a_program_whose_hash_was_made_to_fit_is_not_the_decided_one(folder: Path) -> None:
    entry = with_program(ENTRY, write(folder, "program", read(folder, "program")[:-1]))
    assert "are missing" in reason(folder, entry)


def test_a_shorter_program_with_hash_and_score_made_to_fit_is_not_the_decided_one(folder: Path) -> None:
    digest = write(folder, "program", [{"alu": []}])
    assert "are missing" in reason(
        folder, replace(with_program(ENTRY, digest), cycles=1, bound=replace(ENTRY.bound, cycles=1))
    )


# The decision was tampered with


def test_a_decision_that_moves_a_slot_is_not_its_programs(folder: Path) -> None:
    decision = read(folder, "decision")
    write(folder, "decision", {**decision, "cycles": [*decision["cycles"][:-1], 9**5]})
    assert "not those decided" in reason(folder)


def test_an_illegal_decision_with_program_and_hash_made_to_fit_is_told_by_what_it_reads(folder: Path) -> None:
    """Two buffers that live at once are put at one address."""
    candidate = candidate_of(SMALL_TREE)[1]
    decision, prepared = candidate.decision, candidate.prepared
    addresses = decision.addresses.copy()
    used = [number for number in range(len(addresses)) if addresses[number] >= 0]
    addresses[used] = addresses[used[0]]
    clashing = make_candidate(prepared, Decision(decision.schedule, addresses))
    write(folder, "decision", decision_to_json(clashing.decision))
    digest = write(folder, "program", clashing.program.to_json())
    assert digest == clashing.program.digest
    assert "reads word" in reason(folder, with_program(ENTRY, digest))


def test_a_decision_of_another_graph_is_wrong(folder: Path) -> None:
    write(folder, "decision", decision_to_json(entry_of(DOUBLING)[1].decision))
    assert "the stored decision is not one of its graph" in reason(folder)


# The entry was tampered with


def test_cycles_that_were_changed_are_told(folder: Path) -> None:
    lower = replace(ENTRY, cycles=ENTRY.cycles - 1)
    assert reason(folder, lower) == f"it claims {ENTRY.cycles - 1} cycles and takes {ENTRY.cycles}"


def test_a_bound_above_the_score_is_refuted_and_the_program_stays(folder: Path) -> None:
    above = replace(ENTRY, bound=replace(ENTRY.bound, cycles=ENTRY.cycles + 1))
    found = recheck(folder, above, INPUTS)
    assert (found.verdict, found.alarm, found.bound) == (Verdict.VALID, True, ENTRY.bound)
    assert found.note.startswith(f"ALARM: its bound of {ENTRY.cycles + 1} is refuted by its own program")


def test_a_machine_that_was_changed_is_told(folder: Path) -> None:
    machine = json.loads(json.dumps(ENTRY.machine))
    machine["engines"]["alu"]["slots"] += 1
    changed = replace(ENTRY, machine=machine)
    assert reason(folder, changed) == "its machine is not the one its hash names"
    machine["engines"]["alu"]["slots"] = 0
    assert "engines.alu.slots: must be a whole number" in reason(folder, changed)


def test_an_entry_that_is_valid_on_another_machine_of_that_name_is_told(folder: Path) -> None:
    slow = replace(DOUBLING, machine=TAKEHOME.variant("takehome", latencies={("load", "load"): 2}))
    entry, candidate = entry_of(slow)
    board = Leaderboard(folder)
    assert not board.add(entry, candidate)
    (found,) = recheck_all(board, [entry], INPUTS, InProcess())
    assert (found.verdict, found.problem_digest) == (Verdict.OTHER_MACHINE, entry.hashes.problem)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"category": "nonsense"}, "no category 'nonsense'"),
        ({"shape": {**ENTRY.shape, "height": 99}}, "height must be at least 0 and at most 20"),
        ({"shape": {"depth": 2}}, "no shape parameter 'depth'"),
    ],
)
def test_a_task_that_the_problem_does_not_have_is_told(folder: Path, change: dict[str, Any], message: str) -> None:
    assert message in reason(folder, replace(ENTRY, **change))


def test_a_program_for_another_shape_is_wrong(folder: Path) -> None:
    """It ends two rounds too soon."""
    assert "memory word" in reason(folder, replace(ENTRY, shape={**ENTRY.shape, "rounds": 4}))


# Files are damaged or gone


@pytest.mark.parametrize("what", ["program", "decision"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.unlink(), "cannot read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-5]), "is damaged"),
        (lambda path: path.write_bytes(b"no"), "is damaged"),
        (lambda path: path.write_bytes(gzip.compress(b"[" * 100_000)), "is damaged"),
        (lambda path: path.write_bytes(gzip.compress(b"3")), "holds no"),
    ],
)
def test_a_file_that_is_damaged_or_gone_is_named_in_one_line(
    folder: Path, what: str, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(file(folder, what))
    said = reason(folder)
    assert message in said
    assert f"entries/{ENTRY.id}.{what}.json.gz" in said
    assert str(folder) not in said
    assert "\n" not in said


def test_an_entry_that_another_process_removes_is_not_wrong(folder: Path) -> None:
    remove(folder, ENTRY)
    found = recheck(folder, ENTRY, INPUTS)
    assert (found.verdict, found.note) == (Verdict.UNCHECKED, "another process has removed it")


def test_what_is_no_file_in_place_of_one_is_damage(folder: Path) -> None:
    file(folder, "program").unlink()
    file(folder, "program").mkdir()
    found = recheck(folder, ENTRY, INPUTS)
    assert found.verdict is Verdict.WRONG
    assert "no plain file" in found.note


# This version is another


def test_a_program_of_another_graph_is_validated_by_itself(folder: Path) -> None:
    entry = of_another_graph(ENTRY)
    assert recheck(folder, entry, INPUTS) == Recheck(entry, Verdict.OTHER_GRAPH, "", ENTRY.hashes.problem)


def test_a_decision_need_not_fit_another_graph(folder: Path) -> None:
    write(folder, "decision", decision_to_json(entry_of(DOUBLING)[1].decision))
    assert recheck(folder, of_another_graph(ENTRY), INPUTS).verdict is Verdict.OTHER_GRAPH


def test_knobs_that_the_problem_no_longer_takes_give_no_graph(folder: Path) -> None:
    entry = replace(ENTRY, knobs={**ENTRY.knobs, "select.0.1": "nonsense"})
    assert recheck(folder, entry, INPUTS).verdict is Verdict.OTHER_GRAPH


def test_knobs_that_were_not_there_yet_keep_their_defaults(folder: Path) -> None:
    entry = replace(ENTRY, knobs={name: value for name, value in ENTRY.knobs.items() if name != "unroll"})
    assert recheck(folder, entry, INPUTS).verdict is Verdict.VALID


def test_a_wrong_program_of_another_graph_is_wrong(folder: Path) -> None:
    bundles = read(folder, "program")
    entry = with_program(of_another_graph(ENTRY), write(folder, "program", bundles[:-1]))
    assert "memory word" in reason(folder, entry)
    entry = with_program(entry, write(folder, "program", [{"alu": bundles[0].get("alu", []) + [["+", 1, 2, 3]] * 13}]))
    assert "slots on alu" in reason(folder, entry)
    entry = with_program(entry, write(folder, "program", bundles))
    assert "it claims 7 cycles" in reason(folder, replace(entry, cycles=7))
    assert program_from_json(bundles).digest == ENTRY.hashes.program


# A user's problem


def own_problem(folder: Path, body: str) -> Entry:
    """The entry of the doubling problem as if it were of one in a file of its own."""
    source = folder / "own.py"
    source.write_text(
        f"from tests.problems.example import Doubling\n\n\nclass Own(Doubling):\n{body}\n", encoding="utf-8"
    )
    entry, candidate = entry_of(DOUBLING)
    Leaderboard(folder).add(entry, candidate)
    return replace(entry, problem=f"{source}:Own")


def test_an_entry_whose_problem_is_gone_is_not_wrong(folder: Path) -> None:
    entry = replace(own_problem(folder, "    pass"), problem=EXAMPLE.replace("example.py", "gone.py"))
    found = recheck(folder, entry, INPUTS)
    assert found.verdict is Verdict.UNCHECKED
    assert "cannot read problem file" in found.note


def test_an_entry_whose_problem_does_not_load_is_not_wrong(folder: Path) -> None:
    found = recheck(folder, own_problem(folder, "    1 / 0"), INPUTS)
    assert found.verdict is Verdict.UNCHECKED
    assert "division by zero" in found.note


THREEFOLD = "    def reference(self, shape, memories):\n        return memories * 3"


def test_an_entry_whose_problem_has_changed_and_wants_something_else_is_stale_and_not_wrong(folder: Path) -> None:
    found = recheck(folder, own_problem(folder, THREEFOLD), INPUTS)
    assert found.verdict is Verdict.STALE
    assert "memory word 0" in found.note


def test_an_entry_that_its_own_problem_refutes_is_wrong(folder: Path) -> None:
    entry = own_problem(folder, THREEFOLD)
    own = replace(entry, hashes=replace(entry.hashes, problem=entry.task().problem.digest()))
    assert "memory word 0" in reason(folder, own)
    checked = replace(entry, checked=Checked(own.hashes.problem, "0.1", "2026"))
    assert "memory word 0" in reason(folder, checked)


def test_a_stale_entry_whose_program_was_changed_is_wrong(folder: Path) -> None:
    other = replace(ENTRY, hashes=replace(ENTRY.hashes, problem="0" * 64))
    write(folder, "program", read(folder, "program")[:-1])
    assert reason(folder, other) == "the stored program is not the one its hash names"


def test_an_error_of_a_problem_is_no_verdict_on_the_entry(folder: Path) -> None:
    body = "    def reference(self, shape, memories):\n        raise IndexError('no such thing')"
    found = recheck(folder, own_problem(folder, body), INPUTS)
    assert (found.verdict, found.note) == (Verdict.FAILED, "IndexError: no such thing")


# Many


class Threads:
    """A runner whose calls end in any order."""

    workers = 2

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.workers)
        self.most = self.unfinished = 0

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.unfinished += 1
        self.most = max(self.most, self.unfinished)
        future = self.pool.submit(function, *args, **kwargs)
        future.add_done_callback(self._finished)
        return future

    def _finished(self, future: "Future[Any]") -> None:
        self.unfinished -= 1


def test_verdicts_come_in_the_order_of_the_entries_whatever_runs_them(folder: Path) -> None:
    wrong = replace(ENTRY, cycles=1)
    struck = replace(ENTRY, struck=Mark("because", "2026-05-06"))
    entries = [ENTRY, wrong, struck, of_another_graph(ENTRY), wrong, ENTRY]
    names = ["VALID", "WRONG", "STRUCK", "OTHER_GRAPH", "WRONG", "VALID"]
    threads = Threads()
    for runner in (InProcess(), threads):
        found = list(recheck_all(Leaderboard(folder), entries, INPUTS, runner))
        assert [result.entry for result in found] == entries
        assert [result.verdict.name for result in found] == names
    assert threads.most <= 2 * Threads.workers


def test_an_entry_that_is_struck_says_when_and_why_without_being_run(tmp_path: Path) -> None:
    struck = replace(ENTRY, struck=Mark("because", "2026-05-06"))
    assert recheck(tmp_path, struck, INPUTS) == Recheck(struck, Verdict.STRUCK, "2026-05-06: because")
