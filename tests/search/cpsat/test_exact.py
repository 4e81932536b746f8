"""Exact solving: the optimum where everything can be tried, never longer than the incumbent, never illegal."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from machine.certificates.certificate import Level
from machine.graph.decision import Decision
from machine.graph.operation import Graph
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.multiplier_bound import ARGUMENT
from search.bounds.partitions import COUNTS
from search.cpsat import exact
from search.cpsat.exact import ExactResult, solve_graph
from search.cpsat.granularity import granularity_for, is_small, solve_whole
from search.cpsat.lane_groups import Granularity
from search.cpsat.solve import solve_exact
from search.processes.isolate import Ending, Isolated
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.scratch.placement import Allocator, with_packing
from search.solver.solve_outcome import SolveLimits, SolveOutcome, SolverNews, Spend, Status
from search.tasks.candidate import make_candidate
from tests.machine.graph.graphs import MEMORY_WORDS
from tests.search.bounds.test_work_bound import TINY, optimum, tiny_graph
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    best_of_lists,
    machines,
    needed_words,
    random_prepared,
    with_scratch,
)
from tests.search.cpsat.corpus import SLOW, Saved

QUICK = SolveLimits(3.0, workers=1)
SINGLE, TOGETHER = Granularity.SINGLE_LANES, Granularity.LANES_TOGETHER


def incumbent_of(prepared: PreparedGraph) -> Decision:
    return decide(prepared, default_policy(prepared.machine))


def assert_sound(prepared: PreparedGraph, incumbent: Decision, result: ExactResult, seed: int = 0) -> None:
    """The decision is legal, computes the graph, and lies between bound and incumbent."""
    program = make_candidate(prepared, result.decision).program
    assert check_decision(prepared.graph, result.decision, program) == []
    if prepared.graph.memory_words == MEMORY_WORDS:
        assert_computes(prepared, result.decision, program, Random(seed))
    assert lower_bound(prepared).cycles <= result.bound.cycles <= result.decision.schedule.length
    assert result.decision.schedule.length <= incumbent.schedule.length
    assert result.is_optimal == (result.status is Status.OPTIMAL)


# The optimum


@pytest.mark.parametrize("machine", TINY, ids=lambda machine: machine.name)
def test_the_optimum_of_tiny_graphs_is_that_of_trying_everything(machine: Machine) -> None:
    """Without our own bound, so that it is the model alone that proves it."""
    better = 0
    for seed in range(100):
        prepared = prepare(tiny_graph(seed, machine))
        start, best = incumbent_of(prepared).schedule, optimum(prepared)
        outcome = solve_exact(prepared, start, 0, SINGLE, machine.scratch_words, QUICK)
        assert outcome.status is Status.OPTIMAL, seed
        assert outcome.schedule is not None
        assert (outcome.schedule.length, outcome.bound) == (best, best), seed
        better += best < start.length
    assert better >= 5


def test_an_implementation_of_longer_latency_is_not_taken_for_a_shorter_one() -> None:
    """The last slot may be of the slower of two; a model that forgets it takes a schedule for shorter than it is."""
    for seed in (4, 6, 21, 36):
        prepared = prepare(tiny_graph(seed, TINY[2]))
        result = solve_graph(prepared, incumbent_of(prepared), SINGLE, QUICK)
        assert result.decision.schedule.length == optimum(prepared)
        assert result.status is Status.OPTIMAL


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize(
    "machine", [m for m in machines() if m.name != "single lane"], ids=lambda machine: machine.name
)
def test_whatever_comes_back_is_legal_and_no_longer(machine: Machine, seed: int) -> None:
    """Where one lane is a vector, engines write the same words so often that the answer may be refused; see below."""
    prepared = random_prepared(seed, machine, 6)
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, seconds=1.0))
    assert result.refused == ""
    assert_sound(prepared, incumbent, result, seed)


def test_an_answer_that_no_engine_order_makes_true_is_refused_and_the_incumbent_stays() -> None:
    """The model lets two engines write one word together, whatever they ask of other words of the same bundle."""
    machine = machines()[-1]
    assert machine.name == "single lane"
    refused = 0
    for seed in range(3):
        prepared = random_prepared(seed, machine, 10)
        incumbent = incumbent_of(prepared)
        result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, seconds=1.0))
        assert_sound(prepared, incumbent, result, seed)
        if result.refused:
            refused += 1
            assert result.decision is incumbent
    assert refused > 0


@pytest.mark.parametrize("granularity", Granularity)
def test_lanes_together_find_schedules_too_but_prove_nothing_of_the_graph(granularity: Granularity) -> None:
    prepared = random_prepared(2, TAKEHOME, 10)
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, granularity, QUICK)
    assert_sound(prepared, incumbent, result)
    if granularity is TOGETHER:
        assert result.bound == lower_bound(prepared)
    else:
        assert result.decision.schedule.length < incumbent.schedule.length


def test_longer_latencies_are_kept() -> None:
    saved = Saved("", "fir", "", SLOW)
    prepared = saved.prepared()
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, SINGLE, QUICK)
    assert_sound(prepared, incumbent, result)
    assert result.status is Status.OPTIMAL
    assert result.decision.schedule.length == 21


@pytest.mark.parametrize("seed", [0, 5, 6])
def test_scratch_is_kept_where_there_is_only_just_enough(seed: int) -> None:
    roomy = random_prepared(seed, TAKEHOME, 6)
    prepared = with_scratch(roomy, needed_words(roomy) + 8)
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, seconds=2.0))
    assert_sound(prepared, incumbent, result, seed)
    used = result.decision.addresses + prepared.flat.buffer_words
    assert used[result.decision.addresses >= 0].max() <= prepared.machine.scratch_words


def test_in_small_scratch_exact_solving_gains_what_lists_lose() -> None:
    fir = Saved("", "fir", "", TAKEHOME).prepared()
    prepared = with_scratch(fir, needed_words(fir) + 8)
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, seconds=8.0))
    assert_sound(prepared, incumbent, result)
    assert result.decision.schedule.length < incumbent.schedule.length - 4


def test_one_worker_and_deterministic_time_give_the_same_schedule_twice() -> None:
    prepared = random_prepared(1, TAKEHOME, 12)
    limits = SolveLimits(60.0, deterministic_time=0.4, workers=1, seed=3)
    words = TAKEHOME.scratch_words
    start = incumbent_of(prepared).schedule
    first, second = (solve_exact(prepared, start, 0, SINGLE, words, limits) for _ in range(2))
    assert first.schedule is not None
    assert second.schedule is not None
    assert np.array_equal(first.schedule.cycles, second.schedule.cycles)
    assert (first.status, first.bound, first.work) == (second.status, second.bound, second.work)
    assert 0 < first.work < 1.5 * 0.4


def test_a_solver_that_is_watched_does_the_same_and_tells_of_it() -> None:
    prepared, told = random_prepared(1, TAKEHOME, 12), list[SolverNews]()
    limits = SolveLimits(60.0, deterministic_time=0.4, workers=1, seed=3)
    start, words = incumbent_of(prepared).schedule, TAKEHOME.scratch_words
    alone = solve_exact(prepared, start, 0, SINGLE, words, limits)
    watched = solve_exact(prepared, start, 0, SINGLE, words, limits, None, told.append)
    assert alone.schedule is not None
    assert watched.schedule is not None
    assert np.array_equal(alone.schedule.cycles, watched.schedule.cycles)
    assert (alone.status, alone.bound, alone.work) == (watched.status, watched.bound, watched.work)
    assert told[-1].cycles == watched.schedule.length
    assert told[-1].bound <= watched.bound
    assert len({each.begun for each in told}) == 1


def test_who_watches_a_solve_hears_of_its_solver() -> None:
    prepared, heard = random_prepared(1, TAKEHOME, 12), list[SolverNews | None]()
    incumbent = incumbent_of(prepared)
    result = solve_graph(prepared, incumbent, TOGETHER, replace(QUICK, seconds=6.0), hear=heard.append)
    assert result.outcome is not None
    cycles = [each.cycles for each in heard if each is not None and each.cycles is not None]
    assert min(cycles) == result.decision.schedule.length


def test_the_hint_is_taken_as_a_solution() -> None:
    for seed in range(3):
        prepared = random_prepared(seed, machines()[1], 6)
        start, words = incumbent_of(prepared).schedule, prepared.machine.scratch_words
        outcome = solve_exact(prepared, start, 0, SINGLE, words, replace(QUICK, seconds=1.0))
        assert outcome.hint_feasible
        assert outcome.ignored == ()


def test_a_graph_of_nothing_needs_no_solver() -> None:
    prepared = prepare(Graph(TAKEHOME, 0, (), ()))
    result = solve_whole(prepared, incumbent_of(prepared), QUICK)
    assert (result.status, result.outcome, result.bound.cycles) == (Status.OPTIMAL, None, 0)


def test_only_small_graphs_are_solved_lane_by_lane() -> None:
    assert is_small(random_prepared(0))
    assert granularity_for(random_prepared(0)) is SINGLE
    large = Saved("", "tree_hash", "height=6,rounds=8,batch=64", TAKEHOME).prepared()
    assert not is_small(large)
    assert granularity_for(large) is TOGETHER


# Statuses and bounds


@pytest.fixture
def open_case() -> tuple[PreparedGraph, Decision]:
    """A graph whose incumbent does not meet our bound."""
    prepared = random_prepared(2, TAKEHOME, 10)
    incumbent = incumbent_of(prepared)
    assert incumbent.schedule.length > lower_bound(prepared).cycles
    return prepared, incumbent


def test_an_incumbent_that_meets_our_bound_needs_no_solver() -> None:
    dots = Saved("", "dot_product", "", TAKEHOME).prepared()
    incumbent = incumbent_of(dots)
    assert incumbent.schedule.length == lower_bound(dots).cycles
    result = solve_graph(dots, incumbent, SINGLE, QUICK)
    assert (result.decision, result.outcome, result.status) == (incumbent, None, Status.OPTIMAL)
    assert result.bound == lower_bound(dots)


def test_a_proof_raises_the_bound_and_says_whose_it_is() -> None:
    prepared = Saved("", "polynomial", "", TAKEHOME).prepared()
    result = solve_graph(prepared, incumbent_of(prepared), SINGLE, replace(QUICK, seconds=10.0))
    assert result.status is Status.OPTIMAL
    assert result.bound.cycles > lower_bound(prepared).cycles
    assert result.bound.argument == ARGUMENT
    assert result.bound.level is Level.CHECKED


def test_a_finer_partition_proves_the_best_list_schedule_of_a_hash() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    start = best_of_lists(prepared, seed=0)
    result = solve_graph(prepared, start, SINGLE, replace(QUICK, seconds=60.0))
    assert (result.decision.schedule.length, result.status) == (25, Status.OPTIMAL)
    assert result.bound.argument == f"{COUNTS}, classes of up to 2 operations split, by CP-SAT"


def test_where_counting_proves_nothing_the_solver_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "prove_bound", lambda prepared, *_: lower_bound(prepared))
    prepared = Saved("", "polynomial", "", TAKEHOME).prepared()
    result = solve_graph(prepared, incumbent_of(prepared), SINGLE, replace(QUICK, seconds=25.0))
    assert result.status is Status.OPTIMAL
    assert result.bound.argument == "CP-SAT, every slot by itself"


@pytest.mark.parametrize(
    ("below", "limits", "times"),
    [(2, QUICK, 1), (1, QUICK, 0), (2, replace(QUICK, deterministic_time=1.0), 0)],
    ids=["far", "a cycle below", "where time plays no part"],
)
def test_multipliers_are_asked_again_only_where_the_bound_is_still_far(
    monkeypatch: pytest.MonkeyPatch, below: int, limits: SolveLimits, times: int
) -> None:
    prepared = random_prepared(3)
    incumbent = incumbent_of(prepared)
    first, raised = (Bound(incumbent.schedule.length - each, "a proof") for each in (below, below - 1))
    asked: list[tuple[Bound, int]] = []

    def raise_it(prepared: PreparedGraph, bound: Bound, most: int, limits: SolveLimits, tell: object) -> Bound:
        asked.append((bound, most))
        return raised

    monkeypatch.setattr(exact, "prove_bound", lambda *_: first)
    monkeypatch.setattr(exact, "prove_shortest", lambda *_: None)
    monkeypatch.setattr(exact, "prove_by_multipliers", raise_it)
    monkeypatch.setattr(exact, "call_isolated", lambda *_: Isolated(Ending.TIMED_OUT, None, "late"))
    result = solve_graph(prepared, incumbent, SINGLE, limits)
    assert asked == times * [(first, incumbent.schedule.length)]
    assert result.bound == (raised if times else first)


@pytest.mark.parametrize(
    ("part", "refuting", "last"), [(1.0, 0.52, 0.52), (0.5, 0.6, 0.46)], ids=["all that it gets", "half of it"]
)
def test_all_stages_together_keep_to_the_deterministic_time(
    monkeypatch: pytest.MonkeyPatch, part: float, refuting: float, last: float
) -> None:
    """Each spends a part of what it gets; the last gets what is left, if that is worth it."""
    prepared, given = random_prepared(3), list[float]()
    incumbent = incumbent_of(prepared)

    def spend(limits: SolveLimits) -> float:
        assert limits.deterministic_time is not None
        given.append(limits.deterministic_time)
        return part * limits.deterministic_time

    def prove(
        prepared: PreparedGraph, limits: SolveLimits, most: int, known: Bound | None, tell: Spend, *_: object
    ) -> Bound:
        tell(spend(limits))
        return Bound(most - 5, "a proof")

    def refute(prepared: PreparedGraph, length: int, limits: SolveLimits, tell: Spend) -> None:
        tell(spend(limits))

    def solve(function: object, arguments: Sequence[SolveLimits], *others: object) -> Isolated[SolveOutcome]:
        return Isolated(Ending.RETURNED, SolveOutcome(Status.UNKNOWN, work=spend(arguments[5])))

    for name, fake in (("prove_bound", prove), ("prove_shortest", refute), ("call_isolated", solve)):
        monkeypatch.setattr(exact, name, fake)
    solve_graph(prepared, incumbent, SINGLE, SolveLimits(60.0, deterministic_time=1.0, workers=1))
    assert given[:4] == pytest.approx([0.2, 0.08, 0.2, refuting])
    assert given[-1] == pytest.approx(last)
    assert part * sum(given) <= 1 + 1e-9


def test_an_interrupt_leaves_the_solve_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = random_prepared(3)
    incumbent = incumbent_of(prepared)
    proof = Bound(incumbent.schedule.length - 1, "a proof")
    monkeypatch.setattr(exact, "prove_bound", lambda *_: proof)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exact, "call_isolated", interrupt)
    assert solve_graph(prepared, incumbent, SINGLE, QUICK) == ExactResult(incumbent, proof, None, is_interrupted=True)
    told = solve_graph(prepared, incumbent, SINGLE, QUICK, tell=interrupt)
    assert told == ExactResult(incumbent, proof, None, is_interrupted=True)
    monkeypatch.setattr(exact, "prove_bound", interrupt)
    with pytest.raises(KeyboardInterrupt):
        solve_graph(prepared, incumbent, SINGLE, QUICK)


def test_an_interrupt_leaves_the_bound_that_the_step_has_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = random_prepared(3)
    incumbent = incumbent_of(prepared)
    first, raised = (Bound(incumbent.schedule.length - gap, "a proof") for gap in (3, 2))

    def prove(*arguments: Any) -> Bound:
        arguments[-1](first)
        raise KeyboardInterrupt

    def prove_more(*arguments: Any) -> Bound:
        arguments[-1](raised)
        raise KeyboardInterrupt

    monkeypatch.setattr(exact, "prove_bound", prove)
    assert solve_graph(prepared, incumbent, SINGLE, QUICK) == ExactResult(incumbent, first, None, is_interrupted=True)
    monkeypatch.setattr(exact, "prove_bound", lambda *_: first)
    monkeypatch.setattr(exact, "call_isolated", lambda *_: Isolated(Ending.TIMED_OUT, None, "late"))
    monkeypatch.setattr(exact, "prove_by_multipliers", prove_more)
    result = solve_graph(prepared, incumbent, SINGLE, QUICK)
    assert (result.bound, result.is_interrupted) == (raised, True)


def test_without_time_the_incumbent_stays_and_is_no_more_than_feasible(
    open_case: tuple[PreparedGraph, Decision],
) -> None:
    prepared, incumbent = open_case
    result = solve_graph(prepared, incumbent, SINGLE, SolveLimits(1.0, deterministic_time=1e-6, workers=1))
    assert result.decision.schedule.length <= incumbent.schedule.length
    assert result.outcome is not None
    assert result.outcome.status in (Status.FEASIBLE, Status.UNKNOWN)
    assert result.status is Status.FEASIBLE


@pytest.mark.parametrize("ending", [ending for ending in Ending if ending is not Ending.RETURNED])
def test_a_solver_that_fails_leaves_the_incumbent_and_says_why(
    monkeypatch: pytest.MonkeyPatch, open_case: tuple[PreparedGraph, Decision], ending: Ending
) -> None:
    prepared, incumbent = open_case

    def fails(*arguments: object) -> Isolated[SolveOutcome]:
        return Isolated(ending, None, "for a reason")

    monkeypatch.setattr(exact, "call_isolated", fails)
    result = solve_graph(prepared, incumbent, SINGLE, QUICK)
    assert result.outcome is not None
    assert (result.outcome.status, result.outcome.note) == (ending, "for a reason")
    assert (result.decision, result.bound, result.status) == (incumbent, lower_bound(prepared), Status.FEASIBLE)


def test_a_solver_without_memory_is_an_outcome(open_case: tuple[PreparedGraph, Decision]) -> None:
    prepared, incumbent = open_case
    result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, memory_bytes=1 << 20))
    assert result.outcome is not None
    assert result.outcome.status in (Ending.OUT_OF_MEMORY, Ending.CRASHED)
    assert result.decision is incumbent


def test_an_answer_that_the_checker_refuses_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, open_case: tuple[PreparedGraph, Decision]
) -> None:
    prepared, incumbent = open_case

    def refuses(*arguments: object) -> list[str]:
        return ["no", "and again no"]

    monkeypatch.setattr(exact, "check_decision", refuses)
    result = solve_graph(prepared, incumbent, SINGLE, replace(QUICK, seconds=1.0))
    assert (result.decision, result.refused, result.status) == (incumbent, "no", Status.FEASIBLE)


def test_addresses_that_exact_packing_alone_finds_are_taken(
    monkeypatch: pytest.MonkeyPatch, open_case: tuple[PreparedGraph, Decision]
) -> None:
    prepared, incumbent = open_case

    def pack_alone(limits: SolveLimits) -> Sequence[Allocator]:
        return with_packing(limits)[-1:]

    monkeypatch.setattr(exact, "with_packing", pack_alone)
    result = solve_graph(prepared, incumbent, SINGLE, QUICK)
    assert result.decision.schedule.length < incumbent.schedule.length
    assert_sound(prepared, incumbent, result)
