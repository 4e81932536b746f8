"""Submitting a result: validated, made an entry, put on the board and written down, or nothing of all that."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from machine.certificates.certificate import Refutation
from search.board.entry import Effort, make_entry
from search.board.leaderboard import Leaderboard
from search.board.submission import Result, Run, RunKind, Submission, journal_line, submit, validated_entry
from search.bounds.bound import Bound
from search.errors import WrongOutputError
from search.scheduling.policy import default_policy
from search.tasks.task import TaskName
from search.tasks.validation import validate_candidate
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, candidate_of, entry_of, task_name

EFFORT = Effort("list search", 7, 32, 1.5, 2)
POLICY = default_policy(TAKEHOME).to_json()
RUN = Run(RunKind.IMPROVE, 12, 0.5, 3, 4, {"AllocationError": 2}, interrupted=True)


def result_of(name: TaskName = DOUBLING) -> Result:
    task, candidate = candidate_of(name)
    return Result(task, name.problem, candidate, Bound(5, "a proof"), {"a": 1}, POLICY, EFFORT)


def board_in(folder: Path) -> Leaderboard:
    board = Leaderboard(folder)
    board.ensure_writable()
    return board


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def test_a_validated_entry_says_what_the_result_says_and_how_it_was_validated() -> None:
    result = result_of()
    entry = validated_entry(result, 5)
    validation = validate_candidate(result.task, result.candidate, 5)
    made = make_entry(
        result.task,
        DOUBLING.problem,
        result.candidate,
        Bound(5, "a proof"),
        validation,
        {"a": 1},
        POLICY,
        EFFORT,
        entry.found,
    )
    assert entry == made
    assert entry.found[:2] == "20"


def test_a_submitted_result_is_on_the_board_and_in_the_journal(tmp_path: Path) -> None:
    board, result = board_in(tmp_path), result_of()
    submitted = submit(board, result, RUN, 4)
    assert submitted == Submission(submitted.entry, result.candidate, is_best=True)
    assert board.entries() == [submitted.entry]
    assert board.program(submitted.entry).digest == result.candidate.program.digest
    assert lines(tmp_path) == [{"format": 1, **journal_line(RUN, submitted.entry, is_best=True)}]
    assert "1 searches, 12 schedules tried" in (tmp_path / "README.md").read_text()


def test_a_result_that_is_not_better_is_in_the_journal_alone(tmp_path: Path) -> None:
    board = board_in(tmp_path)
    first, second = (submit(board, result_of(), RUN, 4) for _ in range(2))
    assert (first.is_best, second.is_best) == (True, False)
    assert board.entries() == [first.entry]
    assert [line["record"] for line in lines(tmp_path)] == [True, False]


def test_a_submitted_result_has_the_bound_that_is_known_of_its_graph(tmp_path: Path) -> None:
    board, (entry, candidate) = board_in(tmp_path), entry_of(DOUBLING)
    proof = Bound(entry.cycles, "exact", Refutation("exact", "CP-SAT", entry.cycles - 1))
    assert board.add(replace(entry, id=f"{entry.id[:-1]}x", cycles=entry.cycles + 1, bound=proof), candidate)
    submitted = submit(board, replace(result_of(), bound=Bound(1, "hardly anything")), RUN, 4)
    assert submitted.is_best
    assert submitted.entry.bound == proof
    assert [line["bound"] for line in lines(tmp_path)] == [entry.cycles]


def test_a_result_that_is_wrong_leaves_nothing_behind(tmp_path: Path) -> None:
    board, wrong = board_in(tmp_path), result_of(task_name("Wrong", "words=2"))
    with pytest.raises(WrongOutputError):
        submit(board, wrong, RUN, 4)
    with pytest.raises(WrongOutputError):
        validated_entry(wrong, 4)
    assert (board.entries(), lines(tmp_path)) == ([], [])


def test_a_line_of_the_journal_has_the_time_of_the_run_and_not_of_an_older_entry_that_is_as_good() -> None:
    entry = replace(validated_entry(result_of(), 4), found="2026-01-02T00:00:00+00:00")
    assert journal_line(RUN, entry, is_best=False)["time"] > entry.found


@pytest.mark.parametrize("kind", list(RunKind))
def test_a_line_of_the_journal_tells_the_task_the_score_and_what_the_run_cost(kind: RunKind) -> None:
    entry = validated_entry(result_of(), 4)
    line = journal_line(replace(RUN, kind=kind), entry, is_best=False)
    assert (line["problem"], line["shape"], line["category"], line["machine"]) == entry.key
    assert (line["problem_digest"], line["machine_digest"]) == (entry.hashes.problem, entry.hashes.machine)
    assert (line["entry"], line["cycles"], line["bound"]) == (entry.id, entry.cycles, 5)
    assert (line["kind"], line["record"]) == (kind.name.lower(), False)
    assert (line["seed"], line["schedules"], line["seconds"], line["workers"]) == (4, 12, 0.5, 3)
    assert (line["failures"], line["interrupted"]) == ({"AllocationError": 2}, True)
    assert json.loads(json.dumps(line)) == line
