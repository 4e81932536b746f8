"""Searches repeated: what a search records, that it is enough, and that what differs is told."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from machine.errors import UserError
from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, current_versions, entry_from_json
from search.board.leaderboard import Leaderboard
from search.bounds.chains_and_work import lower_bound
from search.cpsat.exact import ExactResult
from search.processes.isolate import Ending
from search.processes.workers import InProcess
from search.scheduling.policy import default_policy, sample_policy
from search.solver.solve_outcome import SolveOutcome, Status
from search.strategy import step
from search.strategy.budget import Budget
from search.strategy.progress import Progress, unwatched
from search.strategy.search_recipe import SearchRecipe
from search.strategy.session import SessionSettings, search
from search.strategy.stage_work import parse_works
from search.strategy.stages import exact_stage
from search.strategy.step import SEARCH_STEPS, parse_steps
from search.sweep.repetition import recipe_of, repeat_search
from search.sweep.trial import TrialRequest, run_trial
from search.sweep.trial_recipe import TrialRecipe
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import SMALL_TREE, candidate_of, entry_of, task_name
from tests.search.strategy.cases import Tell, watched

COUNTED = Budget(schedules=64)


def searched(
    folder: Path,
    name: TaskName = SMALL_TREE,
    budget: Budget = COUNTED,
    tell: Tell = lambda progress: None,
    fixed: dict[str, int | str] | None = None,
    steps: tuple[step.Step, ...] = SEARCH_STEPS,
) -> Entry:
    """The entry that a search makes, as it is read from its file."""
    settings = SessionSettings(steps, budget, 5, 16, dict(fixed or {}))
    board = Leaderboard(folder)
    board.ensure_writable()
    search(name.load(), name, settings, board, InProcess(), watched(tell))
    (entry,) = board.entries()
    return entry


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph counts as one that is too large for exact solving."""

    def is_small(prepared: PreparedGraph) -> bool:
        return False

    monkeypatch.setattr(step, "is_small", is_small)


def solver(monkeypatch: pytest.MonkeyPatch, outcome: SolveOutcome | None, refused: str = "") -> None:
    """Exact solving comes to this at once."""

    def solve(prepared: PreparedGraph, incumbent: Decision, *others: object) -> ExactResult:
        return ExactResult(incumbent, lower_bound(prepared), outcome, refused)

    monkeypatch.setattr(exact_stage, "solve_whole", solve)


