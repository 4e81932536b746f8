"""Exact solving as a stage: its bound and schedule are kept, and what time has ended is said."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.cpsat.exact import ExactResult, Tell
from search.processes.isolate import Ending, Hear
from search.scheduling.incumbent import Incumbent
from search.scheduling.justification import justify
from search.solver.solve_outcome import SolveLimits, SolveOutcome, SolverNews, Status
from search.strategy.budget import Budget
from search.strategy.stage import StageEnding
from search.strategy.stages import cp_sat_stage, exact_stage
from search.strategy.stages.cp_sat_stage import CpSatStage
from search.strategy.stages.exact_stage import ExactStage
from search.strategy.stages.windows_stage import WindowsStage
from tests.search.strategy.cases import assert_sound, context_of, run_stage, start_of, watched

COUNTED = Budget(work=0.5)

Answer = Callable[[PreparedGraph, Decision, SolveLimits, Bound], ExactResult]


def solver(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(exact_stage, "solve_whole", lambda *arguments: answer(*arguments[:4]))


def better() -> Incumbent:
    return justify(start_of().prepared, start_of().incumbent)


def test_a_shorter_schedule_and_a_higher_bound_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Bound(start_of().bound.cycles + 1, "a proof")
    solver(monkeypatch, lambda *arguments: ExactResult(better().decision, proof, None))
    solution = run_stage(ExactStage(), COUNTED).solution
    assert solution is not None
    assert (solution.cycles, solution.bound) == (better().cycles, proof)
    assert solution.incumbent.engine_order == start_of().incumbent.engine_order
    assert (solution.knobs, solution.policy) == (start_of().knobs, start_of().policy)
    assert_sound(solution)


def test_an_interrupt_keeps_what_solving_has_led_to(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Bound(start_of().bound.cycles + 1, "a proof")
    solver(monkeypatch, lambda *arguments: ExactResult(better().decision, proof, None, is_interrupted=True))
    end = run_stage(ExactStage(), Budget(60.0))
    assert end.solution is not None
    assert (end.solution.cycles, end.solution.bound, end.ending) == (better().cycles, proof, StageEnding.INTERRUPTED)


def test_each_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Bound(start_of().bound.cycles + 1, "a proof")

    def solve(
        prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound, tell: Tell, watch: object
    ) -> object:
        tell(ExactResult(incumbent, proof, None))
        tell(ExactResult(better().decision, proof, None))
        return ExactResult(better().decision, proof, None)

    monkeypatch.setattr(exact_stage, "solve_whole", solve)
    told: list[object] = []
    watch = watched(lambda progress: told.append((progress.cycles, progress.bound)))
    run_stage(ExactStage(), COUNTED, watch=watch)
    assert told == [(start_of().cycles, proof), (better().cycles, proof)]


def test_the_solver_goes_on_from_the_start_and_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    start = replace(start_of(), bound=Bound(start_of().bound.cycles + 1, "a proof"))

    def answer(prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound) -> ExactResult:
        assert prepared is start.prepared
        assert incumbent is start.incumbent.decision
        return ExactResult(incumbent, known, None)

    solver(monkeypatch, answer)
    solution = run_stage(ExactStage(), COUNTED, start=start).solution
    assert solution == start
    assert solution.incumbent is start.incumbent


@pytest.mark.parametrize(
    ("outcome", "refused", "ending"),
    [
        (SolveOutcome(Status.OPTIMAL), "", StageEnding.COMPLETED),
        (SolveOutcome(Status.FEASIBLE), "", StageEnding.COMPLETED),
        (None, "", StageEnding.COMPLETED),
        (SolveOutcome(Ending.TIMED_OUT), "", StageEnding.CUT_SHORT),
        (SolveOutcome(Ending.CRASHED), "", StageEnding.CUT_SHORT),
        (SolveOutcome(Ending.OUT_OF_MEMORY), "", StageEnding.CUT_SHORT),
        (SolveOutcome(Status.FEASIBLE), "no scratch addresses", StageEnding.CUT_SHORT),
    ],
)
def test_a_solver_that_did_not_end_by_its_own_measure_is_cut_short(
    monkeypatch: pytest.MonkeyPatch, outcome: SolveOutcome | None, refused: str, ending: StageEnding
) -> None:
    solver(monkeypatch, lambda prepared, incumbent, limits, known: ExactResult(incumbent, known, outcome, refused))
    assert run_stage(ExactStage(), COUNTED).ending is ending


def test_time_is_at_least_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[SolveLimits] = []

    def note(prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound) -> ExactResult:
        seen.append(limits)
        return ExactResult(incumbent, known, None)

    solver(monkeypatch, note)
    for seconds in (0.0, 0.5, 7.0):
        run_stage(ExactStage(), Budget(seconds))
    assert [limits.seconds for limits in seen] == [1.0, 1.0, 7.0]
    assert {limits.deterministic_time for limits in seen} == {None}


@pytest.mark.parametrize(("is_small", "name"), [(True, "ExactStage"), (False, "WindowsStage")])
def test_cp_sat_is_exact_for_a_small_graph_and_windows_for_a_large_one(
    monkeypatch: pytest.MonkeyPatch, is_small: bool, name: str
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(cp_sat_stage, "is_small", lambda prepared: is_small)
    for stage in (ExactStage, WindowsStage):
        monkeypatch.setattr(stage, "run", lambda self, *arguments: ran.append(type(self).__name__))
    run_stage(CpSatStage(), COUNTED, context=context_of())
    assert ran == [name]


def test_what_its_solver_comes_to_is_told_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    news, seen = SolverNews(0.0, 40, 30), list[SolverNews | None]()

    def solve(
        prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound, tell: Tell, hear: Hear
    ) -> ExactResult:
        state = ExactResult(incumbent, known, None)
        for each in (None, news, None):
            hear(each)
        tell(state)
        return state

    monkeypatch.setattr(exact_stage, "solve_whole", solve)
    run_stage(ExactStage(), Budget(seconds=7.0), watch=watched(lambda progress: seen.append(progress.solver)))
    assert seen == [None, news, news, None]
