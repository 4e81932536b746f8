"""A whole search, from a task to an entry on the leaderboard."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from machine.errors import UserError
from problems.knobs import KnobValue
from search.batch_run import TaskName, build_prepared
from search.cpsat.outcome import SolveLimits
from search.cpsat.refine import is_small, solve_whole
from search.decide import Candidate, decide, make_candidate
from search.entry import Effort, Entry, make_entry
from search.leaderboard import Leaderboard
from search.random_search import Budget, Progress, Runner, Watch, random_search
from search.validation import Task, validate_candidate

_LIST_SHARE = 0.5
"""Of the time, where the graph is small enough to be solved exactly after."""

_REPEATABLE_WORK = 3.0
_REPEATABLE_SECONDS = 300.0


@dataclass(frozen=True)
class SearchSettings:
    """How to search.

    Attributes:
        budget: when to end.
        workers: processes; 0 for none but this one.
        seed: of knobs and policies.
        inputs: on which the winner is validated.
        fixed: knobs the user has set.
    """

    budget: Budget
    workers: int
    seed: int
    inputs: int
    fixed: dict[str, KnobValue]


@dataclass(frozen=True)
class SearchOutcome:
    """What a search came to.

    Attributes:
        entry: the validated winner.
        candidate: its program.
        is_record: whether it is now the best on the leaderboard.
        progress: the search itself.
    """

    entry: Entry
    candidate: Candidate
    is_record: bool
    progress: Progress


def search(
    task: Task, name: TaskName, settings: SearchSettings, board: Leaderboard, runner: Runner, watch: Watch
) -> SearchOutcome:
    """Search, validate the winner in full, and record it.

    Raises:
        UserError: no trial led to a program; says why.
        TrialError: the winner is not what it claims to be.
    """
    small = is_small(build_prepared(task, _default_knobs(task, settings)))
    budget = settings.budget.shared(_LIST_SHARE) if small else settings.budget
    progress = random_search(task, name, settings.fixed, budget, settings.seed, runner, watch)
    best, bound = progress.best, progress.bound
    if best is None or bound is None:
        failures = ", ".join(f"{kind}: {count}" for kind, count in progress.failures.items()) or "none has ended"
        raise UserError(f"no trial led to a program ({failures}): give more time, other knobs or a larger machine")
    prepared = build_prepared(task, best.knobs)
    decision, method = decide(prepared, best.policy), "list search"
    if is_small(prepared) and not progress.interrupted:
        exact = solve_whole(prepared, decision, _exact_limits(settings, progress))
        decision, bound, method = exact.decision, exact.bound, "list search, then exact solving"
    candidate = make_candidate(prepared, decision)
    validation = validate_candidate(task, candidate, settings.inputs)
    effort = Effort(method, settings.seed, progress.trials, round(progress.seconds, 1), settings.workers)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    policy = best.policy.to_json()
    entry = make_entry(task, name.problem, candidate, bound, validation, best.knobs, policy, effort, now)
    is_record = board.add(entry, candidate)
    board.record(_journal_record(entry, progress, is_record))
    return SearchOutcome(entry, candidate, is_record, progress)


def _default_knobs(task: Task, settings: SearchSettings) -> dict[str, KnobValue]:
    declared = task.problem.knobs(task.shape, task.category, task.machine)
    return {knob.name: knob.default for knob in declared} | settings.fixed


def _exact_limits(settings: SearchSettings, progress: Progress) -> SolveLimits:
    """What is left of the time; or, where trials are counted, limits under which a solve can be repeated."""
    seconds = settings.budget.search_seconds
    if seconds is None:
        return SolveLimits(_REPEATABLE_SECONDS, deterministic_time=_REPEATABLE_WORK, workers=1, seed=settings.seed)
    return SolveLimits(max(1.0, seconds - progress.seconds), workers=max(1, settings.workers), seed=settings.seed)


def _journal_record(entry: Entry, progress: Progress, is_record: bool) -> dict[str, Any]:
    problem, shape, category, machine = entry.key
    return {
        "kind": "search",
        "time": entry.found,
        "problem": problem,
        "shape": shape,
        "category": category,
        "machine": machine,
        "cycles": entry.cycles,
        "bound": entry.bound.cycles,
        "entry": entry.id,
        "record": is_record,
        "seed": entry.effort.seed,
        "trials": entry.effort.trials,
        "seconds": entry.effort.seconds,
        "workers": entry.effort.workers,
        "failures": dict(progress.failures),
        "interrupted": progress.interrupted,
    }
