"""Whole improvements: from an entry to a shorter one, or to none."""

from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board import submission
from search.board.entry import Entry, reproduce
from search.board.leaderboard import Leaderboard
from search.errors import WrongOutputError
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.session import improve
from search.strategy.solution import Solution
from search.strategy.stages.windows_stage import WindowsStage
from search.strategy.step import Step, parse_steps
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import entry_older_than
from tests.search.strategy.cases import watched
from tests.search.strategy.sessions import improved, journaled, settings


@pytest.mark.usefixtures("unproven")
def test_each_stage_is_no_longer_than_the_one_before(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(3.0))
    cycles = [entry.cycles, *(stage.after for stage in outcome.run.stages)]
    assert [stage.name for stage in outcome.run.stages] == ["justification", "moves", "windows"]
    assert cycles == sorted(cycles, key=lambda length: -(length or 0))
    assert (outcome.start, outcome.submission.entry.cycles < entry.cycles) == (entry.cycles, True)


def test_what_is_shorter_is_validated_and_kept_with_what_led_to_it(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(schedules=400))
    made = outcome.submission.entry
    assert outcome.submission.is_best
    assert made.cycles < entry.cycles
    assert made.effort.method == f"{entry.effort.method}, then justification, then moves"
    assert made.effort.schedules == entry.effort.schedules + outcome.progress.schedules
    assert made.effort.seconds >= entry.effort.seconds
    assert made.validation.inputs == 16
    assert (made.knobs, made.policy) == (entry.knobs, entry.policy)
    board = Leaderboard(folder)
    assert board.best() == [made]
    assert reproduce(made, board.decision(made)).succeeded
    (line,) = journaled(folder)
    assert (line["kind"], line["entry"], line["record"]) == ("improve", made.id, True)
    assert line["schedules"] == outcome.progress.schedules


def test_moves_alone_try_no_windows_and_windows_alone_no_moves(entry: Entry, folder: Path) -> None:
    moved = improved(entry, folder, Budget(schedules=80), steps=parse_steps("moves"))
    assert moved.progress.schedules > 0
    assert moved.progress.windows is None
    passed = improved(entry, folder, Budget(schedules=1000), steps=parse_steps("windows"))
    assert passed.progress.schedules == 0
    assert passed.progress.windows is not None
    assert sum(passed.progress.windows.windows.values()) > 0


@pytest.mark.usefixtures("unproven")
def test_an_entry_that_is_older_than_a_knob_is_improved_on_its_own_graph(folder: Path) -> None:
    name = TaskName("stencil_5", "rows=4,columns=18", "all", TAKEHOME)
    task = name.load()
    declared = task.problem.knobs(task.shape, task.category, task.machine)
    (since,) = (knob for knob in declared if knob.formerly is not None)
    old, candidate = entry_older_than(name, since)
    board = Leaderboard(folder)
    assert board.add(old, candidate)
    outcome = improve(old, name, settings(parse_steps("moves"), Budget(schedules=80)), board, InProcess(), watched())
    assert outcome.progress.schedules > 0
    assert outcome.solution.knobs == {**old.knobs, since.name: since.formerly}
    assert reproduce(outcome.submission.entry, board.decision(outcome.submission.entry)).succeeded


def test_an_interrupt_ends_it_all_and_what_was_found_is_kept(entry: Entry, folder: Path) -> None:
    def later(progress: Progress) -> None:
        if progress.cycles is not None and progress.cycles < entry.cycles:
            raise KeyboardInterrupt

    outcome = improved(entry, folder, Budget(60.0), later)
    assert outcome.run.is_interrupted
    assert outcome.progress.seconds < 30
    assert outcome.progress.windows is None
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert outcome.submission.entry.cycles < entry.cycles
    assert [line["interrupted"] for line in journaled(folder)] == [True]


def test_a_schedule_that_is_shorter_than_a_window_is_one_window(entry: Entry, folder: Path) -> None:
    windows = Step(WindowsStage(width=entry.cycles + 1), windows=1.0)
    outcome = improved(entry, folder, Budget(schedules=1000), steps=(windows,))
    assert outcome.progress.windows is not None
    assert sum(outcome.progress.windows.windows.values()) > 0


def test_what_is_not_improved_is_journaled_and_not_kept(entry: Entry, folder: Path) -> None:
    outcome = improved(entry, folder, Budget(schedules=0), steps=parse_steps("moves"))
    assert (outcome.submission.entry, outcome.submission.is_best) == (entry, False)
    assert outcome.submission.candidate.cycles == entry.cycles
    assert Leaderboard(folder).entries() == [entry]
    assert [(line["kind"], line["record"]) for line in journaled(folder)] == [("improve", False)]


def test_an_entry_that_cannot_be_built_again_is_the_users_error(entry: Entry, folder: Path) -> None:
    other = replace(entry, hashes=replace(entry.hashes, graph="0" * 64))
    with pytest.raises(UserError, match=rf"entry {entry.id} cannot be rebuilt by this version"):
        improved(other, folder)
    assert journaled(folder) == []


def test_a_shorter_program_that_is_not_what_it_claims_to_be_is_never_kept(
    entry: Entry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> Solution:
        raise WrongOutputError("no")

    monkeypatch.setattr(submission, "validate_candidate", refuse)
    with pytest.raises(WrongOutputError):
        improved(entry, folder, Budget(schedules=400))
    assert Leaderboard(folder).entries() == [entry]
