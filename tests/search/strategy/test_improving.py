"""Improving a program: by moves, by windows or both, never longer, and kept only if it is shorter."""

from dataclasses import replace
from pathlib import Path

import pytest
from search.strategy.improving import (
    ImproveReport,
    ImproveSettings,
    Method,
    finding_of,
    improve_candidate,
    keep_improved,
)
from search.strategy.random_search import Progress, Watch

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.cpsat.window_passes import WindowSettings
from search.processes.workers import InProcess
from search.scheduling.policy import Policy, default_policy
from search.tasks.candidate import Candidate
from tests.search.cases import TAKEHOME
from tests.search.problems import SMALL_TREE, candidate_of, entry_of

WINDOWS = WindowSettings(3.0, width=8, window_seconds=0.5, workers=1)


def improved(
    method: Method, seconds: float = 3.0, watch: Watch = lambda progress: None
) -> tuple[Candidate, ImproveReport]:
    task, candidate = candidate_of(SMALL_TREE)
    settings = ImproveSettings(method, replace(WINDOWS, seconds=seconds), 16)
    finding = finding_of(entry_of(SMALL_TREE)[0], task.machine)
    report = improve_candidate(SMALL_TREE, candidate, finding, settings, InProcess(), watch, lambda progress: None)
    return candidate, report


@pytest.mark.parametrize("method", Method)
def test_each_step_is_no_longer_than_the_one_before(method: Method) -> None:
    candidate, report = improved(method)
    assert report.candidate.cycles <= report.moved <= report.justified <= candidate.cycles


def test_moves_alone_try_no_windows_and_windows_alone_no_moves() -> None:
    _, moved = improved(Method.MOVES)
    assert moved.moves > 0
    assert moved.windows.windows == {}
    _, swept = improved(Method.WINDOWS)
    assert swept.moves == 0
    assert sum(swept.windows.windows.values()) > 0


def test_an_interrupt_of_moves_ends_it_all() -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    _, report = improved(Method.BOTH, 60.0, interrupt)
    assert report.seconds < 30
    assert report.windows.windows == {}


def test_a_schedule_shorter_than_a_window_is_refused() -> None:
    task, candidate = candidate_of(SMALL_TREE)
    settings = ImproveSettings(Method.BOTH, replace(WINDOWS, width=candidate.cycles + 1), 16)
    finding = finding_of(entry_of(SMALL_TREE)[0], task.machine)
    with pytest.raises(UserError, match="use `slotsmith solve`"):
        improve_candidate(SMALL_TREE, candidate, finding, settings, InProcess(), lambda _: None, lambda _: None)


def test_a_schedule_that_becomes_shorter_than_a_window_is_one_window() -> None:
    task, candidate = candidate_of(SMALL_TREE)
    settings = ImproveSettings(Method.WINDOWS, replace(WINDOWS, width=candidate.cycles), 16)
    finding = finding_of(entry_of(SMALL_TREE)[0], task.machine)
    report = improve_candidate(SMALL_TREE, candidate, finding, settings, InProcess(), lambda _: None, lambda _: None)
    assert report.justified < candidate.cycles
    assert sum(report.windows.windows.values()) > 0


def test_what_is_shorter_is_validated_and_kept_with_what_led_to_it(tmp_path: Path) -> None:
    board = Leaderboard(tmp_path)
    board.ensure_writable()
    entry = entry_of(SMALL_TREE)[0]
    candidate, report = improved(Method.BOTH)
    assert report.candidate.cycles < candidate.cycles
    made, is_record = keep_improved(board, entry, report, ImproveSettings(Method.BOTH, WINDOWS, 16))
    assert is_record
    assert made.cycles == report.candidate.cycles
    assert made.effort.method == f"{entry.effort.method}, then moves and windows"
    assert made.effort.schedules == entry.effort.schedules + report.moves
    assert made.validation.inputs == 16
    assert [each.id for each in board.entries()] == [made.id]


def test_an_entry_without_a_policy_has_the_default() -> None:
    entry = entry_of(SMALL_TREE)[0]
    assert finding_of(replace(entry, policy=None), TAKEHOME).policy == default_policy(TAKEHOME)
    other = replace(default_policy(TAKEHOME), stream=3.0)
    found = finding_of(replace(entry, policy=other.to_json()), TAKEHOME)
    assert (found.policy, found.cycles, found.knobs) == (Policy.from_json(other.to_json()), entry.cycles, entry.knobs)
