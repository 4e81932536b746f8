"""Windows: they move operations forward and nothing back, keep every dependence, and never lengthen a schedule."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.decision import Decision, Schedule, schedule_of
from machine.legality import check_decision
from machine.model import Machine
from search.allocation import allocate, find_lifetimes
from search.cpsat.improve import WindowProgress, WindowSettings, improve
from search.cpsat.outcome import SolveLimits, Status
from search.cpsat.window import Fixed, Span, WindowOutcome, cut_span, solve_window
from search.decide import decide, make_candidate
from search.list_scheduler import PreparedGraph
from search.policy import default_policy
from tests.search.cases import TAKEHOME, assert_computes, machines, random_prepared
from tests.search.cpsat.corpus import Saved

LIMITS = SolveLimits(0.5, workers=1)
SEVERAL_LANES = [machine for machine in machines() if machine.name != "single lane"]


def window(prepared: PreparedGraph, schedule: Schedule, first: int, last: int) -> tuple[Span, WindowOutcome]:
    fixed = Fixed(prepared.flat, prepared.relations, prepared.chains, prepared.machine, schedule)
    span = cut_span(prepared.flat, schedule, first, last)
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


def test_only_operations_that_lie_wholly_inside_are_free() -> None:
    prepared = random_prepared(3, machines()[3], 20)
    schedule = decide(prepared, default_policy(prepared.machine)).schedule
    starts = starts_of(prepared, schedule)
    for first in range(0, schedule.length - 4, 3):
        span = cut_span(prepared.flat, schedule, first, first + 5)
        inside = [number for number, cycles in starts.items() if first <= cycles[0] and cycles[-1] < first + 5]
        assert list(span.operations) == inside


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


# Sweeps of windows


SETTINGS = WindowSettings(2.0, width=8, window_seconds=1.0, workers=1)


def small_case() -> tuple[PreparedGraph, Decision]:
    prepared = random_prepared(7, TAKEHOME, 60)
    return prepared, decide(prepared, default_policy(TAKEHOME))


def test_sweeps_end_by_time_with_a_legal_decision_that_is_no_longer() -> None:
    prepared, start = small_case()
    seen: list[int] = []
    decision, progress = improve(prepared, start, SETTINGS, lambda progress: seen.append(progress.cycles))
    assert 2.0 <= progress.seconds < 8.0
    assert decision.schedule.length <= start.schedule.length
    assert progress.cycles == decision.schedule.length == seen[-1]
    assert seen == sorted(seen, reverse=True)
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, Random(0))
    assert progress.sweeps >= 1
    assert 0 < progress.gains <= sum(progress.windows.values())


@pytest.mark.slow
def test_windows_solved_at_once_stay_legal() -> None:
    prepared, start = small_case()
    decision, progress = improve(prepared, start, replace(SETTINGS, workers=2, seconds=3.0), lambda progress: None)
    assert decision.schedule.length <= start.schedule.length
    assert check_decision(prepared.graph, decision, make_candidate(prepared, decision).program) == []
    assert "refused" not in progress.windows


def test_an_interrupt_keeps_the_best_so_far() -> None:
    prepared, start = small_case()
    calls: list[int] = []

    def interrupt(progress: WindowProgress) -> None:
        calls.append(progress.cycles)
        raise KeyboardInterrupt

    decision, progress = improve(prepared, start, replace(SETTINGS, seconds=60.0), interrupt)
    assert len(calls) == 1
    assert progress.seconds < 20
    assert decision.schedule.length == calls[0] <= start.schedule.length


def test_without_time_the_start_is_returned() -> None:
    prepared, start = small_case()
    decision, progress = improve(prepared, start, replace(SETTINGS, seconds=0.0), lambda progress: None)
    assert decision is start
    assert (progress.sweeps, progress.windows) == (0, {})


def test_a_schedule_shorter_than_a_window_is_refused() -> None:
    prepared, start = small_case()
    wide = replace(SETTINGS, width=start.schedule.length + 1)
    with pytest.raises(UserError, match="has no room for windows: use `slotsmith solve`"):
        improve(prepared, start, wide, lambda progress: None)
