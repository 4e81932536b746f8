"""A whole search, from a task to an entry on the leaderboard."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from machine.errors import UserError
from machine.graph.decision import Decision
from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Effort, Entry, make_entry
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.cpsat.exact import ExactResult
from search.cpsat.granularity import is_small, solve_whole
from search.cpsat.window_passes import WindowSettings, improve
from search.processes.workers import Runner
from search.scheduling.decide import decide
from search.scheduling.justification import justify
from search.solver.solve_outcome import SolveLimits, Status
from search.strategy.move_rounds import improve_locally
from search.strategy.random_search import Budget, Progress, Watch, random_search
from search.strategy.sampler import Finding
from search.strategy.search_recipe import SearchRecord
from search.tasks.building import build_prepared
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import Task, TaskName
from search.tasks.validation import validate_candidate

_RANDOM_SHARE = 0.5
"""Of the budget; the rest is for exact solving of a small graph, for local search and windows on a large one."""

_LOCAL_UNTIL = 0.9
"""Of the seconds; what is then left is for windows."""

_TRIALS_PER_WINDOW = 1000
"""Where trials are counted, one window for so many."""

_WINDOW_WORK = 0.5
"""Of the solver's deterministic time, for a window that is to be repeatable."""

_FAILURES = frozenset(status.value for status in (Status.CRASHED, Status.TIMED_OUT, Status.OUT_OF_MEMORY))

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
    progress = random_search(
        task, name, settings.fixed, settings.budget.shared(_RANDOM_SHARE), settings.seed, runner, watch
    )
    best, bound = progress.best, progress.bound
    if best is None or bound is None:
        failures = ", ".join(f"{kind}: {count}" for kind, count in progress.failures.items()) or "none has ended"
        raise UserError(f"no trial led to a program ({failures}): give more time, other knobs or a larger machine")
    prepared = build_prepared(task, best.knobs)
    refined = _refine(prepared, best, bound, name, settings, runner, progress, watch)
    candidate = make_candidate(prepared, refined.decision)
    validation = validate_candidate(task, candidate, settings.inputs)
    seconds, repeat = round(progress.seconds, 1), _repeat_record(settings, progress, refined)
    effort = Effort(refined.method, settings.seed, progress.trials, seconds, settings.workers, repeat)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    policy = best.policy.to_json()
    entry = make_entry(task, name.problem, candidate, refined.bound, validation, best.knobs, policy, effort, now)
    is_record = board.add(entry, candidate)
    board.record(_journal_record(entry, progress, is_record))
    return SearchOutcome(entry, candidate, is_record, progress)


@dataclass(frozen=True)
class _Refined:
    """What the second half of a search came to: its decision and bound, how, and whether time cut it short."""

    decision: Decision
    bound: Bound
    method: str
    cut_short: bool = False


def _refine(
    prepared: PreparedGraph,
    best: Finding,
    bound: Bound,
    name: TaskName,
    settings: SearchSettings,
    runner: Runner,
    progress: Progress,
    watch: Watch,
) -> _Refined:
    """The second half of a search, on the best graph."""
    start = justify(prepared, decide(prepared, best.policy), best.policy.engine_order)
    decision = start.decision
    if progress.interrupted:
        return _Refined(decision, bound, "random search")
    if is_small(prepared):
        limits, begun = _exact_limits(settings, progress), time.monotonic()
        try:
            exact = solve_whole(prepared, decision, limits)
        except KeyboardInterrupt:
            progress.interrupted = True
            return _Refined(decision, bound, "random search")
        cut_short = time.monotonic() - begun >= limits.seconds or _has_failed(exact)
        return _Refined(exact.decision, exact.bound, "random search, then exact solving", cut_short)
    budget = settings.budget.rest(_RANDOM_SHARE, _LOCAL_UNTIL)
    improve_locally(name, start, budget, settings.seed, runner, progress, watch)
    decision, windows = progress.decision or decision, _window_settings(settings, progress)
    if progress.interrupted or windows.most_windows == 0 or decision.schedule.length < windows.width:
        return _Refined(decision, bound, "random search, then local search")
    decision, swept = improve(prepared, decision, windows, lambda _: watch(progress))
    progress.interrupted = swept.interrupted
    cut_short = swept.seconds >= windows.seconds or not _FAILURES.isdisjoint(swept.windows)
    return _Refined(decision, bound, "random search, then local search, then windows", cut_short)


def _window_settings(settings: SearchSettings, progress: Progress) -> WindowSettings:
    """What is left of the time; or, where trials are counted, some windows that can be repeated."""
    seconds, trials = settings.budget.search_seconds, settings.budget.trials
    if seconds is None:
        most = (trials or 0) // _TRIALS_PER_WINDOW
        return WindowSettings(
            _REPEATABLE_SECONDS * most,
            window_seconds=_REPEATABLE_SECONDS,
            window_work=_WINDOW_WORK,
            most_windows=most,
            workers=1,
            seed=settings.seed,
        )
    return WindowSettings(seconds - progress.seconds, workers=max(1, settings.workers), seed=settings.seed)


def _exact_limits(settings: SearchSettings, progress: Progress) -> SolveLimits:
    """What is left of the time; or, where trials are counted, limits under which a solve can be repeated."""
    seconds = settings.budget.search_seconds
    if seconds is None:
        return SolveLimits(_REPEATABLE_SECONDS, deterministic_time=_REPEATABLE_WORK, workers=1, seed=settings.seed)
    return SolveLimits(max(1.0, seconds - progress.seconds), workers=max(1, settings.workers), seed=settings.seed)


def _has_failed(exact: ExactResult) -> bool:
    """Whether the solver ended in a way that another time it may not, or its schedule found no addresses."""
    return bool(exact.refused) or (exact.outcome is not None and exact.outcome.status.value in _FAILURES)


def _repeat_record(settings: SearchSettings, progress: Progress, refined: _Refined) -> dict[str, Any] | None:
    """What the search depends on; ``None`` where it depends on time too."""
    budget = settings.budget
    if budget.seconds is not None or budget.trials is None or progress.interrupted or refined.cut_short:
        return None
    return SearchRecord(budget.trials, settings.seed, settings.fixed).to_json()


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
