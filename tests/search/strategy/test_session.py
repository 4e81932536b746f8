"""Whole sessions: from a task or an entry to a validated entry, whatever ends them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from machine.errors import UserError
from machine.graph.decision import Decision
from problems.knobs import KnobValue, default_settings
from search.analysis.prepared_graph import PreparedGraph
from search.board import submission
from search.board.entry import Entry, graph_digest, reproduce
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.cpsat.exact import ExactResult
from search.errors import IllegalScheduleError, WrongOutputError
from search.files import journal_file
from search.processes.workers import InProcess, open_runner
from search.solver.solve_outcome import SolveLimits
from search.strategy import step as step_module
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.session import NothingFoundError, Outcome, SessionSettings, improve, search, solve
from search.strategy.solution import Solution
from search.strategy.stages import exact_stage
from search.strategy.stages.windows_stage import WindowsStage
from search.strategy.step import IMPROVE_STEPS, SEARCH_STEPS, SOLVE_STEPS, Step, parse_steps
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of, task_name
from tests.search.strategy.cases import Tell, assert_sound, watched

FAST = Budget(schedules=64)

TINY_TREE = replace(SMALL_TREE, shape="height=2,rounds=2,batch=8")
"""A graph whose best list schedule meets its bound."""


def silent(progress: Progress) -> None:
    pass


def settings(
    steps: Sequence[Step], budget: Budget = FAST, seed: int = 0, fixed: dict[str, KnobValue] | None = None
) -> SessionSettings:
    return SessionSettings(tuple(steps), budget, seed, 16, dict(fixed or {}))


def run(
    name: TaskName,
    folder: Path,
    budget: Budget = FAST,
    tell: Tell = silent,
    seed: int = 0,
    fixed: dict[str, KnobValue] | None = None,
    steps: Sequence[Step] = SEARCH_STEPS,
) -> Outcome:
    asked = settings(steps, budget, seed, fixed)
    with open_runner(0) as runner:
        return search(name.load(), name, asked, Leaderboard(folder), runner, watched(tell))


def solved(
    name: TaskName, folder: Path, budget: Budget = FAST, tell: Tell = silent, fixed: dict[str, KnobValue] | None = None
) -> Outcome:
    asked = settings(SOLVE_STEPS, budget, 0, fixed)
    return solve(name.load(), name, asked, Leaderboard(folder), InProcess(), watched(tell))


def improved(
    entry: Entry, folder: Path, budget: Budget = FAST, tell: Tell = silent, steps: Sequence[Step] = IMPROVE_STEPS
) -> Outcome:
    asked, name = settings(steps, budget), replace(SMALL_TREE, shape=entry.shape_text)
    return improve(entry, name, asked, Leaderboard(folder), InProcess(), watched(tell))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Leaderboard(tmp_path).ensure_writable()
    return tmp_path


@pytest.fixture
def entry(folder: Path) -> Entry:
    """The list schedule of the default policy, not justified, as the only entry of the board."""
    found, candidate = entry_of(SMALL_TREE)
    assert Leaderboard(folder).add(found, candidate)
    return found


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph counts as one that is too large for exact solving."""
    monkeypatch.setattr(step_module, "is_small", lambda prepared: False)


def journaled(folder: Path) -> list[dict[str, Any]]:
    return [dict(line) for line in journal_file.read(folder / "journal.jsonl")]


def solver(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[PreparedGraph, Decision, SolveLimits, Bound], ExactResult]
) -> None:
    """Exact solving comes to this at once."""
    monkeypatch.setattr(exact_stage, "solve_whole", answer)


def same_bound_argument(argument: str, more: int = 0) -> Callable[..., ExactResult]:
    """A solver that finds nothing shorter, and proves ``more`` cycles than are known."""

    def answer(prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound) -> ExactResult:
        return ExactResult(incumbent, Bound(known.cycles + more, argument), None)

    return answer


# What comes of a search


def test_the_winner_is_validated_kept_and_reproducible(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder)
    entry, board = outcome.submission.entry, Leaderboard(folder)
    assert outcome.submission.is_best
    assert board.entries() == [entry]
    assert entry.cycles == outcome.submission.candidate.cycles == outcome.solution.cycles >= entry.bound.cycles
    assert (entry.validation.inputs, entry.validation.cycles) == (16, entry.cycles)
    assert entry.validation.checks == ("legality", "graph execution", "batch simulator", "interpreter")
    assert reproduce(entry, board.decision(entry)).succeeded


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


# Interrupts


def interrupt(progress: Progress) -> None:
    if progress.cycles is not None:
        raise KeyboardInterrupt


def test_an_interrupt_of_the_random_search_keeps_its_best(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(schedules=10_000), interrupt)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.effort.method == "random"
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert Leaderboard(folder).entries() == [outcome.submission.entry]
    assert [line["interrupted"] for line in journaled(folder)] == [True]


