"""Windows: they move operations forward and nothing back, keep every dependence, and never lengthen a schedule."""

from random import Random

import numpy as np
import pytest

from machine.graph.decision import Decision, Schedule, schedule_of
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.window import solve_window
from search.cpsat.window_outcome import Fixed, WindowOutcome
from search.cpsat.window_spans import Span, WindowPlan, window_span
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.scratch.allocation import allocate
from search.scratch.lifetimes import find_lifetimes
from search.solver.solve_outcome import SolveLimits, Status
from search.tasks.candidate import make_candidate
from tests.search.cases import TAKEHOME, assert_computes, machines, random_prepared
from tests.search.cpsat.corpus import Saved

LIMITS = SolveLimits(0.5, workers=1)
SEVERAL_LANES = [machine for machine in machines() if machine.name != "single lane"]


def window(prepared: PreparedGraph, schedule: Schedule, first: int, last: int) -> tuple[Span, WindowOutcome]:
    fixed = Fixed(prepared.flat, prepared.relations, prepared.chains, prepared.machine, schedule)
    span = window_span(prepared.flat, schedule, WindowPlan(first, last))
    return span, solve_window(fixed, span, LIMITS)


def merged(prepared: PreparedGraph, schedule: Schedule, outcome: WindowOutcome) -> Schedule:
    return schedule if outcome.cycles is None else schedule_of(prepared.flat, outcome.cycles)


def assert_legal(prepared: PreparedGraph, schedule: Schedule) -> None:
    words = prepared.machine.scratch_words
    addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, schedule), words)
    assert addresses is not None
    decision = Decision(schedule, addresses)
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, Random(0))


def starts_of(prepared: PreparedGraph, schedule: Schedule) -> dict[int, list[int]]:
    """Issue cycles of each operation's slots."""
    flat, found = prepared.flat, {}
    for operation in range(flat.operations):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        slots = schedule.cycles[flat.implementation_starts[first] : flat.implementation_starts[last]]
        found[operation] = sorted(slots[slots >= 0].tolist())
    return found


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize("machine", SEVERAL_LANES, ids=lambda machine: machine.name)
def test_windows_front_to_back_gain_or_change_nothing_and_stay_legal(machine: Machine, seed: int) -> None:
    prepared = random_prepared(seed, machine, 24)
    schedule = decide(prepared, default_policy(machine)).schedule
    width = max(4, schedule.length // 3)
    for first in range(0, schedule.length, width // 2):
        before = schedule
        span, outcome = window(prepared, before, first, first + width)
        assert outcome.after <= outcome.before
        assert (outcome.cycles is None) == (outcome.after == outcome.before)
        assert outcome.status in (Status.OPTIMAL, Status.FEASIBLE)
        schedule = merged(prepared, before, outcome)
        assert schedule.length <= before.length
        old, new = starts_of(prepared, before), starts_of(prepared, schedule)
        assert all(old[number] == new[number] for number in old if number not in span.operations)
        assert all(first <= min(new[number]) <= max(new[number]) < first + width for number in span.operations)
        assert_legal(prepared, schedule)


def test_a_window_closes_a_gap_that_was_made() -> None:
    """Everything is moved two cycles back; a window over all of it moves it forward again."""
    prepared = random_prepared(5, TAKEHOME, 6)
    tight = decide(prepared, default_policy(TAKEHOME)).schedule
    loose = schedule_of(prepared.flat, np.where(tight.cycles >= 0, tight.cycles + 2, tight.cycles))
    span, outcome = window(prepared, loose, 0, loose.length)
    assert len(span.operations) == prepared.flat.operations
    assert outcome.cycles is not None
    moved = merged(prepared, loose, outcome)
    assert moved.length <= tight.length
    assert_legal(prepared, moved)


def test_a_window_without_operations_has_nothing_to_gain() -> None:
    prepared = random_prepared(5, TAKEHOME, 6)
    schedule = decide(prepared, default_policy(TAKEHOME)).schedule
    span, outcome = window(prepared, schedule, schedule.length, schedule.length + 8)
    assert span.operations == ()
    assert (outcome.cycles, outcome.before, outcome.after) == (None, 0, 0)


def test_scratch_that_others_hold_is_left_to_them() -> None:
    """The list schedule uses all there is; windows may not use more."""
    fir = Saved("", "fir", "", TAKEHOME.variant("small", scratch_words=92)).prepared()
    schedule = decide(fir, default_policy(fir.machine)).schedule
    gained = 0
    for first in range(0, schedule.length, 4):
        _, outcome = window(fir, schedule, first, first + 10)
        schedule = merged(fir, schedule, outcome)
        gained += outcome.before - outcome.after
        assert find_lifetimes(fir.flat, schedule).peak(fir.flat.buffer_words) <= 92
    assert gained > 0
