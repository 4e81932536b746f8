"""Boards with entries of small tasks."""

from dataclasses import replace
from pathlib import Path

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.tasks.task import TaskName
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of

OTHER = TAKEHOME.variant("other", slots={"load": 1})
OTHER_DATA = {**entry_of(DOUBLING)[0].machine, "name": "a/b |c"}

RIVALLESS = (
    SMALL_TREE,
    replace(SMALL_TREE, category="values+indices"),
    replace(SMALL_TREE, machine=OTHER),
    DOUBLING,
    replace(DOUBLING, shape="words=5"),
)
"""Tasks of which no two compete: they differ in problem, shape, category or machine."""


def scored(name: TaskName, cycles: int, found: str = "2026-01-01") -> Entry:
    """The entry for the task, as if it had taken so many cycles."""
    entry, _ = entry_of(name)
    return replace(entry, cycles=cycles, id=f"{entry.id[:-3]}{cycles}", found=found)


def filled(folder: Path, *names: TaskName) -> Leaderboard:
    board = Leaderboard(folder)
    board.ensure_writable()
    for name in names:
        assert board.add(*entry_of(name))
    return board


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
