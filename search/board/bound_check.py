"""Verifies the bound of an entry against its graph: what does not hold is lowered to what is proven anew."""

from dataclasses import dataclass

from machine.certificates.certificate import CertificateError, Level, Refutation
from machine.certificates.checker import check_certificate
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound
from search.cpsat.granularity import MOST_SINGLE_LANES
from search.cpsat.refuting import refute_again
from search.solver.solve_outcome import SolveLimits

REFUTING_SECONDS = 120.0
"""For a bound that only a solver can prove again."""


@dataclass(frozen=True)
class CheckedBound:
    """What became of checking a bound.

    Attributes:
        bound: what holds.
        note: what was wrong with the one that was stored; empty if nothing was.
        alarm: whether the stored one was false, or did not follow from its certificate.
    """

    bound: Bound
    note: str = ""
    alarm: bool = False


def check_bound(prepared: PreparedGraph, stored: Bound, cycles: int, limits: SolveLimits) -> CheckedBound:
    """Whether ``stored`` holds for a graph that has a schedule of ``cycles`` cycles, and what holds if not.

    A schedule below a bound refutes the bound.  A certificate of prices or of a path is checked.  For what only a
    solver has said, or nobody, a solver is asked again, within the limits.
    """
    proven = checked_bound(prepared, cycles)
    if stored.cycles > cycles:
        return _lowered(stored, proven, f"refuted by its own program of {cycles} cycles")
    try:
        level = check_certificate(prepared.graph, stored.cycles, stored.certificate)
    except CertificateError as error:
        return _lowered(stored, proven, f"not proven by its certificate: {error}")
    if level is Level.CHECKED and stored.cycles >= proven.cycles:
        return CheckedBound(stored)
    if stored.cycles <= proven.cycles:
        return CheckedBound(proven)
    recipe = stored.certificate if isinstance(stored.certificate, Refutation) else None
    small = len(prepared.flat.slot_implementations) <= MOST_SINGLE_LANES
    again = refute_again(prepared, stored.cycles - 1, recipe, limits) if small else None
    if again is None:
        reason = f"proven again by no solver in {limits.seconds:g} s" if small else "beyond what solvers prove again"
        return CheckedBound(proven, _told(stored, proven, reason))
    return CheckedBound(stored if again.level is stored.level else again)


def checked_bound(prepared: PreparedGraph, cycles: int) -> Bound:
    """The bound that is proven anew, and passes the checker; none, where a schedule of ``cycles`` cycles refutes it."""
    proven = prove_bound(prepared)
    try:
        check_certificate(prepared.graph, proven.cycles, proven.certificate)
    except CertificateError as error:
        return Bound(0, f"none: the checker refuses its own proof of {proven.cycles} ({error})")
    if proven.cycles > cycles:
        return Bound(0, f"none: a schedule of {cycles} cycles refutes the proof of {proven.cycles}")
    return proven


def _lowered(stored: Bound, proven: Bound, reason: str) -> CheckedBound:
    return CheckedBound(proven, f"ALARM: {_told(stored, proven, reason)}", alarm=True)


def _told(stored: Bound, proven: Bound, reason: str) -> str:
    return f"its bound of {stored.cycles} is {reason}; {proven.cycles} is proven anew ({proven.argument})"
