"""A bound by multipliers of the time-indexed relaxation, which the checker of certificates has accepted."""

import time

from machine.certificates.certificate import CertificateError, MultiplierCertificate
from machine.certificates.checker import check_certificate
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.partitions import partitions
from search.bounds.time_indexed import multipliers

MOST_SLOTS = 10_000
"""Of graphs that are tried: for larger ones, finding out which slots are alike takes its time."""

ARGUMENT = "prices of slots by cycle, and weights of waiting"
"""What a bound by multipliers is based on."""


def multiplier_bound(prepared: PreparedGraph, bound: Bound, most: int, seconds: float) -> Bound:
    """The highest bound up to ``most`` cycles that multipliers prove in the time; at least ``bound``.

    The highest is tried first: where it holds, a schedule of ``most`` cycles is optimal.
    """
    deadline = time.monotonic() + seconds
    if len(prepared.flat.slot_implementations) > MOST_SLOTS:
        return bound
    classes = next(iter(partitions(prepared))).classes
    length, end = most - 1, most
    while bound.cycles < end and (left := deadline - time.monotonic()) > 0:
        certificate = multipliers(prepared, classes, length, left)
        if certificate is not None and _holds(prepared, certificate):
            bound = Bound(length + 1, ARGUMENT, certificate)
        else:
            end = length
        length = (bound.cycles + end) // 2
    return bound


def _holds(prepared: PreparedGraph, certificate: MultiplierCertificate) -> bool:
    try:
        check_certificate(prepared.graph, certificate.length + 1, certificate)
    except CertificateError:
        return False
    return True
