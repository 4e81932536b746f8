"""Fixtures for tests of stages and sessions."""

import pytest

from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.strategy import batch_run, solution
from search.strategy.stages import list_stage


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly anything is proven in this process, so that no stage is left out because a schedule meets its bound."""

    def prove_little(prepared: PreparedGraph) -> Bound:
        return Bound(1, "hardly anything is proven")

    for module in (batch_run, list_stage, solution):
        monkeypatch.setattr(module, "prove_bound", prove_little)
    monkeypatch.setattr("search.strategy.from_board.trusted", lambda prepared, stored: prove_little(prepared))
