"""Counting: the counts of every schedule satisfy the model, so that no bound is above the optimum."""

import re
from random import Random

import numpy as np
import pytest
from ortools.sat.python import cp_model

from machine.certificates.certificate import Refutation
from machine.graph.decision import Schedule
from machine.model import Machine
from problems.loader import load_problem
from problems.problem import parse_shape
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import counting_bound, counting_model, has_counts, refute
from search.bounds.partitions import COUNTS, Partition, partitions
from search.scheduling.decide import decide
from search.scratch.lifetimes import find_lifetimes
from search.solver.solve_outcome import SolveLimits, Spend
from search.tasks.building import build_prepared
from search.tasks.task import Task
from tests.search.analysis.test_symmetry import crossed_reads
from tests.search.bounds.test_work_bound import TINY, optimum, tiny_graph
from tests.search.cases import TAKEHOME, machines, random_policies, random_prepared, with_scratch
from tests.search.cpsat.corpus import SLOW, Saved

LIMITS = SolveLimits(20.0, workers=1)
NO_BOUND = Bound(0, "nothing")


def satisfies(prepared: PreparedGraph, partition: Partition, schedule: Schedule, length: int) -> bool:
    """Whether the schedule's own counts over a partition are a solution of the model."""
    classes = partition.classes
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
            for partition in partitions(prepared):
                assert satisfies(prepared, partition, schedule, schedule.length), (seed, partition.apart)
                assert satisfies(prepared, partition, schedule, schedule.length + 3), (seed, partition.apart)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_they_do_where_scratch_is_just_what_the_schedule_needs(machine: Machine) -> None:
    for seed in range(5):
        prepared = random_prepared(seed, machine)
        schedule = decide(prepared, random_policies(Random(seed), machine, 2)[1]).schedule
        peak = find_lifetimes(prepared.flat, schedule).peak(prepared.flat.buffer_words)
        for partition in partitions(prepared):
            assert satisfies(with_scratch(prepared, peak), partition, schedule, schedule.length), seed


def test_scratch_is_part_of_the_model() -> None:
    """What needs no more than engines fits in 16 cycles; with few words it does not."""
    problem = load_problem("hash_vectors")
    task = Task(problem, parse_shape(problem, "vectors=4"), problem.categories[0], TAKEHOME)
    prepared = build_prepared(task, {})
    coarsest = next(partitions(prepared))
    assert has_counts(prepared, coarsest, 16, LIMITS) is True
    assert has_counts(with_scratch(prepared, 50), coarsest, 16, LIMITS) is False


@pytest.mark.parametrize("machine", TINY, ids=lambda machine: machine.name)
def test_no_bound_is_above_the_optimum_and_most_meet_it(machine: Machine) -> None:
    met = 0
    for seed in range(40):
        prepared = prepare(tiny_graph(seed, machine))
        best = optimum(prepared)
        bound = counting_bound(prepared, NO_BOUND, best + 2, LIMITS).cycles
        assert bound <= best, seed
        met += bound == best
    assert met >= 30


def test_it_is_not_where_which_word_is_read_depends_on_the_choice() -> None:
    """Two copies can read one word, each by another implementation, though of the first of its class only one can."""
    prepared = prepare(crossed_reads(TINY[0]))
    assert optimum(prepared) == 4
    for partition in partitions(prepared):
        assert has_counts(prepared, partition, 3, LIMITS) is False
        assert has_counts(prepared, partition, 4, LIMITS) is True


@pytest.mark.parametrize(
    ("name", "shape", "machine", "bound"),
    [("hash_vectors", "vectors=4", TAKEHOME, 14), ("matrix_product", "n=8", SLOW, 36), ("fir", "", TAKEHOME, 11)],
)
def test_counts_prove_more_than_work(name: str, shape: str, machine: Machine, bound: int) -> None:
    problem = load_problem(name)
    prepared = build_prepared(Task(problem, parse_shape(problem, shape), problem.categories[0], machine), {})
    work = lower_bound(prepared)
    assert work.cycles < bound
    assert counting_bound(prepared, work, 99, LIMITS).cycles == bound


def test_it_ends_at_the_length_that_is_there() -> None:
    prepared = random_prepared(1)
    two = Bound(2, "something")
    assert counting_bound(prepared, two, 2, LIMITS) == two
    assert counting_bound(prepared, NO_BOUND, 1, LIMITS).cycles == 1


def test_large_graphs_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = random_prepared(1)
    coarsest = next(partitions(prepared))
    assert has_counts(prepared, coarsest, 1, LIMITS) is False
    monkeypatch.setattr("search.bounds.counting.MOST_COUNTS", -1)
    assert has_counts(prepared, coarsest, 1, LIMITS) is None
    assert counting_bound(prepared, NO_BOUND, 9, LIMITS) == NO_BOUND
    assert refute(prepared, 1, LIMITS) is None


def test_deterministic_time_is_of_all_its_solves_together(monkeypatch: pytest.MonkeyPatch) -> None:
    given, told = list[float | None](), list[float]()

    def refuted(prepared: PreparedGraph, partition: Partition, length: int, limits: SolveLimits, spend: Spend) -> bool:
        given.append(limits.deterministic_time)
        spend(0.4)
        return False

    monkeypatch.setattr("search.bounds.counting.has_counts", refuted)
    limits = SolveLimits(20.0, deterministic_time=1.0, workers=1)
    assert counting_bound(random_prepared(1), NO_BOUND, 99, limits, told.append).cycles == 3
    assert given == pytest.approx([1.0, 0.6, 0.2])
    assert told == [0.4] * 3


def test_the_deterministic_time_of_a_solve_is_told() -> None:
    prepared, told = Saved("", "hash_vectors", "vectors=8", SLOW).prepared(), list[float]()
    has_counts(prepared, next(partitions(prepared)), 24, LIMITS, told.append)
    refute(prepared, 24, SolveLimits(20.0, deterministic_time=1.0, workers=1), told.append)
    assert len(told) > 2  # a look at each partition
    assert min(told) > 0


def test_a_finer_partition_proves_what_coarser_ones_do_not() -> None:
    """Schedules of 25 cycles exist; over the coarsest partition, counts for 24 do."""
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    assert has_counts(prepared, next(partitions(prepared)), 24, LIMITS) is True
    bound = counting_bound(prepared, lower_bound(prepared), 99, LIMITS)
    recipe = Refutation("counts", "CP-SAT", 24, 2)
    assert bound == Bound(25, f"{COUNTS}, classes of up to 2 operations split, by CP-SAT", recipe)


def test_it_does_in_small_scratch_too() -> None:
    prepared = with_scratch(Saved("", "polynomial", "", TAKEHOME).prepared(), 79)
    coarsest, finer, *_ = partitions(prepared)
    assert has_counts(prepared, coarsest, 14, LIMITS) is True
    assert has_counts(prepared, finer, 17, LIMITS) is False
