"""What a solver is said to have refuted is refuted again, or it is not."""

from machine.certificates.certificate import Level, Refutation
from search.bounds.chains_and_work import lower_bound
from search.cpsat.refuting import refute_again
from search.solver.solve_outcome import SolveLimits
from tests.search.cases import TAKEHOME
from tests.search.cpsat.corpus import SLOW, Saved

LIMITS = SolveLimits(20.0, workers=1)


def test_a_recipe_of_counts_is_followed() -> None:
    prepared = Saved("", "matrix_product", "n=8", SLOW).prepared()  # its optimum is 36 cycles
    recipe = Refutation("counts", "CP-SAT", 35)
    bound = refute_again(prepared, 35, recipe, LIMITS)
    assert bound is not None
    assert (bound.cycles, bound.certificate, bound.level) == (36, recipe, Level.SOLVER)


def test_what_nobody_wrote_down_is_tried_in_every_way() -> None:
    prepared = Saved("", "polynomial", "", TAKEHOME).prepared()
    length = lower_bound(prepared).cycles - 1
    bound = refute_again(prepared, length, None, LIMITS)
    assert bound is not None
    assert bound.cycles == length + 1


def test_what_is_false_is_not_refuted() -> None:
    prepared = Saved("", "polynomial", "", TAKEHOME).prepared()
    assert refute_again(prepared, 60, Refutation("exact", "CP-SAT", 60), SolveLimits(4.0, workers=1)) is None
