"""Whole solves: from the board's schedule of the very graph, with its bound recorded."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.graph.decision import Decision
from problems.knobs import default_settings
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, graph_digest
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.cpsat.exact import ExactResult
from search.solver.solve_outcome import SolveLimits
from search.tasks.building import build_prepared
from tests.search.problems import SMALL_TREE, entry_of
from tests.search.strategy.sessions import TINY_TREE, journaled, same_bound_argument, solved, solver


def test_a_task_that_the_board_does_not_have_is_solved_from_list_schedules(folder: Path) -> None:
    outcome = solved(SMALL_TREE, folder)
    entry = outcome.submission.entry
    assert outcome.start is None
    assert outcome.run.stages[0].before is None
    assert entry.effort.method == "list, then exact"
    assert Leaderboard(folder).entries() == [entry]
    (line,) = journaled(folder)
    assert (line["kind"], line["entry"], line["record"], line["bound"]) == ("solve", entry.id, True, entry.bound.cycles)


def test_solving_starts_from_the_boards_schedule_of_the_same_graph_and_never_ends_above_it(
    entry: Entry, folder: Path
) -> None:
    outcome = solved(SMALL_TREE, folder)
    assert outcome.start == entry.cycles
    assert [(stage.name, stage.before) for stage in outcome.run.stages] == [("exact", entry.cycles)]
    assert outcome.submission.entry.cycles <= entry.cycles
    assert outcome.submission.entry.bound.cycles >= entry.bound.cycles


def test_a_bound_that_is_proven_is_recorded_on_the_entry_that_has_the_schedule(
    entry: Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(monkeypatch, same_bound_argument("a proof", 1))
    outcome = solved(SMALL_TREE, folder)
    (recorded,) = Leaderboard(folder).entries()
    assert recorded == replace(entry, bound=Bound(entry.bound.cycles + 1, "a proof"))
    assert (outcome.submission.entry, outcome.submission.is_best) == (recorded, False)
    assert outcome.solution.cycles == entry.cycles
    (line,) = journaled(folder)
    assert (line["kind"], line["entry"], line["record"]) == ("solve", entry.id, False)
    assert (line["cycles"], line["bound"]) == (entry.cycles, entry.bound.cycles + 1)


def test_a_bound_is_noted_and_journaled_where_another_session_has_removed_the_entry_meanwhile(
    entry: Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = Bound(entry.bound.cycles + 1, "a proof")
    other = replace(entry, id=f"{entry.id[:-1]}x", cycles=entry.cycles - 1)

    def answer(prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound) -> ExactResult:
        Leaderboard(folder).add(other, entry_of(SMALL_TREE)[1], instead_of=[entry.id])
        return ExactResult(incumbent, proof, None)

    solver(monkeypatch, answer)
    outcome = solved(SMALL_TREE, folder)
    assert outcome.submission.entry == replace(entry, bound=proof)
    assert Leaderboard(folder).entries() == [replace(other, bound=proof)]
    assert [(line["entry"], line["bound"]) for line in journaled(folder)] == [(entry.id, proof.cycles)]


def test_a_solve_that_comes_to_nothing_is_journaled_and_leaves_the_entry_as_it_is(
    entry: Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(monkeypatch, same_bound_argument("nothing"))
    assert solved(SMALL_TREE, folder).submission.entry == entry
    assert Leaderboard(folder).entries() == [entry]
    assert [line["kind"] for line in journaled(folder)] == ["solve"]


def test_an_entry_that_is_proven_optimal_needs_no_solver(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = solved(TINY_TREE, folder).submission.entry
    solver(monkeypatch, lambda *arguments: pytest.fail("it is known"))
    again = solved(TINY_TREE, folder)
    assert (again.submission.entry, again.run.stages, again.start) == (first, (), first.cycles)


def test_another_graph_of_the_same_task_is_solved_from_nothing(entry: Entry, folder: Path) -> None:
    task = SMALL_TREE.load()
    knobs = {**default_settings(task.problem.knobs(task.shape, task.category, task.machine)), "select.0.1": "none"}
    prepared = build_prepared(task, knobs)
    assert graph_digest(prepared.flat, prepared.machine) != entry.hashes.graph
    outcome = solved(SMALL_TREE, folder, fixed=knobs)
    assert outcome.start is None
    assert outcome.solution.knobs == knobs
