"""Whole sessions on small tasks: searches, solves and improvements."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from machine.graph.decision import Decision
from problems.knobs import KnobValue
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.cpsat.exact import ExactResult
from search.files import journal_file
from search.processes.workers import InProcess, open_runner
from search.solver.solve_outcome import SolveLimits
from search.strategy.budget import Budget
from search.strategy.progress import Progress
from search.strategy.session import Outcome, SessionSettings, improve, search, solve
from search.strategy.stages import exact_stage
from search.strategy.step import IMPROVE_STEPS, SEARCH_STEPS, SOLVE_STEPS, Step
from search.tasks.task import TaskName
from tests.search.problems import SMALL_TREE
from tests.search.strategy.cases import Tell, watched

FAST = Budget(schedules=64)

TINY_TREE = replace(SMALL_TREE, shape="height=2,rounds=2,batch=8")
"""A graph whose best list schedule meets its bound."""


def silent(progress: Progress) -> None:
    pass


def settings(
    steps: Sequence[Step], budget: Budget = FAST, seed: int = 0, fixed: dict[str, KnobValue] | None = None
) -> SessionSettings:
    return SessionSettings(tuple(steps), budget, seed, 16, dict(fixed or {}))


def run(
    name: TaskName,
    folder: Path,
    budget: Budget = FAST,
    tell: Tell = silent,
    seed: int = 0,
    fixed: dict[str, KnobValue] | None = None,
    steps: Sequence[Step] = SEARCH_STEPS,
) -> Outcome:
    asked = settings(steps, budget, seed, fixed)
    with open_runner(0) as runner:
        return search(name.load(), name, asked, Leaderboard(folder), runner, watched(tell))


def solved(
    name: TaskName, folder: Path, budget: Budget = FAST, tell: Tell = silent, fixed: dict[str, KnobValue] | None = None
) -> Outcome:
    asked = settings(SOLVE_STEPS, budget, 0, fixed)
    return solve(name.load(), name, asked, Leaderboard(folder), InProcess(), watched(tell))


def improved(
    entry: Entry, folder: Path, budget: Budget = FAST, tell: Tell = silent, steps: Sequence[Step] = IMPROVE_STEPS
) -> Outcome:
    asked, name = settings(steps, budget), replace(SMALL_TREE, shape=entry.shape_text)
    return improve(entry, name, asked, Leaderboard(folder), InProcess(), watched(tell))


def journaled(folder: Path) -> list[dict[str, Any]]:
    return [dict(line) for line in journal_file.read(folder / "journal.jsonl")]


def solver(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[PreparedGraph, Decision, SolveLimits, Bound], ExactResult]
) -> None:
    """Exact solving comes to this at once."""
    monkeypatch.setattr(exact_stage, "solve_whole", lambda *arguments: answer(*arguments[:4]))


def same_bound_argument(argument: str, more: int = 0) -> Callable[..., ExactResult]:
    """A solver that finds nothing shorter, and proves ``more`` cycles than are known."""

    def answer(prepared: PreparedGraph, incumbent: Decision, limits: SolveLimits, known: Bound) -> ExactResult:
        return ExactResult(incumbent, Bound(known.cycles + more, argument), None)

    return answer
