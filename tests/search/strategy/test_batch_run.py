"""A batch: many policies on one setting of the knobs."""

import pickle
from dataclasses import replace
from random import Random

import pytest

from machine.errors import GraphError, UserError
from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.chains_and_work import lower_bound
from search.scheduling.decide import decide
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy import Policy, default_policy, sample_policy
from search.strategy.batch_run import run_batch
from search.strategy.sampler import BatchRequest
from search.tasks.building import build_prepared
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, candidate_of, task_name


def request(knobs: dict[str, KnobValue] | None = None, schedules: int = 6) -> BatchRequest:
    return BatchRequest(3, "0:3", knobs or {}, None, schedules)


def justified_cycles(prepared: PreparedGraph, policy: Policy) -> int:
    return justify(prepared, incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order)).cycles


def test_a_task_travels_by_name() -> None:
    task = pickle.loads(pickle.dumps(SMALL_TREE)).load()
    assert (task.problem.name, task.shape) == ("tree_hash", {"height": 2, "rounds": 2, "batch": 16})
    assert task.machine.digest == TAKEHOME.digest


def test_the_best_of_a_batch_comes_back_with_what_leads_to_it() -> None:
    result = run_batch(DOUBLING, request(), None)
    assert result.finding is not None
    assert (result.request.schedules, result.failures, result.finding.number) == (6, {}, 3)
    prepared = build_prepared(DOUBLING.load(), {})
    assert justified_cycles(prepared, result.finding.policy) == result.finding.cycles
    assert result.bound == lower_bound(prepared)
    assert result.finding.cycles >= lower_bound(prepared).cycles


def test_the_best_of_a_batch_is_justified() -> None:
    task, _ = candidate_of(SMALL_TREE)
    knobs = {knob.name: knob.default for knob in task.problem.knobs(task.shape, task.category, task.machine)}
    finding = run_batch(SMALL_TREE, request(knobs, schedules=1), None).finding
    prepared, policy = build_prepared(task, knobs), default_policy(TAKEHOME)
    assert finding is not None
    assert finding.policy == policy
    assert finding.cycles == justified_cycles(prepared, policy) < decide(prepared, policy).schedule.length


def test_a_batch_whose_time_is_over_tries_one_schedule() -> None:
    late, whole = run_batch(DOUBLING, request(), None, until=0.0), run_batch(DOUBLING, request(), None)
    assert (late.schedules, whole.schedules) == (1, 6)
    assert late.finding is not None


def test_the_same_request_gives_the_same_result_whatever_is_to_beat() -> None:
    results = [run_batch(DOUBLING, request(), to_beat) for to_beat in (None, 1000, 1)]
    assert results[0] == results[1] == replace(results[2], bound=results[0].bound)
    assert results[2].bound is None  # nobody asks for it


def test_a_batch_that_starts_from_a_policy_tries_it_first() -> None:
    start = sample_policy(TAKEHOME, Random(9))
    result = run_batch(DOUBLING, replace(request(schedules=1), start=start), None)
    assert result.finding is not None
    assert result.finding.policy == start


@pytest.mark.parametrize(("kind", "error"), [("large", "ScratchExceededError"), ("broken", "GraphError")])
def test_failures_are_counted_by_name(kind: str, error: str) -> None:
    result = run_batch(task_name("Choosy"), request({"kind": kind, "idle": 0}), None)
    assert (result.finding, result.bound, result.request.schedules, result.failures) == (None, None, 6, {error: 6})


def test_a_best_that_is_wrong_is_a_failure_with_a_name() -> None:
    result = run_batch(task_name("Wrong"), request(), None)
    assert result.finding is None
    assert result.failures["WrongOutputError"] == 1


def test_a_graph_that_is_none_cannot_be_prepared() -> None:
    with pytest.raises(GraphError, match="never written"):
        build_prepared(task_name("Choosy").load(), {"kind": "broken", "idle": 0})


def test_a_task_whose_problem_or_shape_is_unknown_is_the_users_error() -> None:
    for name in (replace(DOUBLING, problem="nothing"), replace(DOUBLING, shape="height=3")):
        with pytest.raises(UserError):
            run_batch(name, request(), None)