@pytest.fixture
def unsolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact solving finds nothing, at once."""
    solver(monkeypatch, None)


def with_recipe(recipe: Any) -> Entry:
    entry = entry_of(SMALL_TREE)[0]
    return replace(entry, effort=replace(entry.effort, repeat=recipe))


# What a search records


@pytest.mark.usefixtures("unsolved")
def test_a_search_whose_schedules_were_counted_records_its_settings(tmp_path: Path) -> None:
    entry = searched(tmp_path, fixed={"unroll": 2})
    wanted = {"kind": "search", "schedules": 64, "seed": 5, "fixed": {"unroll": 2}, "stages": None, "hands_on": True}
    assert entry.effort.repeat == wanted
    assert recipe_of(entry) == SearchRecipe(64, 5, {"unroll": 2})


@pytest.mark.usefixtures("unsolved")
@pytest.mark.parametrize("budget", [Budget(1.0), Budget(1.0, 32)])
def test_a_search_that_time_may_end_records_nothing(tmp_path: Path, budget: Budget) -> None:
    assert searched(tmp_path, budget=budget).effort.repeat is None


def test_a_search_that_was_interrupted_records_nothing(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.schedules:
            raise KeyboardInterrupt

    assert searched(tmp_path, tell=interrupt).effort.repeat is None


@pytest.mark.parametrize(
    ("outcome", "refused", "recorded"),
    [
        (SolveOutcome(Status.OPTIMAL), "", True),
        (SolveOutcome(Status.FEASIBLE), "", True),
        (None, "", True),
        (SolveOutcome(Ending.TIMED_OUT), "", False),
        (SolveOutcome(Ending.CRASHED), "", False),
        (SolveOutcome(Ending.OUT_OF_MEMORY), "", False),
        (SolveOutcome(Status.FEASIBLE), "no scratch addresses", False),
    ],
)
def test_a_solver_that_did_not_end_by_its_own_measure_leaves_nothing_to_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: SolveOutcome | None, refused: str, recorded: bool
) -> None:
    solver(monkeypatch, outcome, refused)
    assert (searched(tmp_path).effort.repeat is not None) is recorded


def test_a_solver_that_used_up_its_time_leaves_nothing_to_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact_stage, "_REPEATABLE_SECONDS", 0.0)
    solver(monkeypatch, SolveOutcome(Status.FEASIBLE))
    assert searched(tmp_path).effort.repeat is None


# Repeating a search


def test_a_search_with_exact_solving_is_repeated_to_the_bit(tmp_path: Path) -> None:
    again = repeat_search(searched(tmp_path), InProcess(), unwatched())
    assert again.succeeded
    assert again.same == dict.fromkeys(("cycles", "program", "graph", "problem", "machine"), True)
    assert again.versions == {}


@pytest.mark.usefixtures("large")
def test_a_search_with_moves_is_repeated_to_the_bit_on_its_own_machine(tmp_path: Path) -> None:
    slow = replace(SMALL_TREE, machine=TAKEHOME.variant("slow", latencies={("valu", "^"): 3}))
    entry = searched(tmp_path, slow, Budget(schedules=160), fixed={"unroll": 2})
    assert entry.effort.method == "random, then moves"
    assert repeat_search(entry, InProcess(), unwatched()).succeeded


@pytest.mark.parametrize("stages", ["random,moves,windows", "moves", "list:0.1,justification,moves:0.3,moves,windows"])
def test_a_search_by_stages_of_the_users_own_is_repeated_to_the_bit(tmp_path: Path, stages: str) -> None:
    """Shares of a third, too, are kept to the last digit: how many windows there are hangs on it."""
    entry = searched(tmp_path, budget=Budget(schedules=300), steps=parse_steps(stages))
    recipe = recipe_of(entry)
    assert isinstance(recipe, SearchRecipe)
    assert recipe.stages is not None
    assert parse_steps(recipe.stages) == parse_steps(stages)
    again = repeat_search(entry, InProcess(), unwatched())
    assert again.same == dict.fromkeys(("cycles", "program", "graph", "problem", "machine"), True)


def test_a_search_that_a_former_version_recorded_is_repeated(tmp_path: Path) -> None:
    entry = searched(tmp_path)
    former = {"kind": "search", "trials": 64, "seed": 5, "fixed": {}}
    assert recipe_of(entry) == SearchRecipe(64, 5, {})
    assert recipe_of(with_recipe(former)) == SearchRecipe(64, 5, {}, hands_on=False)
    assert repeat_search(
        replace(entry, effort=replace(entry.effort, repeat=former)), InProcess(), unwatched()
    ).succeeded


@pytest.mark.usefixtures("unsolved")
def test_repeating_leaves_the_results_folder_alone(tmp_path: Path) -> None:
    entry = searched(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    repeat_search(entry, InProcess(), unwatched())
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("unsolved")
def test_another_result_is_told_with_the_versions_that_differ(tmp_path: Path) -> None:
    entry = searched(tmp_path)
    other = replace(
        entry,
        cycles=entry.cycles - 1,
        hashes=replace(entry.hashes, program="0" * 64),
        versions={**entry.versions, "ortools": "1.0"},
    )
    again = repeat_search(other, InProcess(), unwatched())
    assert not again.succeeded
    assert (again.cycles, again.same["cycles"], again.same["program"], again.same["graph"]) == (
        entry.cycles,
        False,
        False,
        True,
    )
    assert again.versions == {"ortools": ("1.0", current_versions()["ortools"])}


@pytest.mark.usefixtures("unsolved")
def test_an_interrupt_ends_the_repetition(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    entry = searched(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        repeat_search(entry, InProcess(), watched(interrupt))


# Repeating a trial of a sweep


@pytest.mark.parametrize("works", ["none", "moves:40", "cp-sat:0.2", "moves:20,windows:1,exact:0.1"])
def test_a_trial_is_repeated_to_the_bit_from_what_its_entry_records(works: str) -> None:
    task, _ = candidate_of(SMALL_TREE)
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    first = default_policy(TAKEHOME)
    request = TrialRequest(12, SMALL_TREE, "7:0:12", {**knobs, "unroll": 2}, first, 6, parse_works(works), 16, None)
    found = run_trial(request).found
    assert found is not None
    entry = entry_from_json(json.loads(json.dumps(found.entry.to_json())))
    spent = replace(entry, effort=replace(entry.effort, schedules=999, seconds=5.0, workers=3))
    again = repeat_search(spent, InProcess(), unwatched())
    assert again.succeeded, again


def test_a_trial_of_another_policy_leads_elsewhere() -> None:
    task, _ = candidate_of(SMALL_TREE)
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    policy = default_policy(TAKEHOME)
    found = run_trial(TrialRequest(0, SMALL_TREE, "1", knobs, policy, 1, (), 4, None)).found
    assert found is not None
    recipe = {**(found.entry.effort.repeat or {}), "policy": sample_policy(TAKEHOME, Random(1)).to_json()}
    changed = replace(found.entry, effort=replace(found.entry.effort, repeat=recipe))
    assert not repeat_search(changed, InProcess(), unwatched()).same["program"]


def test_a_trial_whose_policy_is_for_other_engines_is_the_users_error() -> None:
    policy = replace(default_policy(TAKEHOME), engine_order=(31,))
    with pytest.raises(UserError, match="the policy is not for the 5 engines of machine takehome"):
        repeat_search(with_recipe(TrialRecipe("1", policy, 1, ()).to_json()), InProcess(), unwatched())


def test_a_trial_that_fails_now_is_the_users_error() -> None:
    name = task_name("Choosy")
    policy = default_policy(TAKEHOME)
    knobs: dict[str, int | str] = {"kind": "plain", "idle": 0}
    found = run_trial(TrialRequest(0, name, "1", knobs, policy, 1, (), 4, None)).found
    assert found is not None
    broken = replace(found.entry, knobs={"kind": "broken", "idle": 0})
    with pytest.raises(UserError, match="fails now: GraphError"):
        repeat_search(broken, InProcess(), unwatched())


# What cannot be repeated


def test_an_entry_without_a_recipe_cannot_be_repeated() -> None:
    with pytest.raises(UserError, match=r"cannot be searched for again: time limited its search \(list search\)"):
        recipe_of(entry_of(SMALL_TREE)[0])


@pytest.mark.parametrize("recipe", [{}, {"kind": "magic"}, [1], "search"])
def test_a_recipe_of_another_kind_needs_another_version(recipe: Any) -> None:
    with pytest.raises(UserError, match="needs a newer Slotsmith"):
        recipe_of(with_recipe(recipe))


@pytest.mark.parametrize(
    "recipe",
    [
        {"kind": "search"},
        {"kind": "search", "trials": "many", "seed": 0, "fixed": {}},
        {"kind": "search", "trials": 1, "seed": None, "fixed": {}},
        {"kind": "search", "trials": 1, "seed": 0, "fixed": 3},
        {"kind": "search", "schedules": None, "trials": 1, "seed": 0, "fixed": {}},
        {"kind": "trial", "seed": "1", "policy": {}, "schedules": 1, "stages": []},
        {"kind": "trial"},
        {"kind": "trial", "seed": "1", "policy": {}, "schedules": 1, "refinement": None},
    ],
)
def test_a_damaged_recipe_is_the_users_error(recipe: Any) -> None:
    with pytest.raises(UserError, match="not the recipe of a"):
        recipe_of(with_recipe(recipe))
