"""Whole searches: from a task to a validated entry, whatever ends them."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import reproduce
from search.board.leaderboard import Leaderboard
from search.bounds.work_bound import lower_bound
from search.cpsat.exact import ExactResult
from search.errors import IllegalScheduleError, WrongOutputError
from search.files import journal_file, local_run, session
from search.processes.workers import InProcess, Runner, open_runner
from search.scheduling.decide import decide
from search.scheduling.incumbent import Keyed
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.solver.solve_outcome import SolveLimits
from search.strategy.move_rounds import ROUND_SEARCHES, SEARCH_TRIALS, improve_locally
from search.strategy.random_search import Budget, Progress, Watch
from search.strategy.sampler import Finding
from search.strategy.session import SearchOutcome, SearchSettings, search
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.problems import DOUBLING, SMALL_TREE, candidate_of, task_name

FAST = Budget(None, 64)


def run(
    name: TaskName,
    folder: Path,
    budget: Budget = FAST,
    watch: Watch = lambda progress: None,
    seed: int = 0,
    fixed: dict[str, int | str] | None = None,
) -> SearchOutcome:
    settings = SearchSettings(budget, 0, seed, 16, dict(fixed or {}))
    with open_runner(0) as runner:
        return search(name.load(), name, settings, Leaderboard(folder), runner, watch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Leaderboard(tmp_path).ensure_writable()
    return tmp_path


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph counts as one that is too large for exact solving."""

    def is_small(prepared: PreparedGraph) -> bool:
        return False

    monkeypatch.setattr(session, "is_small", is_small)


def journaled(folder: Path) -> list[dict[str, Any]]:
    return [dict(record) for record in journal_file.read(folder / "journal.jsonl")]


# What comes of a search


def test_the_winner_is_validated_kept_and_reproducible(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder)
    entry, board = outcome.entry, Leaderboard(folder)
    assert outcome.is_record
    assert board.entries() == [entry]
    assert entry.cycles == outcome.candidate.cycles >= entry.bound.cycles
    assert (entry.validation.inputs, entry.validation.cycles) == (16, entry.cycles)
    assert entry.validation.checks == ("legality", "graph execution", "batch simulator", "interpreter")
    assert reproduce(entry, board.decision(entry)).succeeded


def test_the_journal_says_what_was_done(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, seed=4)
    (record,) = journaled(folder)
    entry = outcome.entry
    assert record["kind"] == "search"
    assert (record["problem"], record["shape"], record["category"], record["machine"]) == entry.key
    assert (record["cycles"], record["bound"], record["entry"]) == (entry.cycles, entry.bound.cycles, entry.id)
    assert (record["seed"], record["trials"], record["workers"]) == (4, outcome.progress.trials, 0)
    assert (record["record"], record["interrupted"], record["failures"]) == (True, False, {})


def test_a_search_that_is_not_better_is_journaled_but_not_kept(folder: Path) -> None:
    outcomes = [run(SMALL_TREE, folder) for _ in range(2)]
    assert [outcome.is_record for outcome in outcomes] == [True, False]
    assert [record["record"] for record in journaled(folder)] == [True, False]
    assert len(Leaderboard(folder).entries()) == 1


def test_the_same_seed_and_trials_give_the_same_program(folder: Path) -> None:
    first, second = (run(SMALL_TREE, folder, seed=9) for _ in range(2))
    assert first.entry.hashes == second.entry.hashes


@pytest.mark.usefixtures("large")
def test_with_local_search_too_the_same_seed_and_trials_give_the_same_program(folder: Path) -> None:
    first, second = (run(SMALL_TREE, folder, seed=9) for _ in range(2))
    assert first.entry.hashes == second.entry.hashes


def test_fixed_knobs_stay_as_they_are(folder: Path) -> None:
    assert run(SMALL_TREE, folder, fixed={"unroll": 2}).entry.knobs["unroll"] == 2


# The second half


def test_a_small_graph_is_solved_exactly_and_the_bound_is_of_its_own_graph(folder: Path) -> None:
    entry = run(SMALL_TREE, folder).entry
    prepared = build_prepared(SMALL_TREE.load(), entry.knobs)
    assert entry.effort.method == "random search, then exact solving"
    assert lower_bound(prepared).cycles <= entry.bound.cycles <= entry.cycles


@pytest.mark.usefixtures("large")
def test_a_large_graph_is_searched_locally(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(None, 200))
    assert outcome.entry.effort.method == "random search, then local search"
    assert 100 < outcome.progress.trials <= 200
    assert outcome.progress.best is not None
    assert outcome.entry.cycles == outcome.progress.best.cycles


