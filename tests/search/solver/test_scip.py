"""SCIP and CP-SAT agree on counting models, and on whether there is anything at all."""

import pytest
from ortools.sat.python import cp_model

from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import counting_model, has_counts, refute
from search.bounds.partitions import COUNTS, partitions
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.solver.scip import has_solution
from search.solver.solve_outcome import SolveLimits
from tests.search.cases import TAKEHOME, random_prepared
from tests.search.cpsat.corpus import SLOW, Saved

LIMITS = SolveLimits(20.0, workers=1)


@pytest.mark.parametrize("seed", [1, 2, 4, 6, 7])  # others take a solver long
def test_the_solvers_never_contradict_each_other(seed: int) -> None:
    prepared = random_prepared(seed)
    longest = decide(prepared, default_policy(TAKEHOME)).schedule.length
    refuted = 0
    for length in (lower_bound(prepared).cycles - 1, lower_bound(prepared).cycles, longest):
        for partition in partitions(prepared):
            found = has_solution(counting_model(prepared, partition.classes, length), 20.0)
            counts = has_counts(prepared, partition, length, LIMITS)
            assert found is None or counts is None or found == counts
            refuted += found is False and counts is False
    assert refuted > 0


def argument(bound: Bound | None) -> str | None:
    return None if bound is None else bound.argument


def test_it_proves_what_a_look_by_cp_sat_leaves_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """36 cycles are the optimum."""
    monkeypatch.setattr("search.bounds.counting._is_feasible", lambda *arguments: None)
    prepared = Saved("", "matrix_product", "n=8", SLOW).prepared()
    assert argument(refute(prepared, 35, SolveLimits(60.0))) == f"{COUNTS}, by SCIP"
    assert refute(prepared, 36, SolveLimits(2.0)) is None


def test_partitions_over_which_counts_are_found_give_way_to_finer_ones() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", SLOW).prepared()
    expected = f"{COUNTS}, classes of up to 2 operations split, by CP-SAT"
    assert argument(refute(prepared, 24, SolveLimits(60.0))) == expected


def test_a_solve_that_is_to_be_repeatable_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.bounds.counting.has_solution", lambda model, seconds: pytest.fail("it only knows time"))
    prepared = Saved("", "matrix_product", "n=8", SLOW).prepared()
    assert (
        argument(refute(prepared, 35, SolveLimits(60.0, deterministic_time=5.0, workers=1))) == f"{COUNTS}, by CP-SAT"
    )


def test_what_it_cannot_tell_cp_sat_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Saved("", "matrix_product", "n=8", SLOW).prepared()
    monkeypatch.setattr("search.bounds.counting.has_solution", lambda model, seconds: None)
    assert argument(refute(prepared, 35, LIMITS)) == f"{COUNTS}, by CP-SAT"
    assert refute(prepared, 36, LIMITS) is None


def test_where_a_look_finds_counts_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Saved("", "matrix_product", "n=8", SLOW).prepared()
    monkeypatch.setattr("search.bounds.counting.has_solution", lambda model, seconds: pytest.fail("they are known"))
    assert refute(prepared, 36, LIMITS) is None


def test_without_time_it_cannot_tell() -> None:
    prepared = Saved("", "hash_vectors", "vectors=8", TAKEHOME).prepared()
    model = counting_model(prepared, next(partitions(prepared)).classes, 18)
    assert has_solution(model, 0.001) is None


def test_equalities_and_inequalities_are_what_they_are() -> None:
    for bound, expected in ((5, True), (4, False)):
        model = cp_model.CpModel()
        x, y = model.new_int_var(0, 3, "x"), model.new_int_var(0, 3, "y")
        model.add(x + y == 5)
        model.add(2 * x + 2 * y <= 2 * bound)
        assert has_solution(model, 5.0) is expected
