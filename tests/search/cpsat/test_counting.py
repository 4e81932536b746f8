"""Counting: the counts of every schedule satisfy the model, so that no bound is above the optimum."""

import re
from random import Random

import numpy as np
import pytest
from ortools.sat.python import cp_model

from machine.graph.decision import Schedule
from machine.model import Machine
from problems.loader import load_problem
from problems.problem import parse_shape
from search.alike import find_alike
from search.allocation import find_lifetimes
from search.batch_run import build_prepared
from search.bounds import lower_bound
from search.cpsat.classes import Classes
from search.cpsat.counting import counting_bound, counting_model, counts_refute
from search.cpsat.outcome import SolveLimits
from search.decide import decide
from search.list_scheduler import PreparedGraph, prepare
from search.validation import Task
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared, with_scratch
from tests.search.cpsat.corpus import SLOW
from tests.search.test_bounds import TINY, optimum, tiny_graph

LIMITS = SolveLimits(20.0, workers=1)


def satisfies(prepared: PreparedGraph, schedule: Schedule, length: int) -> bool:
    """Whether the schedule's own counts are a solution of the model."""
    classes = Classes(prepared.flat, find_alike(prepared.flat, prepared.chains))
    model = counting_model(prepared, classes, length)
    colours = np.array(classes.alike.slots)
    used = np.array(classes.alike.implementations)[prepared.flat.operation_starts[:-1] + schedule.implementations]
    for number, variable in enumerate(model.proto.variables):
        issued = re.fullmatch(r"n(\d+)\.(\d+)", variable.name)
        chosen = re.fullmatch(r"y(\d+)", variable.name)
        if issued:
            colour, cycle = int(issued[1]), int(issued[2])
            count = int(((colours == colour) & (schedule.cycles >= 0) & (schedule.cycles <= cycle)).sum())
        elif chosen:
            count = int((used == int(chosen[1])).sum())
        else:
            continue
        model.add(model.get_int_var_from_proto_index(number) == count)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 20
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_the_counts_of_a_schedule_satisfy_the_model(machine: Machine) -> None:
    for seed in range(5):
        prepared = random_prepared(seed, machine)
        for policy in random_policies(Random(seed), machine, 2):
            schedule = decide(prepared, policy).schedule
            assert satisfies(prepared, schedule, schedule.length), seed
            assert satisfies(prepared, schedule, schedule.length + 3), seed


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_they_do_where_scratch_is_just_what_the_schedule_needs(machine: Machine) -> None:
    for seed in range(5):
        prepared = random_prepared(seed, machine)
        schedule = decide(prepared, random_policies(Random(seed), machine, 2)[1]).schedule
        peak = find_lifetimes(prepared.flat, schedule).peak(prepared.flat.buffer_words)
        assert satisfies(with_scratch(prepared, peak), schedule, schedule.length), seed


def test_scratch_is_part_of_the_model() -> None:
    """What needs no more than engines fits in 16 cycles; with few words it does not."""
    problem = load_problem("hash_vectors")
    task = Task(problem, parse_shape(problem, "vectors=4"), problem.categories[0], TAKEHOME)
    prepared = build_prepared(task, {})
    assert not counts_refute(prepared, 16, LIMITS)
    assert counts_refute(with_scratch(prepared, 50), 16, LIMITS)


@pytest.mark.parametrize("machine", TINY, ids=lambda machine: machine.name)
def test_no_bound_is_above_the_optimum_and_most_meet_it(machine: Machine) -> None:
    met = 0
    for seed in range(40):
        prepared = prepare(tiny_graph(seed, machine))
        best = optimum(prepared)
        bound = counting_bound(prepared, 0, best + 2, LIMITS)
        assert bound <= best, seed
        met += bound == best
    assert met >= 30


@pytest.mark.parametrize(
    ("name", "shape", "machine", "bound"),
    [("hash_vectors", "vectors=4", TAKEHOME, 14), ("matrix_product", "n=8", SLOW, 36), ("fir", "", TAKEHOME, 11)],
)
def test_counts_prove_more_than_work(name: str, shape: str, machine: Machine, bound: int) -> None:
    problem = load_problem(name)
    prepared = build_prepared(Task(problem, parse_shape(problem, shape), problem.categories[0], machine), {})
    work = lower_bound(prepared).cycles
    assert work < bound
    assert counting_bound(prepared, work, 99, LIMITS) == bound


def test_it_ends_at_the_length_that_is_there() -> None:
    prepared = random_prepared(1)
    assert counting_bound(prepared, 2, 2, LIMITS) == 2
    assert counting_bound(prepared, 0, 1, LIMITS) == 1


def test_large_graphs_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = random_prepared(1)
    assert counts_refute(prepared, 1, LIMITS)
    monkeypatch.setattr("search.cpsat.counting.MOST_COUNTS", -1)
    assert not counts_refute(prepared, 1, LIMITS)
