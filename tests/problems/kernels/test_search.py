"""Every kernel from graph to validated program."""

from random import Random

import pytest

from problems.kernels import KERNELS
from problems.problem import Problem, check_shape
from search.bounds.chains_and_work import lower_bound
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy, sample_policy
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import Task
from search.tasks.validation import validate_candidate
from tests.problems.kernels.running import TAKEHOME, default_knobs, random_knobs
from tests.problems.kernels.test_execution import SHAPES

kernels = pytest.mark.parametrize("problem", [kernel() for kernel in KERNELS], ids=lambda problem: problem.name)


@kernels
def test_a_default_schedule_is_a_valid_program(problem: Problem) -> None:
    shape = problem.default_shape()
    task = Task(problem, shape, "all", TAKEHOME)
    prepared = build_prepared(task, default_knobs(problem, shape))
    candidate = make_candidate(prepared, decide(prepared, default_policy(TAKEHOME)))
    validation = validate_candidate(task, candidate, 64)
    assert lower_bound(prepared).cycles <= validation.cycles == candidate.cycles


@kernels
def test_schedules_of_random_policies_and_knobs_are_valid_programs(problem: Problem) -> None:
    random = Random(problem.name)
    for given in SHAPES[problem.name][:4]:
        shape = check_shape(problem, given)
        task = Task(problem, shape, "all", TAKEHOME)
        prepared = build_prepared(task, random_knobs(random, problem, shape))
        decision = decide(prepared, sample_policy(TAKEHOME, random))
        validate_candidate(task, make_candidate(prepared, decision), 16)


@pytest.mark.slow
@kernels
def test_the_largest_shapes_fit_scratch(problem: Problem) -> None:
    shape = {parameter.name: parameter.maximum or parameter.default for parameter in problem.parameters}
    for knobs in (default_knobs(problem, shape), random_knobs(Random(problem.name), problem, shape)):
        prepared = build_prepared(Task(problem, shape, "all", TAKEHOME), knobs)
        assert decide(prepared, default_policy(TAKEHOME)).schedule.length > 0
