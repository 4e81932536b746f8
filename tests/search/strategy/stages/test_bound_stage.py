"""The stage that proves a bound: the schedule stays, and where time plays no part nothing is done."""

from dataclasses import replace

import pytest

from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound, TellBound
from search.solver.solve_outcome import SolveLimits
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.stage import StageEnd, StageEnding
from search.strategy.stages import bound_stage
from search.strategy.stages.bound_stage import BoundStage
from tests.search.strategy.cases import run_stage, start_of, watched


def test_a_higher_bound_is_kept_with_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    start = start_of()
    proof = Bound(start.bound.cycles + 1, "a proof")

    def prove(prepared: PreparedGraph, bound: Bound, most: int, limits: SolveLimits, tell: TellBound) -> Bound:
        assert (prepared, bound, most, limits.seconds) == (start.prepared, start.bound, start.cycles, 7.0)
        return proof

    monkeypatch.setattr(bound_stage, "prove_by_multipliers", prove)
    assert run_stage(BoundStage(), Budget(seconds=7.0), start=start).solution == replace(start, bound=proof)


@pytest.mark.parametrize("place", ["in the watch", "while it waits"])
def test_an_interrupt_keeps_what_is_proven_by_then(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    start = start_of()
    proof = Bound(start.bound.cycles + 1, "a proof")

    def prove(prepared: PreparedGraph, bound: Bound, most: int, limits: SolveLimits, tell: TellBound) -> Bound:
        tell(bound)
        tell(proof)
        raise KeyboardInterrupt

    def interrupt(progress: Progress) -> None:
        if place == "in the watch" and progress.bound == proof:
            raise KeyboardInterrupt

    monkeypatch.setattr(bound_stage, "prove_by_multipliers", prove)
    end = run_stage(BoundStage(), Budget(seconds=7.0), start=start, watch=watched(interrupt))
    assert end == StageEnd(replace(start, bound=proof), StageEnding.INTERRUPTED)


def test_where_schedules_are_counted_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(bound_stage, "prove_by_multipliers")
    assert run_stage(BoundStage(), Budget(schedules=100), start=start_of()).solution is start_of()
