"""Rounds of moves: they depend on the seed alone, keep to their budget, and never lengthen a schedule."""

from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from search.processes.workers import InProcess, open_runner
from search.scheduling.incumbent import Incumbent
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import Progress
from search.strategy.solution import Solution
from search.strategy.stage import StageEnding
from search.strategy.stages import moves_stage
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.moves_stage import MovesStage, walk_moves
from search.strategy.step import Step
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import assert_sound, context_of, essence, run_stage, start_of, watched

ROUND = MovesStage().walks * MovesStage().moves


def justified() -> Solution:
    end = run_stage(JustificationStage(), Budget(schedules=0))
    assert end.solution is not None
    return end.solution


@pytest.mark.slow
def test_rounds_depend_on_the_seed_alone_whatever_the_workers() -> None:
    found = []
    for workers in (0, 2):
        watch = watched()
        with open_runner(workers) as runner:
            context = context_of(seed=5, runner=runner)
            end = run_stage(MovesStage(), Budget(schedules=80), context=context, start=justified(), watch=watch)
        assert end.solution is not None
        found.append((essence(end.solution.incumbent.decision), watch.progress.schedules, end.ending))
    assert found[0] == found[1]


@pytest.mark.parametrize("schedules", [0, 3, MovesStage().walks, 50, ROUND + 40])
def test_no_more_moves_are_tried_than_asked_for(schedules: int) -> None:
    watch = watched()
    end = run_stage(MovesStage(), Budget(schedules=schedules), watch=watch)
    assert schedules - MovesStage().walks < watch.progress.schedules <= schedules
    assert end.ending is StageEnding.COMPLETED


def test_what_is_shorter_comes_back_and_is_told() -> None:
    watch, start = watched(), start_of()
    end = run_stage(MovesStage(), Budget(schedules=400), watch=watch)
    assert end.solution is not None
    assert end.solution.cycles < start.cycles
    assert (watch.progress.cycles, watch.progress.bound) == (end.solution.cycles, start.bound)
    assert (end.solution.knobs, end.solution.policy) == (start.knobs, start.policy)
    assert_sound(end.solution)


def test_each_round_starts_from_the_best_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    starts: list[Incumbent] = []
    made: list[Incumbent] = []

    class Noting(InProcess):
        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            future = super().submit(function, *args, **kwargs)
            starts.append(args[3])
            made.append(future.result().best)
            return future

    stage = MovesStage(walks=3, moves=10)
    run_stage(stage, Budget(schedules=120), context=context_of(runner=Noting()))
    rounds = [starts[first : first + 3] for first in range(0, len(starts), 3)]
    assert len(rounds) == 4
    assert all(start is alike[0] for alike in rounds for start in alike)
    for number, following in enumerate(rounds[1:]):
        before = made[3 * number : 3 * number + 3]
        assert following[0] is min(before, key=lambda found: found.cycles)


def test_a_schedule_as_short_as_its_bound_ends_the_rounds() -> None:
    first = run_stage(MovesStage(), Budget(schedules=ROUND)).solution
    assert first is not None
    watch = watched()
    start = replace(start_of(), bound=replace(start_of().bound, cycles=first.cycles))
    end = run_stage(MovesStage(), Budget(schedules=10 * ROUND), start=start, watch=watch)
    assert end.solution is not None
    assert end.solution.cycles == first.cycles
    assert watch.progress.schedules <= ROUND


def test_time_ends_a_round() -> None:
    watch = watched()
    end = run_stage(MovesStage(moves=5), Budget(1.0), watch=watch)
    assert 0.9 <= watch.progress.seconds < 4.0
    assert watch.progress.schedules > 0
    assert end.ending is StageEnding.CUT_SHORT
    before = watch.progress.schedules
    assert run_stage(MovesStage(), Budget(0.0), watch=watch).solution is start_of()
    assert watch.progress.schedules == before


def test_an_interrupt_keeps_the_best() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.cycles is not None and progress.cycles < start_of().cycles:
            raise KeyboardInterrupt

    watch = watched(interrupt)
    end = run_stage(MovesStage(moves=20), Budget(schedules=10_000), watch=watch)
    assert end.ending is StageEnding.INTERRUPTED
    assert end.solution is not None
    assert end.solution.cycles == watch.progress.cycles
    assert end.solution.cycles < start_of().cycles


def test_a_walk_simulates_what_it_reports_only_if_that_is_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(moves_stage, "validate_program", lambda task, program, inputs: asked.append(inputs))
    start, knobs = start_of(), tuple(start_of().knobs.items())
    assert walk_moves(SMALL_TREE, knobs, None, start.incumbent, 0, "0").best.cycles == start.cycles
    assert asked == []
    assert walk_moves(SMALL_TREE, knobs, None, start.incumbent, 200, "0").best.cycles < start.cycles
    assert len(asked) == 1


def test_moves_go_on_from_what_justification_makes_of_the_start() -> None:
    steps = (Step(JustificationStage()), Step(MovesStage(), schedules=1.0))
    run = run_stages(context_of(), steps, start_of(), Budget(schedules=40), watched())
    first, second = run.stages
    assert (first.name, first.before, first.after) == ("justification", start_of().cycles, justified().cycles)
    assert (second.name, second.before) == ("moves", first.after)


def test_a_graph_that_was_not_rewritten_stays_so_whatever_its_knobs_say() -> None:
    """Rules of later versions may find something for a graph for which there was nothing."""
    asked: list[object] = []

    class Noting(InProcess):
        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            asked.append(dict(args[1])["rewrite"])
            return super().submit(function, *args, **kwargs)

    start = replace(start_of(), knobs={**start_of().knobs, "rewrite": "cycles"})
    end = run_stage(MovesStage(), Budget(schedules=8), context=context_of(runner=Noting()), start=start)
    assert set(asked) == {"off"}
    assert end.solution is not None
    assert end.solution.knobs["rewrite"] == "cycles"
