"""Which of a bound that was stored somewhere may be believed: what its certificate proves, and no more."""

from machine.certificates.certificate import CertificateError, Level
from machine.certificates.checker import check_certificate
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound


def trusted(prepared: PreparedGraph, stored: Bound) -> Bound:
    """The bound that is proven anew in milliseconds; or the stored one, if that is higher and its certificate holds.

    The word of a solver is not taken: it is for somebody else to give again.
    """
    proven = prove_bound(prepared)
    if stored.cycles <= proven.cycles:
        return proven
    try:
        level = check_certificate(prepared.graph, stored.cycles, stored.certificate)
    except CertificateError:
        return proven
    return stored if level is Level.CHECKED else proven
