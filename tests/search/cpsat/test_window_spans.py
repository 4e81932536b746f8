"""Cuts: which operations a window frees, where windows lie, and which of them are worth solving."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.graph.decision import Schedule, schedule_of
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.window_spans import Span, WindowKind, WindowPlan, plan_windows, where_idle, window_span
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from tests.search.cases import TAKEHOME, machines, random_prepared


def scheduled(seed: int, operations: int = 20) -> tuple[PreparedGraph, Schedule]:
    prepared = random_prepared(seed, machines()[3], operations)
    return prepared, decide(prepared, default_policy(prepared.machine)).schedule


def slots_of(prepared: PreparedGraph, schedule: Schedule, operation: int) -> list[int]:
    """The slots of an operation that issue."""
    owners = prepared.flat.implementation_operations[prepared.flat.slot_implementations]
    return [int(slot) for slot in np.flatnonzero((owners == operation) & (schedule.cycles >= 0))]


def free(prepared: PreparedGraph, schedule: Schedule, first: int, last: int) -> list[int]:
    """Operations all of whose slots issue from ``first`` to ``last - 1``."""
    found = []
    for operation in range(prepared.flat.operations):
        cycles = [int(schedule.cycles[slot]) for slot in slots_of(prepared, schedule, operation)]
        if cycles and first <= min(cycles) and max(cycles) < last:
            found.append(operation)
    return found


def test_only_operations_that_lie_wholly_inside_are_free() -> None:
    prepared, schedule = scheduled(3)
    for first in range(0, schedule.length - 4, 3):
        span = window_span(prepared.flat, schedule, WindowPlan(first, first + 5))
        assert list(span.operations) == free(prepared, schedule, first, first + 5)


def test_a_cut_of_streams_frees_no_others() -> None:
    prepared, schedule = scheduled(3)
    for stream in np.unique(prepared.flat.streams).tolist():
        span = window_span(prepared.flat, schedule, WindowPlan(0, schedule.length, streams=(stream,)))
        inside = free(prepared, schedule, 0, schedule.length)
        assert list(span.operations) == [each for each in inside if prepared.flat.streams[each] == stream]


def test_a_cut_of_an_engine_frees_operations_that_issue_on_it_alone() -> None:
    prepared, schedule = scheduled(4, 40)
    seen = 0
    for engine in np.unique(prepared.flat.slot_engines).tolist():
        span = window_span(prepared.flat, schedule, WindowPlan(0, schedule.length, engine=engine))
        expected = [
            operation
            for operation in free(prepared, schedule, 0, schedule.length)
            if all(prepared.flat.slot_engines[slot] == engine for slot in slots_of(prepared, schedule, operation))
        ]
        assert list(span.operations) == expected
        seen += len(expected)
    assert seen > 0


@given(
    kind=st.sampled_from([WindowKind.CYCLES, WindowKind.ENGINE, WindowKind.STREAMS]),
    length=st.integers(20, 400),
    width=st.integers(2, 20),
    number=st.integers(0, 30),
)
def test_windows_reach_from_front_to_end_and_overlap(kind: WindowKind, length: int, width: int, number: int) -> None:
    flat = random_prepared(0).flat
    plans = plan_windows(kind, flat, length, width, number)
    assert all(a.first < b.first < a.last for a, b in pairwise(plans))
    assert plans[-1].last >= length - width * 4
    assert plans[0].first < width * 2
    assert len({(plan.engine, plan.streams) for plan in plans}) == 1


def test_the_tail_is_one_window_up_to_the_end() -> None:
    assert plan_windows(WindowKind.TAIL, random_prepared(0).flat, 100, 10, 5) == [WindowPlan(80, 101)]


def test_engines_and_streams_take_turns() -> None:
    flat = random_prepared(1, TAKEHOME, 60).flat
    engines = {plan_windows(WindowKind.ENGINE, flat, 100, 10, number)[0].engine for number in range(10)}
    assert engines == set(np.unique(flat.slot_engines).tolist())
    streams = [plan_windows(WindowKind.STREAMS, flat, 100, 10, number)[0].streams for number in range(10)]
    assert {stream for each in streams for stream in each} == set(np.unique(flat.streams).tolist())


def test_windows_overlap_where_they_share_a_cycle() -> None:
    assert WindowPlan(4, 8).overlaps(Span(7, 9, ()))
    assert not WindowPlan(4, 8).overlaps(Span(8, 9, ()))
    assert not WindowPlan(4, 8).overlaps(Span(0, 4, ()))


@pytest.mark.parametrize("hole", [10, 40])
def test_the_idlest_window_comes_first_and_busy_ones_are_left_out(hole: int) -> None:
    """Everything after a point is moved 12 cycles back: there nothing issues at all."""
    prepared = random_prepared(2, TAKEHOME, 400)
    dense = decide(prepared, default_policy(TAKEHOME)).schedule
    cycles = np.where(dense.cycles >= hole, dense.cycles + 12, dense.cycles)
    holed = schedule_of(prepared.flat, cycles)
    plans = plan_windows(WindowKind.CYCLES, prepared.flat, holed.length, 8, 0)
    chosen = where_idle(plans, prepared.flat, holed, TAKEHOME)
    assert hole - 4 <= chosen[0].first <= hole + 8
    assert len(chosen) < len(plans)
    assert set(chosen) <= set(plans)