@pytest.mark.usefixtures("large")
def test_local_search_starts_from_what_justification_makes_of_the_findings_policy(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    started: list[tuple[Keyed, Finding | None]] = []

    def note(
        name: TaskName, start: Keyed, budget: Budget, seed: int, runner: Runner, progress: Progress, watch: Watch
    ) -> None:
        started.append((start, progress.best))

    monkeypatch.setattr(session, "improve_locally", note)
    entry = run(SMALL_TREE, folder).entry
    ((start, finding),) = started
    assert finding is not None
    prepared = build_prepared(SMALL_TREE.load(), finding.knobs)
    expected = justify(prepared, decide(prepared, finding.policy), finding.policy.engine_order)
    assert np.array_equal(start.keys, expected.keys)
    assert start.cycles == finding.cycles == entry.cycles


def test_exact_solving_can_be_repeated_where_trials_are_counted_and_ends_by_time_elsewhere(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    limits: list[SolveLimits] = []

    def solve(prepared: PreparedGraph, incumbent: Decision, given: SolveLimits) -> ExactResult:
        limits.append(given)
        return ExactResult(incumbent, lower_bound(prepared), None)

    monkeypatch.setattr(session, "solve_whole", solve)
    run(SMALL_TREE, folder, seed=6)
    run(SMALL_TREE, folder, Budget(4.0, None), seed=6)
    counted, timed = limits
    assert counted.deterministic_time is not None
    assert (counted.workers, counted.seed) == (1, 6)
    assert timed.deterministic_time is None
    assert 1.0 <= timed.seconds < 4.0


# Interrupts


def interrupt(progress: Progress) -> None:
    if progress.best is not None:
        raise KeyboardInterrupt


def test_an_interrupt_of_the_random_search_keeps_its_best(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(None, 10_000), interrupt)
    assert outcome.progress.interrupted
    assert outcome.progress.best is not None
    assert outcome.entry.effort.method == "random search"
    assert outcome.entry.cycles == outcome.progress.best.cycles
    assert Leaderboard(folder).entries() == [outcome.entry]
    assert [record["interrupted"] for record in journaled(folder)] == [True]


def test_an_interrupt_of_exact_solving_keeps_the_best_of_the_random_search(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def interrupted(*arguments: object) -> ExactResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "solve_whole", interrupted)
    outcome = run(SMALL_TREE, folder)
    assert outcome.progress.interrupted
    assert outcome.progress.best is not None
    assert outcome.entry.effort.method == "random search"
    assert outcome.entry.cycles == outcome.progress.best.cycles
    assert Leaderboard(folder).entries() == [outcome.entry]


@pytest.mark.usefixtures("large")
def test_an_interrupt_of_local_search_keeps_its_best(folder: Path) -> None:
    random_trials = 300

    def later(progress: Progress) -> None:
        if progress.trials > random_trials:
            raise KeyboardInterrupt

    outcome = run(SMALL_TREE, folder, Budget(None, 2 * random_trials), later)
    assert outcome.progress.interrupted
    assert Leaderboard(folder).entries() == [outcome.entry]


def test_an_interrupt_before_the_first_result_is_a_user_error(folder: Path) -> None:
    class Interrupted(InProcess):
        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            raise KeyboardInterrupt

    settings = SearchSettings(FAST, 0, 0, 16, {})
    with pytest.raises(UserError, match=r"no trial led to a program \(none has ended\)"):
        search(SMALL_TREE.load(), SMALL_TREE, settings, Leaderboard(folder), Interrupted(), lambda progress: None)
    assert Leaderboard(folder).entries() == []


# Searches that find nothing


def test_failures_are_named_where_no_trial_leads_to_a_program(folder: Path) -> None:
    with pytest.raises(UserError, match=r"no trial led to a program \(ScratchExceededError: 32\): give more time"):
        run(task_name("Choosy"), folder, fixed={"kind": "large"})
    assert Leaderboard(folder).entries() == []
    assert journaled(folder) == []


def test_a_winner_that_is_not_what_it_claims_to_be_is_an_error_and_never_kept(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def refuse(*arguments: object) -> None:
        raise IllegalScheduleError("no")

    monkeypatch.setattr(session, "validate_candidate", refuse)
    with pytest.raises(IllegalScheduleError):
        run(DOUBLING, folder)
    assert Leaderboard(folder).entries() == []


def test_a_kernel_that_does_not_reproduce_its_reference_is_an_error_by_name(folder: Path) -> None:
    with pytest.raises((UserError, WrongOutputError), match=r"WrongOutputError|memory word 0"):
        run(task_name("Wrong"), folder)
    assert Leaderboard(folder).entries() == []


# Local search in rounds


def local_case() -> tuple[Progress, Finding, Keyed]:
    task, candidate = candidate_of(SMALL_TREE)
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    policy = default_policy(task.machine)
    start = justify(candidate.prepared, candidate.decision, policy.engine_order)
    finding = Finding(start.cycles, 0, knobs, policy)
    return Progress(best=finding), finding, start


@pytest.mark.slow
def test_rounds_depend_on_the_seed_alone_whatever_the_workers() -> None:
    found = []
    for workers in (0, 2):
        progress, _, start = local_case()
        with open_runner(workers) as runner:
            improve_locally(SMALL_TREE, start, Budget(None, 80), 5, runner, progress, lambda progress: None)
        assert progress.best is not None
        found.append((progress.best, progress.trials, progress.decision and progress.decision.schedule.cycles.tolist()))
    assert found[0] == found[1]


@pytest.mark.parametrize("trials", [0, 3, ROUND_SEARCHES, 50, ROUND_SEARCHES * SEARCH_TRIALS + 40])
def test_no_more_trials_are_made_than_asked_for(trials: int) -> None:
    progress, _, start = local_case()
    improve_locally(SMALL_TREE, start, Budget(None, trials), 0, InProcess(), progress, lambda progress: None)
    assert trials - ROUND_SEARCHES < progress.trials <= trials


def test_what_is_shorter_is_noted_with_its_decision() -> None:
    progress, finding, start = local_case()
    improve_locally(SMALL_TREE, start, Budget(None, 400), 0, InProcess(), progress, lambda progress: None)
    assert progress.best is not None
    if progress.decision is None:
        assert progress.best == finding
    else:
        assert progress.decision.schedule.length == progress.best.cycles < finding.cycles


def test_time_ends_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_run, "SEARCH_TRIALS", 5)
    progress, _, start = local_case()
    improve_locally(SMALL_TREE, start, Budget(1.0, None), 0, InProcess(), progress, lambda progress: None)
    assert 0.9 <= progress.seconds < 4.0
    assert progress.trials > 0
    before = progress.trials
    improve_locally(SMALL_TREE, start, Budget(0.0, None), 0, InProcess(), progress, lambda progress: None)
    assert progress.trials == before
