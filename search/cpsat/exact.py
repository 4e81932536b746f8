"""Exact solving of whole graphs: our bound, the solver in a process of its own, and its answer checked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from machine.certificates.certificate import Model, Refutation, Solver
from machine.graph.decision import Decision, Schedule
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound, prove_by_multipliers, prove_shortest
from search.cpsat.lane_groups import Granularity
from search.processes.isolate import call_isolated
from search.scratch.lifetimes import find_lifetimes
from search.scratch.placement import place, with_packing
from search.solver.purse import Purse
from search.solver.solve_outcome import SOLVING, SolveLimits, SolveOutcome, SolverNews, Status
from search.tasks.candidate import make_candidate

_GRACE_SECONDS = 10.0
_MOST_TRIES = 4

_PROVING_SHARE, _GROUPED_SHARE, _SOLVING_SHARE, _RAISING_SHARE, _REFUTING_SHARE = 0.2, 0.08, 0.2, 0.3, 0.6
"""Of the limits, for each stage of a solve but the last, which gets what is left."""

_PACKING_SHARE = 0.05
"""Of the deterministic time, for the addresses of a schedule where colouring finds none."""

_FAR = 2
"""Cycles between bound and schedule from which multipliers, which prove cycle after cycle, are asked once more: counts
would have to refute the highest length at once."""


@dataclass(frozen=True)
class ExactResult:
    """What exact solving came to.

    Attributes:
        decision: the best decision: the incumbent's, or a better one that has passed the legality checker.
        bound: of the graph, and the argument for it.
        outcome: of the solver; ``None`` where our own bound made it unnecessary.
        refused: what the checker had against the solver's answer, if anything.
        is_interrupted: whether Ctrl-C ended it.
    """

    decision: Decision
    bound: Bound
    outcome: SolveOutcome | None
    refused: str = ""
    is_interrupted: bool = False

    @property
    def gap(self) -> int:
        """Cycles between bound and schedule."""
        return self.decision.schedule.length - self.bound.cycles

    @property
    def is_optimal(self) -> bool:
        """Whether no schedule of the graph is shorter."""
        return self.gap == 0

    @property
    def status(self) -> Status:
        """Optimal where schedule and proven bound meet; else feasible, for there is a schedule in any case.

        The solver's own status is in ``outcome``; it may speak of a narrower model (lanes together, fewer words).
        """
        return Status.OPTIMAL if self.is_optimal else Status.FEASIBLE


Tell = Callable[[ExactResult], None]
"""Is told where a solve stands."""

HearSolver = Callable[[SolverNews | None], None]
"""Is told what a solver that runs has come to; about twice a second, also where nothing is new (``None``)."""


def unheard(news: SolverNews | None) -> None:
    """Tells nobody: a :data:`HearSolver`."""


def solve_graph(
    prepared: PreparedGraph,
    incumbent: Decision,
    granularity: Granularity,
    limits: SolveLimits,
    save_to: Path | None = None,
    known: Bound | None = None,
    tell: Tell = lambda state: None,
    hear: HearSolver = unheard,
) -> ExactResult:
    """Improve on ``incumbent``, or prove that nothing does; ``known`` is a bound to go on from.

    After each of its steps ``tell`` is told where it stands, and ``hear`` meanwhile; Ctrl-C leaves it there, with the
    best bound that the step it interrupts has proven.

    Raises:
        KeyboardInterrupt: Ctrl-C before anything was proven.
    """
    state: ExactResult | None = None
    solve = _Solve(prepared, granularity, Purse(limits, lambda work: hear(None)), hear, save_to)
    try:
        for state in _states(solve, incumbent, known):
            solve.proven = state.bound
            tell(state)
    except KeyboardInterrupt:
        if solve.proven is None:
            raise
        state = state or ExactResult(incumbent, solve.proven, None)
        return replace(state, bound=solve.proven, is_interrupted=True)
    assert state is not None
    return state


@dataclass
class _Solve:
    """What the steps of a solve have in common.

    Attributes:
        prepared: the graph.
        granularity: of the model that is to be solved in the end.
        purse: the limits of all steps.
        hear: is told what a solver that runs has come to.
        save_to: where that model is saved; ``None`` for nowhere.
        proven: the best bound so far; ``None`` before the first.
    """

    prepared: PreparedGraph
    granularity: Granularity
    purse: Purse
    hear: HearSolver
    save_to: Path | None
    proven: Bound | None = None

    def hear_bound(self, bound: Bound) -> None:
        """Take in what has been proven so far: a :data:`~search.bounds.bound.TellBound`."""
        self.proven = bound
        self.hear(None)

    def goes_on(self, state: ExactResult) -> bool:
        """Whether enough is left for one step more; the first solve is never left out."""
        return state.outcome is None or not self.purse.is_low


def _states(solve: _Solve, incumbent: Decision, known: Bound | None) -> Iterator[ExactResult]:
    """Where a solve stands after each step, each no worse than the one before.

    Bounds come first: work, multipliers, then counts over ever finer partitions, while that is cheap.  Then a model
    with grouped lanes, which finds short schedules soon, and the exact one, which may prove that there are none
    shorter.  Where it does not, multipliers are asked again if the bound is far, then counting, at one cycle less than
    the best; and if that leaves time, the exact model has it.
    """
    prepared, purse, length = solve.prepared, solve.purse, incumbent.schedule.length
    bound = prove_bound(prepared, purse.part(_PROVING_SHARE), length, known, purse.spend, solve.hear_bound)
    state = ExactResult(incumbent, bound, None)
    yield state
    if solve.granularity is Granularity.SINGLE_LANES and not state.is_optimal:
        grouped = replace(solve, granularity=Granularity.LANES_GROUPED, save_to=None)
        state = _solve_in_fewer_words(grouped, state, _GROUPED_SHARE)
        yield state
    if not state.is_optimal and solve.goes_on(state):
        state = _solve_in_fewer_words(solve, state, _SOLVING_SHARE)
        yield state
    length = state.decision.schedule.length
    if state.gap >= _FAR and solve.goes_on(state) and not purse.is_counted:
        raised = prove_by_multipliers(prepared, state.bound, length, purse.part(_RAISING_SHARE), solve.hear_bound)
        state = replace(state, bound=raised)
        yield state
    if not state.is_optimal and solve.goes_on(state):
        proven = prove_shortest(prepared, length, purse.part(_REFUTING_SHARE), purse.spend)
        state = replace(state, bound=proven or state.bound)
        yield state
    if not state.is_optimal and solve.goes_on(state):
        yield _solve_in_fewer_words(solve, state, 1.0)


def find_first(prepared: PreparedGraph, most: int, limits: SolveLimits) -> tuple[Decision | None, SolveOutcome]:
    """A schedule of at most ``most`` cycles where list scheduling finds none; the outcome says if there can be none."""
    bound, words = prove_bound(prepared).cycles, prepared.machine.scratch_words
    outcome = _solve(prepared, most, bound, Granularity.SINGLE_LANES, words, limits)
    if outcome.schedule is None:
        return None, outcome
    decision, refused = _check(prepared, outcome.schedule, limits)
    return decision, replace(outcome, note=refused)


def _solve_in_fewer_words(solve: _Solve, state: ExactResult, share: float) -> ExactResult:
    """The exact model, and again in fewer words where no addresses are found for its answer."""
    best, bound, outcome, refused = state.decision, state.bound, state.outcome, ""
    prepared, purse, granularity = solve.prepared, solve.purse, solve.granularity
    words = prepared.machine.scratch_words
    for _ in range(_MOST_TRIES):
        limits = purse.part(share)
        if best.schedule.length == bound.cycles:
            break
        solve.hear(SolverNews(time.monotonic(), None, bound.cycles))
        outcome = _solve(prepared, best.schedule, bound.cycles, granularity, words, limits, solve.save_to, solve.hear)
        purse.spend(outcome.work)
        exact = granularity is Granularity.SINGLE_LANES and words == prepared.machine.scratch_words
        if outcome.bound > bound.cycles and exact:
            recipe = Refutation(Model.EXACT.value, Solver.CP_SAT.value, outcome.bound - 1)
            bound = Bound(outcome.bound, f"CP-SAT, {granularity.value}", recipe)
        if outcome.schedule is None or outcome.schedule.length >= best.schedule.length:
            break
        packing = replace(limits, deterministic_time=purse.part(_PACKING_SHARE).deterministic_time)
        decision, refused = _check(prepared, outcome.schedule, packing)
        best = decision or best
        if decision is not None or not solve.goes_on(ExactResult(best, bound, outcome)):
            break
        # No addresses: the next schedule is to hold fewer words than this one did.
        lifetimes = find_lifetimes(prepared.flat, outcome.schedule)
        words = min(words, lifetimes.peak(prepared.flat.buffer_words)) - 1
    return ExactResult(best, bound, outcome, refused)


def _solve(
    prepared: PreparedGraph,
    incumbent: Schedule | int,
    bound: int,
    granularity: Granularity,
    words: int,
    limits: SolveLimits,
    save_to: Path | None = None,
    hear: HearSolver = unheard,
) -> SolveOutcome:
    arguments = (prepared, incumbent, bound, granularity, words, limits, save_to)
    call = call_isolated(_solve_here, arguments, limits.seconds + _GRACE_SECONDS, limits.memory_bytes, SOLVING, hear)
    return call.value or SolveOutcome(call.ending, note=call.why)


def _solve_here(*arguments: Any) -> SolveOutcome:
    """In a process of its own, which alone loads the solver."""
    from search.cpsat.solve import solve_exact  # noqa: PLC0415  (loads CP-SAT)

    return solve_exact(*arguments)


def _check(prepared: PreparedGraph, schedule: Schedule, limits: SolveLimits) -> tuple[Decision | None, str]:
    """Allocate and check a schedule that the solver has returned; a line about what is wrong where there is none."""
    decision = place(prepared, schedule, with_packing(limits))
    if decision is None:
        return None, "no scratch addresses: neither colouring nor exact packing finds any"
    problems = check_decision(prepared.graph, decision, make_candidate(prepared, decision).program)
    return (None, problems[0]) if problems else (decision, "")
