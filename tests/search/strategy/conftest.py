"""Fixtures for tests of stages and sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.strategy import batch_run, solution
from search.strategy import step as step_module
from search.strategy.stages import list_stage
from tests.search.problems import SMALL_TREE, entry_of
from tests.search.strategy.cases import start_of


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hardly anything is proven in this process, so that no stage is left out because a schedule meets its bound.

    Solutions that tests share are made anew: their bounds are of one world or the other.
    """

    def prove_little(prepared: PreparedGraph) -> Bound:
        return Bound(1, "hardly anything is proven")

    for module in (batch_run, list_stage, solution):
        monkeypatch.setattr(module, "prove_bound", prove_little)
    monkeypatch.setattr("search.strategy.from_board.trusted", lambda prepared, stored: prove_little(prepared))
    start_of.cache_clear()
    yield
    start_of.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Leaderboard(tmp_path).ensure_writable()
    return tmp_path


@pytest.fixture
def entry(folder: Path) -> Entry:
    """The list schedule of the default policy, not justified, as the only entry of the board."""
    found, candidate = entry_of(SMALL_TREE)
    assert Leaderboard(folder).add(found, candidate)
    return found


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every graph counts as one that is too large for exact solving."""
    monkeypatch.setattr(step_module, "is_small", lambda prepared: False)
