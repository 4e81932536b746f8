"""Passes of windows: never longer, always legal, ended by time, by count or by Ctrl-C."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.cpsat.window_passes import WindowProgress, WindowSettings, pass_windows
from search.cpsat.window_spans import WindowKind
from search.processes.isolate import call_isolated
from search.scheduling.decide import decide
from search.scheduling.incumbent import Incumbent, incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy import default_policy
from search.solver.solve_outcome import SOLVING
from search.tasks.candidate import make_candidate
from tests.search.cases import TAKEHOME, assert_computes, random_prepared

SETTINGS = WindowSettings(2.0, width=8, window_seconds=1.0, workers=1)


def start_of(prepared: PreparedGraph) -> Incumbent:
    policy = default_policy(TAKEHOME)
    return incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order)


def small_case() -> tuple[PreparedGraph, Incumbent]:
    prepared = random_prepared(7, TAKEHOME, 60)
    return prepared, start_of(prepared)


def test_passes_end_by_time_with_a_legal_decision_that_is_no_longer() -> None:
    prepared, start = small_case()
    seen: list[int] = []
    call_isolated(small_case, (), 60.0, SETTINGS.memory_bytes, SOLVING)  # the server of processes takes time to start
    found, progress = pass_windows(prepared, start, SETTINGS, lambda progress, best: seen.append(progress.cycles))
    assert 2.0 <= progress.seconds < 8.0
    assert found.cycles <= start.cycles
    assert progress.cycles == found.cycles == seen[-1]
    assert seen == sorted(seen, reverse=True)
    program = make_candidate(prepared, found.decision).program
    assert check_decision(prepared.graph, found.decision, program) == []
    assert_computes(prepared, found.decision, program, Random(0))
    assert progress.passes >= 1
    assert 0 < progress.gains <= sum(progress.windows.values())


def test_a_schedule_as_short_as_any_ends_them() -> None:
    prepared, start = small_case()
    justified = justify(prepared, start).cycles
    assert justified < start.cycles
    settings = replace(SETTINGS, seconds=60.0, least=justified)
    found, progress = pass_windows(prepared, start, settings, lambda progress, best: None)
    assert (found.cycles, progress.windows) == (justified, {})
    assert pass_windows(prepared, found, settings, lambda progress, best: None)[0] is found


@pytest.mark.slow
def test_windows_solved_at_once_stay_legal() -> None:
    prepared, start = small_case()
    found, progress = pass_windows(
        prepared, start, replace(SETTINGS, workers=2, seconds=3.0), lambda progress, best: None
    )
    assert found.cycles <= start.cycles
    assert check_decision(prepared.graph, found.decision, make_candidate(prepared, found.decision).program) == []
    assert "refused" not in progress.windows


def test_an_interrupt_keeps_the_best_so_far() -> None:
    prepared, start = small_case()
    calls: list[int] = []

    def interrupt(progress: WindowProgress, best: Incumbent) -> None:
        calls.append(progress.cycles)
        raise KeyboardInterrupt

    found, progress = pass_windows(prepared, start, replace(SETTINGS, seconds=60.0), interrupt)
    assert len(calls) == 1
    assert progress.seconds < 20
    assert found.cycles == calls[0] <= start.cycles


def test_without_time_the_start_is_returned() -> None:
    prepared, start = small_case()
    found, progress = pass_windows(prepared, start, replace(SETTINGS, seconds=0.0), lambda progress, best: None)
    assert found is start
    assert (progress.passes, progress.windows) == (0, {})


def test_a_schedule_shorter_than_a_window_is_refused() -> None:
    prepared, start = small_case()
    wide = replace(SETTINGS, width=start.cycles + 1)
    with pytest.raises(UserError, match="has no room for windows: use `slotsmith solve`"):
        pass_windows(prepared, start, wide, lambda progress, best: None)


@pytest.mark.parametrize("kind", WindowKind)
def test_windows_of_each_kind_are_solved_and_stay_legal(kind: WindowKind) -> None:
    prepared, start = small_case()
    settings = replace(SETTINGS, kinds=(kind,), seconds=60.0, most_windows=3)
    found, progress = pass_windows(prepared, start, settings, lambda progress, best: None)
    assert sum(progress.windows.values()) >= 3
    assert found.cycles <= start.cycles
    assert check_decision(prepared.graph, found.decision, make_candidate(prepared, found.decision).program) == []


def test_windows_are_never_worse_than_justification_alone() -> None:
    prepared, start = small_case()
    justified = justify(prepared, start)
    found, _ = pass_windows(prepared, start, replace(SETTINGS, most_windows=1), lambda progress, best: None)
    assert found.cycles <= justified.cycles


def test_by_count_and_by_the_solvers_own_time_one_worker_gives_the_same_twice() -> None:
    prepared, start = small_case()
    settings = replace(SETTINGS, seconds=120.0, window_seconds=60.0, window_work=0.05, most_windows=4)
    first, second = (pass_windows(prepared, start, settings, lambda progress, best: None)[0].decision for _ in range(2))
    assert np.array_equal(first.schedule.cycles, second.schedule.cycles)
    assert np.array_equal(first.addresses, second.addresses)


def test_slots_that_must_share_a_bundle_do_not_keep_passes_from_ending() -> None:
    """Lanes that wait for each other in a circle have no backward schedule: such a schedule is not justified."""
    kernel = Kernel(TAKEHOME, 16)
    for _ in range(7):
        words = kernel.buffer("words", 10, zero=True)
        kernel.binary("+", words[1], words[0], words[2])
    prepared = prepare(kernel.graph())
    start = start_of(prepared)
    found, progress = pass_windows(
        prepared, start, replace(SETTINGS, width=2, seconds=1.0), lambda progress, best: None
    )
    assert found.cycles <= start.cycles
    assert progress.seconds < 10
