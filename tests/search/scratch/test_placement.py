"""From a schedule to a decision: the cheapest allocator that finds addresses decides."""

from collections.abc import Sequence

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.scheduling.list_scheduler import schedule
from search.scheduling.policy import default_policy
from search.scratch.allocation import allocate, allocate_largest_first
from search.scratch.lifetimes import Lifetimes, find_lifetimes
from search.scratch.placement import COLOURING, THOROUGH, Allocator, place, with_packing
from search.solver.solve_outcome import SolveLimits
from search.tasks.candidate import make_candidate
from tests.search.cases import TAKEHOME, machines, random_prepared, with_scratch
from tests.search.small_kernels import divided_scratch

LIMITS = SolveLimits(10.0, deterministic_time=1.0, workers=1)


def scheduled(prepared: PreparedGraph) -> Schedule:
    return schedule(prepared, default_policy(prepared.machine), prepared.machine.scratch_words)


def assert_legal(prepared: PreparedGraph, made: Schedule, allocators: Sequence[Allocator]) -> None:
    decision = place(prepared, made, allocators)
    assert decision is not None
    assert decision.schedule is made
    assert check_decision(prepared.graph, decision, make_candidate(prepared, decision).program) == []


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
@pytest.mark.parametrize("allocators", [COLOURING, THOROUGH, (allocate_largest_first,)], ids=["1", "all", "largest"])
def test_a_decision_is_the_schedule_with_legal_addresses(machine: Machine, allocators: Sequence[Allocator]) -> None:
    for seed in range(4):
        prepared = random_prepared(seed, machine)
        assert_legal(prepared, scheduled(prepared), allocators)


def test_exact_packing_by_itself_finds_legal_addresses() -> None:
    prepared = random_prepared(1)
    assert_legal(prepared, scheduled(prepared), with_packing(LIMITS)[-1:])


def test_allocators_are_asked_in_turn_until_one_finds_addresses() -> None:
    asked: list[str] = []
    prepared = random_prepared(2)
    made = scheduled(prepared)

    def answering(name: str, answer: Ints | None) -> Allocator:
        def allocator(flat: FlatGraph, lifetimes: Lifetimes, scratch_words: int) -> Ints | None:
            asked.append(name)
            assert scratch_words == prepared.machine.scratch_words
            return answer

        return allocator

    addresses = np.arange(len(prepared.flat.buffer_words), dtype=np.int64)
    allocators = (answering("first", None), answering("second", addresses), answering("third", addresses + 1))
    decision = place(prepared, made, allocators)
    assert decision is not None
    assert decision.addresses is addresses
    assert asked == ["first", "second"]
    assert place(prepared, made, allocators[:1]) is None
    assert place(prepared, made, ()) is None


def test_the_largest_first_find_addresses_where_colouring_finds_none() -> None:
    prepared = with_scratch(prepare(divided_scratch().graph()), 7)
    made = scheduled(prepared)
    assert place(prepared, made, COLOURING) is None
    assert_legal(prepared, made, THOROUGH)
    assert place(prepared, made) is not None


def test_exact_packing_is_the_last_resort_and_all_others_come_before_it() -> None:
    allocators = with_packing(LIMITS)
    assert tuple(allocators[:-1]) == tuple(THOROUGH) == (allocate, allocate_largest_first)
    assert tuple(COLOURING) == (allocate,)


def test_what_does_not_fit_has_no_addresses_by_any_allocator() -> None:
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.buffer("zero", 1, zero=True)[0]
    kernel.scalar_binary("+", kernel.buffer("large", 8)[0], zero, zero)
    prepared = prepare(kernel.graph())
    made = scheduled(prepared)
    needed = find_lifetimes(prepared.flat, made).peak(prepared.flat.buffer_words)
    assert_legal(with_scratch(prepared, needed), made, with_packing(LIMITS))
    assert place(with_scratch(prepared, needed - 1), made, with_packing(LIMITS)) is None