def test_an_interrupt_of_exact_solving_keeps_the_best_of_the_random_search(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def interrupted(*arguments: object) -> ExactResult:
        raise KeyboardInterrupt

    solver(monkeypatch, interrupted)
    outcome = run(SMALL_TREE, folder)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.cycles == outcome.run.stages[0].after == outcome.progress.cycles
    assert outcome.submission.entry.effort.repeat is None
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


@pytest.mark.usefixtures("large")
def test_an_interrupt_of_moves_keeps_its_best(folder: Path) -> None:
    def later(progress: Progress) -> None:
        if progress.schedules > 300:
            raise KeyboardInterrupt

    outcome = run(SMALL_TREE, folder, Budget(schedules=600), later)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


def test_an_interrupt_before_the_first_result_is_a_user_error(folder: Path) -> None:
    class Interrupted(InProcess):
        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            raise KeyboardInterrupt

    board = Leaderboard(folder)
    with pytest.raises(NothingFoundError, match=r"no schedule led to a program \(none has ended\)") as ended:
        search(SMALL_TREE.load(), SMALL_TREE, settings(SEARCH_STEPS), board, Interrupted(), watched())
    assert ended.value.is_interrupted
    assert board.entries() == []


# Searches that find nothing


def test_failures_are_named_where_no_schedule_leads_to_a_program(folder: Path) -> None:
    with pytest.raises(UserError, match=r"no schedule led to a program \(ScratchExceededError: 32\): it does not fit"):
        run(task_name("Choosy"), folder, fixed={"kind": "large"})
    assert Leaderboard(folder).entries() == []
    assert journaled(folder) == []


def test_a_winner_that_is_not_what_it_claims_to_be_is_an_error_and_never_kept(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def refuse(*arguments: object) -> None:
        raise IllegalScheduleError("no")

    monkeypatch.setattr(submission, "validate_candidate", refuse)
    with pytest.raises(IllegalScheduleError):
        run(DOUBLING, folder)
    assert Leaderboard(folder).entries() == []
    assert journaled(folder) == []


def test_a_kernel_that_does_not_reproduce_its_reference_is_an_error_by_name(folder: Path) -> None:
    with pytest.raises((UserError, WrongOutputError), match=r"WrongOutputError|memory word 0"):
        run(task_name("Wrong"), folder)
    assert Leaderboard(folder).entries() == []


# Solving


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


# Improving


@pytest.mark.usefixtures("unproven")
def test_each_stage_is_no_longer_than_the_one_before(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(3.0))
    cycles = [entry.cycles, *(stage.after for stage in outcome.run.stages)]
    assert [stage.name for stage in outcome.run.stages] == ["justification", "moves", "windows"]
    assert cycles == sorted(cycles, key=lambda length: -(length or 0))
    assert (outcome.start, outcome.submission.entry.cycles < entry.cycles) == (entry.cycles, True)


def test_what_is_shorter_is_validated_and_kept_with_what_led_to_it(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(schedules=400))
    made = outcome.submission.entry
    assert outcome.submission.is_best
    assert made.cycles < entry.cycles
    assert made.effort.method == f"{entry.effort.method}, then justification, then moves"
    assert made.effort.schedules == entry.effort.schedules + outcome.progress.schedules
    assert made.effort.seconds >= entry.effort.seconds
    assert made.validation.inputs == 16
    assert (made.knobs, made.policy) == (entry.knobs, entry.policy)
    board = Leaderboard(folder)
    assert board.best() == [made]
    assert reproduce(made, board.decision(made)).succeeded
    (line,) = journaled(folder)
    assert (line["kind"], line["entry"], line["record"]) == ("improve", made.id, True)
    assert line["schedules"] == outcome.progress.schedules


def test_moves_alone_try_no_windows_and_windows_alone_no_moves(entry: Entry, folder: Path) -> None:
    moved = improved(entry, folder, Budget(schedules=80), steps=parse_steps("moves"))
    assert moved.progress.schedules > 0
    assert moved.progress.windows is None
    passed = improved(entry, folder, Budget(schedules=4000), steps=parse_steps("windows"))
    assert passed.progress.schedules == 0
    assert passed.progress.windows is not None
    assert sum(passed.progress.windows.windows.values()) > 0


def test_an_interrupt_ends_it_all_and_what_was_found_is_kept(entry: Entry, folder: Path) -> None:
    def later(progress: Progress) -> None:
        if progress.cycles is not None and progress.cycles < entry.cycles:
            raise KeyboardInterrupt

    outcome = improved(entry, folder, Budget(60.0), later)
    assert outcome.run.is_interrupted
    assert outcome.progress.seconds < 30
    assert outcome.progress.windows is None
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert outcome.submission.entry.cycles < entry.cycles
    assert [line["interrupted"] for line in journaled(folder)] == [True]


def test_a_schedule_that_is_shorter_than_a_window_is_one_window(entry: Entry, folder: Path) -> None:
    windows = Step(WindowsStage(width=entry.cycles + 1), windows=1.0)
    outcome = improved(entry, folder, Budget(schedules=4000), steps=(windows,))
    assert outcome.progress.windows is not None
    assert sum(outcome.progress.windows.windows.values()) > 0


def test_what_is_not_improved_is_journaled_and_not_kept(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(schedules=0), steps=parse_steps("moves"))
    assert (outcome.submission.entry, outcome.submission.is_best) == (entry, False)
    assert outcome.submission.candidate.cycles == entry.cycles
    assert Leaderboard(folder).entries() == [entry]
    assert [(line["kind"], line["record"]) for line in journaled(folder)] == [("improve", False)]


def test_an_entry_that_cannot_be_built_again_is_the_users_error(entry: Entry, folder: Path) -> None:
    other = replace(entry, hashes=replace(entry.hashes, graph="0" * 64))
    with pytest.raises(UserError, match=rf"entry {entry.id} cannot be rebuilt by this version"):
        improved(other, folder)
    assert journaled(folder) == []


def test_a_shorter_program_that_is_not_what_it_claims_to_be_is_never_kept(
    entry: Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> Solution:
        raise WrongOutputError("no")

    monkeypatch.setattr(submission, "validate_candidate", refuse)
    with pytest.raises(WrongOutputError):
        improved(entry, folder, Budget(schedules=400))
    assert Leaderboard(folder).entries() == [entry]
