"""Saved models: the solver finds their optima, and the model built today has the same."""

import pytest
from ortools.sat.python import cp_model

from search.bounds.chains_and_work import lower_bound
from search.solver.solve_outcome import Status
from tests.search.cpsat.corpus import FOLDER, SAVED, Saved, optima


def test_every_saved_model_has_a_recorded_optimum() -> None:
    assert set(optima()) == {saved.file for saved in SAVED} == {path.name for path in FOLDER.glob("*.pbtxt")}


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: saved.file)
def test_a_saved_model_is_solved_to_its_optimum(saved: Saved) -> None:
    model = cp_model.CpModel()
    assert model.proto.parse_text_format(saved.path.read_text(encoding="utf-8"))
    assert model.validate() == ""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = 20.0
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    assert (solver.objective_value, solver.best_objective_bound) == (optima()[saved.file], optima()[saved.file])


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: saved.file)
def test_the_model_built_today_has_the_same_optimum(saved: Saved) -> None:
    outcome = saved.solve()
    assert outcome.schedule is not None
    assert (outcome.status, outcome.bound) == (Status.OPTIMAL, optima()[saved.file])
    assert outcome.schedule.length == optima()[saved.file]


def test_the_corpus_asks_for_more_than_our_own_bound() -> None:
    assert any(lower_bound(saved.prepared()).cycles < optima()[saved.file] for saved in SAVED)


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: saved.file)
def test_saved_models_are_small(saved: Saved) -> None:
    assert saved.path.stat().st_size < 200_000
