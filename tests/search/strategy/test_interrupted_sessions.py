"""An interrupted search keeps the best that it has found."""

import signal
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from search.board.leaderboard import Leaderboard
from search.cpsat.exact import ExactResult
from search.processes.ending_signals import ending_signals_interrupt
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.session import NothingFoundError, search
from search.strategy.step import SEARCH_STEPS
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import watched
from tests.search.strategy.sessions import journaled, run, settings, solver


def interrupt(progress: Progress) -> None:
    if progress.cycles is not None:
        raise KeyboardInterrupt


def test_an_interrupt_of_the_random_search_keeps_its_best(folder: Path) -> None:
    outcome = run(SMALL_TREE, folder, Budget(schedules=10_000), interrupt)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.effort.method == "random"
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert Leaderboard(folder).entries() == [outcome.submission.entry]
    assert [line["interrupted"] for line in journaled(folder)] == [True]


def test_an_interrupt_that_compiled_code_has_dropped_ends_the_search(folder: Path) -> None:
    def dropping(progress: Progress) -> None:
        if progress.cycles is not None:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)

    with ending_signals_interrupt():
        outcome = run(SMALL_TREE, folder, Budget(schedules=10_000), dropping)
    assert outcome.run.is_interrupted
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


def test_an_interrupt_of_exact_solving_keeps_the_best_of_the_random_search(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def interrupted(*arguments: object) -> ExactResult:
        raise KeyboardInterrupt

    solver(monkeypatch, interrupted)
    outcome = run(SMALL_TREE, folder)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.cycles == outcome.run.stages[0].after == outcome.progress.cycles
    assert outcome.submission.entry.effort.repeat is None
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


@pytest.mark.usefixtures("large")
def test_an_interrupt_of_moves_keeps_its_best(folder: Path) -> None:
    def later(progress: Progress) -> None:
        if progress.schedules > 300:
            raise KeyboardInterrupt

    outcome = run(SMALL_TREE, folder, Budget(schedules=600), later)
    assert outcome.run.is_interrupted
    assert outcome.submission.entry.cycles == outcome.progress.cycles
    assert Leaderboard(folder).entries() == [outcome.submission.entry]


def test_an_interrupt_before_the_first_result_is_a_user_error(folder: Path) -> None:
    class Interrupted(InProcess):
        def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
            raise KeyboardInterrupt

    board = Leaderboard(folder)
    with pytest.raises(NothingFoundError, match=r"no schedule led to a program \(none has ended\)") as ended:
        search(SMALL_TREE.load(), SMALL_TREE, settings(SEARCH_STEPS), board, Interrupted(), watched())
    assert ended.value.is_interrupted
    assert board.entries() == []
