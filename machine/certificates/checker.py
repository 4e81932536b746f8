"""The checker of certificates: whether one proves that no schedule of a graph is shorter than so many cycles.

It reckons in plain Python, in integers and fractions, from the graph itself, and imports neither a solver nor anything
that searches.  What it rests on is the legality checker's definition of a schedule: every operation is issued, by one
of its implementations.

*Prices*: let operations whose slots all have a head of ``h`` or more and a tail of ``q`` or more do work of price ``W``
at least, each by its cheapest implementation, and let all slots of a cycle be worth ``V``.  They issue in cycles ``h``
to ``C - q`` of a schedule of ``C`` cycles, so that ``(C - q - h + 1) V >= W``.

*Path*: the last operation of a chain has a slot that issues no earlier than its head, and that many cycles before the
end as its tail says, whichever implementation is chosen.

Heads may be lifted by the work before a slot: see :mod:`machine.certificates.lifting`.

*Multipliers* prove more than one head and tail can: see :mod:`machine.certificates.multipliers`.
"""

from fractions import Fraction
from itertools import pairwise
from math import ceil

from machine.certificates.certificate import (
    Certificate,
    CertificateError,
    Level,
    MultiplierCertificate,
    PathCertificate,
    PriceCertificate,
    Refutation,
)
from machine.certificates.lifting import prices_by_engine, worth_of_cycle
from machine.certificates.multipliers import check_multipliers
from machine.certificates.times import Times
from machine.graph.operation import Graph


def check_certificate(graph: Graph, cycles: int, certificate: Certificate | None) -> Level:
    """How far it can be trusted that no schedule of ``graph`` has fewer than ``cycles`` cycles.

    A refutation is read, not repeated: it is the word of a solver.  Without a certificate nothing is known.

    Raises:
        CertificateError: the certificate does not prove as much.
    """
    if certificate is None:
        return Level.UNCHECKED
    if isinstance(certificate, Refutation | MultiplierCertificate) and certificate.length != cycles - 1:
        raise CertificateError(f"it refutes {certificate.length} cycles, which is not one below {cycles}")
    if isinstance(certificate, Refutation):
        return certificate.level
    if isinstance(certificate, PriceCertificate):
        proven = _proven_by_prices(graph, certificate)
    elif isinstance(certificate, MultiplierCertificate):
        check_multipliers(graph, certificate)
        proven = cycles
    else:
        proven = _proven_by_path(graph, certificate)
    if proven < cycles:
        raise CertificateError(f"it proves {proven} cycles, not {cycles}")
    return certificate.level


def _proven_by_prices(graph: Graph, certificate: PriceCertificate) -> int:
    prices = prices_by_engine(graph.machine, certificate.prices)
    times = Times(graph, certificate.lifts)
    work = Fraction(0)
    for operation, implementations in enumerate(times.slots):
        if not all(implementations):
            continue
        if times.least_head(operation) >= certificate.head and times.least_tail(operation) >= certificate.tail:
            costs = [sum((prices[slot.engine] for slot in slots), Fraction(0)) for slots in implementations]
            work += min(costs)
    if work == 0:
        raise CertificateError(f"no work has a head of {certificate.head}, a tail of {certificate.tail} and a price")
    return ceil(work / worth_of_cycle(graph.machine, prices)) + certificate.head + certificate.tail - 1


def _proven_by_path(graph: Graph, certificate: PathCertificate) -> int:
    times = Times(graph, certificate.lifts)
    for operation, head in certificate.chain:
        if not 0 <= operation < len(graph.operations):
            raise CertificateError(f"the graph has no operation {operation}")
        if head > times.latest_head(operation):
            known = times.latest_head(operation)
            raise CertificateError(f"operation {operation} can issue in cycle {known}, not from {head} on")
    for (earlier, before), (later, after) in pairwise(certificate.chain):
        if earlier not in {*times.flow.sources[later].values(), *times.flow.storing[later]}:
            raise CertificateError(f"operation {later} does not wait for operation {earlier}")
        if after <= before:
            raise CertificateError(f"operation {later} waits for {earlier}, and so issues after cycle {before}")
    return times.length(certificate.chain[-1][0])
