"""Sweeps ask for the right trials in the right order, each once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from search.strategy.stage_work import StageWork, parse_works
from search.sweep.executors.executor import Call, Ended
from search.sweep.executors.in_process import InProcess
from search.sweep.study import StudySpec
from search.sweep.sweep_file import HalvingSettings, SamplerKind
from search.sweep.sweep_journal import Reason
from search.sweep.trial import TrialRequest, TrialResult
from tests.search.sweep.fakes import (
    BRACKET,
    NINE,
    Noting,
    Shuffled,
    answered,
    journaled,
    numbers,
    run,
    sweep_of,
)

NOT_ADAPTIVE = [SamplerKind.RANDOM, SamplerKind.GRID]

RUNGS_OF_TWO = HalvingSettings(3, 9, (parse_works("moves:40,windows:0.5"), parse_works("exact:0.1")))


# What is tried


@pytest.mark.parametrize("kind", list(SamplerKind))
def test_exactly_the_trials_of_the_budget_are_run_each_once(tmp_path: Path, kind: SamplerKind) -> None:
    outcome = run(sweep_of(kind, trials=25), tmp_path)
    assert outcome.reason is Reason.TRIALS
    assert sorted(numbers(tmp_path, "asked")) == sorted(numbers(tmp_path, "ended")) == list(range(25))


def test_studies_take_turns(tmp_path: Path) -> None:
    run(sweep_of(studies=3, trials=7), tmp_path)
    asked = [(each["study"], each["index"]) for each in journaled(tmp_path) if each["event"] == "asked"]
    assert asked == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (0, 2)]


def test_a_grid_is_gone_through_once_and_then_the_sweep_has_finished(tmp_path: Path) -> None:
    outcome = run(sweep_of(SamplerKind.GRID, studies=1, trials=None), tmp_path)
    points = [json.dumps(each["point"]) for each in journaled(tmp_path) if each["event"] == "asked"]
    assert outcome.reason is Reason.EXHAUSTED
    assert len(points) == len(set(points)) == 30
    assert journaled(tmp_path)[-1]["reason"] == "exhausted"


def test_studies_whose_grid_is_smaller_end_sooner(tmp_path: Path) -> None:
    small, large = sweep_of(SamplerKind.GRID, studies=2, trials=None).studies
    small = StudySpec(small.task, {"kind": "plain"}, {"idle": (1, 2, 3)}, False)
    run(replace(sweep_of(SamplerKind.GRID, trials=None), studies=(small, large)), tmp_path)
    studies = [each["study"] for each in journaled(tmp_path) if each["event"] == "ended"]
    assert (studies.count(0), studies.count(1)) == (3, 30)


def test_a_trial_is_asked_for_in_the_journal_before_it_is_submitted(tmp_path: Path) -> None:
    class Looking(InProcess):
        def submit(self, call: Call) -> None:
            assert call.number in numbers(tmp_path, "asked")
            super().submit(call)

    run(sweep_of(trials=6), tmp_path, Looking())


def test_the_executor_is_kept_busy_with_a_little_more_than_it_runs_at_once(tmp_path: Path) -> None:
    queued: list[int] = []

    class Counting(InProcess):
        @property
        def capacity(self) -> int:
            return 6

        def wait(self, seconds: float) -> list[Ended]:
            queued.append(len(self._queue))
            return super().wait(seconds)

    run(sweep_of(trials=30), tmp_path, Counting())
    assert max(queued) == queued[0] == 9


def test_requests_say_what_the_file_and_the_point_say(tmp_path: Path) -> None:
    executor, sweep = Noting(), sweep_of(trials=6, seed=5, schedules=7)
    run(sweep, tmp_path, executor)
    points = {each["trial"]: each["point"] for each in journaled(tmp_path) if each["event"] == "asked"}
    for request in executor.requests:
        assert request.task == sweep.studies[request.number % 2].task
        assert (request.schedules, request.inputs, request.stages) == (7, 4, ())
        assert request.seed == f"5:{request.number}"
        assert request.knobs == {name.removeprefix("knob."): value for name, value in points[request.number].items()}
    assert len({request.policy.seed for request in executor.requests}) == 6


def test_another_seed_tries_something_else(tmp_path: Path) -> None:
    for seed in (1, 2):
        run(sweep_of(trials=12, seed=seed), tmp_path / str(seed))
    first, second = (
        [each["point"] for each in journaled(tmp_path / str(seed)) if each["event"] == "asked"] for seed in (1, 2)
    )
    assert first != second


# Halving


def test_promoted_trials_refine_the_best_list_schedule_of_the_best_below(tmp_path: Path) -> None:
    executor = Noting()
    run(sweep_of(studies=1, trials=BRACKET, halving=NINE), tmp_path, executor)
    records = {(each["event"], each["trial"]): each for each in journaled(tmp_path) if "trial" in each}
    requests = {request.number: request for request in executor.requests}
    fresh = [number for number in range(9) if records["ended", number]["cycles"] is not None]
    ranking = sorted(fresh, key=lambda number: (records["ended", number]["cycles"], number))
    assert [records["asked", number]["parent"] for number in (9, 10, 11)] == ranking[:3]
    for number in (9, 10, 11, 12):
        parent = records["asked", number]["parent"]
        assert requests[number].knobs == requests[parent].knobs
        assert requests[number].policy.to_json() == records["ended", parent]["policy"]
        assert requests[number].schedules == 1
        assert requests[number].seed == f"0:{number}"
    assert [requests[number].stages for number in (9, 12)] == list(NINE.rungs)


def test_a_study_may_vary_what_its_trials_go_through_and_rungs_come_after_it(tmp_path: Path) -> None:
    """Trials of a rung go on from the same point, so through the same stages, and then through those of the rung."""
    executor, sweep = Noting(), sweep_of(studies=1, trials=BRACKET, halving=RUNGS_OF_TWO, seed=3)
    choices = (parse_works("none"), parse_works("moves:40"))
    run(replace(sweep, studies=(replace(sweep.studies[0], stages=choices),)), tmp_path, executor)
    requests = {request.number: request for request in executor.requests}
    asked = {each["trial"]: each for each in journaled(tmp_path) if each["event"] == "asked"}
    assert {requests[number].stages for number in range(9)} == set(choices)
    for number, request in requests.items():
        of_point = parse_works(asked[number]["point"]["stages"])
        rung = asked[number]["rung"]
        assert request.stages == (*of_point, *(RUNGS_OF_TWO.rungs[rung - 1] if rung else ()))
    assert requests[9].stages[-2:] == (StageWork("moves", 40.0), StageWork("windows", 0.5))


def test_while_a_rung_waits_the_next_bracket_goes_on(tmp_path: Path) -> None:
    run(sweep_of(studies=1, trials=3 * BRACKET, halving=NINE), tmp_path, Shuffled(1, capacity=8))
    asked = numbers(tmp_path, "asked")
    assert asked != sorted(asked)
    assert sorted(asked) == list(range(3 * BRACKET))


def test_trials_that_have_no_parent_are_skipped_and_count(tmp_path: Path) -> None:
    def few_succeed(request: TrialRequest) -> TrialResult:
        return answered(request) if request.number in (0, 9, 12) else TrialResult(request.number, error=("No", ""))

    outcome = run(sweep_of(studies=1, trials=BRACKET, halving=NINE), tmp_path, answer=few_succeed)
    skipped = [each for each in journaled(tmp_path) if each.get("ending") == "skipped"]
    assert [each["trial"] for each in skipped] == [10, 11]
    assert all(each["cycles"] is None for each in skipped)
    assert not {10, 11} & set(numbers(tmp_path, "asked"))
    assert (outcome.progress.trials, outcome.progress.failures) == (BRACKET, {"No": 8})


def test_a_grid_may_end_within_a_bracket(tmp_path: Path) -> None:
    """Thirty points: three brackets, and three points of a fourth."""
    outcome = run(sweep_of(SamplerKind.GRID, studies=1, trials=None, halving=NINE), tmp_path)
    fresh = [each for each in journaled(tmp_path) if each["event"] == "asked" and each["rung"] == 0]
    assert outcome.reason is Reason.EXHAUSTED
    assert len(fresh) == 30
    assert sorted(numbers(tmp_path, "ended")) == list(range(4 * BRACKET))
