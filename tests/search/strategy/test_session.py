"""Whole searches: from a task to a validated entry."""

from pathlib import Path

import pytest

from machine.errors import UserError
from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, reproduce
from search.board.entry_schema import MOST_SEED
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.cpsat.exact import ExactResult
from search.solver.solve_outcome import SolveLimits
from search.strategy.budget import Budget
from search.strategy.step import parse_steps
from search.tasks.building import build_prepared
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import assert_sound
from tests.search.strategy.sessions import improved, journaled, run, solver


def test_the_winner_is_validated_kept_and_reproducible(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder)
    entry, board = outcome.submission.entry, Leaderboard(folder)
    assert outcome.submission.is_best
    assert board.entries() == [entry]
    assert entry.cycles == outcome.submission.candidate.cycles == outcome.solution.cycles >= entry.bound.cycles
    assert (entry.validation.inputs, entry.validation.cycles) == (16, entry.cycles)
    assert entry.validation.checks == ("legality", "graph execution", "batch simulator", "interpreter")
    assert reproduce(entry, board.decision(entry)).succeeded


@pytest.mark.parametrize("seed", [-1, MOST_SEED + 1])
def test_a_seed_that_no_entry_can_hold_is_refused(folder: Path, seed: int) -> None:
    """Its result would be set aside as damaged."""
    with pytest.raises(UserError, match="the seed must be a whole number from 0 to"):
        run(SMALL_TREE, folder, seed=seed)
    outcome = run(SMALL_TREE, folder, seed=MOST_SEED)
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


def test_the_journal_says_what_was_done(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, seed=4)
    (line,) = journaled(folder)
    entry = outcome.submission.entry
    assert line["kind"] == "search"
    assert (line["problem"], line["shape"], line["category"], line["machine"]) == entry.key
    assert (line["cycles"], line["bound"], line["entry"]) == (entry.cycles, entry.bound.cycles, entry.id)
    assert (line["seed"], line["schedules"], line["workers"]) == (4, outcome.progress.schedules, 0)
    assert (line["record"], line["interrupted"], line["failures"]) == (True, False, {})


def test_a_search_that_is_not_better_is_journaled_but_not_kept(folder: Path) -> None:
    outcomes = [run(SMALL_TREE, folder) for _ in range(2)]
    assert [outcome.submission.is_best for outcome in outcomes] == [True, False]
    assert [line["record"] for line in journaled(folder)] == [True, False]
    assert len(Leaderboard(folder).entries()) == 1


def test_the_same_seed_and_schedules_give_the_same_program(folder: Path) -> None:
    first, second = (run(SMALL_TREE, folder, seed=9).submission.entry for _ in range(2))
    assert first.hashes == second.hashes


@pytest.mark.usefixtures("large")
@pytest.mark.usefixtures("unproven")
def test_with_moves_and_windows_too_the_same_seed_and_schedules_give_the_same_program(folder: Path) -> None:
    first, second = (run(SMALL_TREE, folder, Budget(schedules=1000), seed=9) for _ in range(2))
    assert first.run.method == "random, then moves, then windows"
    assert first.submission.entry.hashes == second.submission.entry.hashes


def test_fixed_knobs_stay_as_they_are(folder: Path) -> None:
    assert run(SMALL_TREE, folder, fixed={"unroll": 2}).submission.entry.knobs["unroll"] == 2


def test_a_small_graph_is_solved_exactly_and_the_bound_is_of_its_own_graph(folder: Path) -> None:
    entry = run(SMALL_TREE, folder).submission.entry
    prepared = build_prepared(SMALL_TREE.load(), entry.knobs)
    assert entry.effort.method == "random, then exact"
    assert lower_bound(prepared).cycles <= entry.bound.cycles <= entry.cycles


@pytest.mark.usefixtures("large")
def test_a_large_graph_goes_through_moves(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(schedules=200))
    assert outcome.submission.entry.effort.method == "random, then moves"
    assert 100 < outcome.progress.schedules <= 200
    assert outcome.submission.entry.cycles == outcome.progress.cycles


@pytest.mark.usefixtures("unproven")
def test_exact_solving_can_be_repeated_where_schedules_are_counted_and_ends_by_time_elsewhere(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    limits: list[SolveLimits] = []

    def note(prepared: PreparedGraph, incumbent: Decision, given: SolveLimits, known: Bound) -> ExactResult:
        limits.append(given)
        return ExactResult(incumbent, known, None)

    solver(monkeypatch, note)
    run(SMALL_TREE, folder, seed=6)
    run(SMALL_TREE, folder, Budget(4.0), seed=6)
    counted, timed = limits
    assert counted.deterministic_time is not None
    assert (counted.workers, counted.seed) == (1, 6)
    assert timed.deterministic_time is None
    assert 1.0 <= timed.seconds < 4.0


@pytest.mark.usefixtures("unproven")
def test_one_schedule_is_not_followed_by_a_solve(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(schedules=1))
    assert outcome.run.method == "random"
    assert outcome.submission.entry.effort.repeat is not None


# Stages of the user's own


@pytest.mark.parametrize(
    ("stages", "method"),
    [
        ("moves", "list, then moves"),
        ("justification", "list, then justification"),
        ("list:0.2,justification,moves", "list, then justification, then moves"),
        ("random:0.5,moves:0.4,windows", "random, then moves"),
        ("random:0.1,cp-sat", "random, then cp-sat"),
        ("list:0,random:0", "list, then random"),
    ],
)
def test_a_search_by_stages_that_the_user_names(folder: Path, stages: str, method: str) -> None:
    """Sixty-four schedules are too few for a window, and half of none is one."""
    outcome = run(SMALL_TREE, folder, steps=parse_steps(stages))
    assert outcome.run.method == outcome.submission.entry.effort.method == method
    assert outcome.progress.schedules <= 66
    assert_sound(outcome.solution)


@pytest.mark.usefixtures("unproven")
def test_an_entry_is_improved_by_stages_that_the_user_names(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(schedules=5000), steps=parse_steps("windows,moves:0.01,exact"))
    assert [stage.name for stage in outcome.run.stages] == ["windows", "moves", "exact"]
    assert outcome.submission.entry.cycles < entry.cycles
