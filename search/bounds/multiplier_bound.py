"""A bound by multipliers of the time-indexed relaxation, which the checker of certificates has accepted."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from machine.certificates.certificate import CertificateError, MultiplierCertificate
from machine.certificates.checker import check_certificate
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.analysis.symmetry import find_alike
from search.bounds.bound import Bound, TellBound
from search.bounds.class_counts import Classes
from search.bounds.free_addresses import free_addresses
from search.bounds.open_lengths import OpenLengths
from search.bounds.time_indexed import relax

_MOST_SLOTS = 10_000
"""Of graphs that are tried: for larger ones, finding out which slots are alike takes its time."""

_ACCURACIES, _DOUBTS = (1e-2, 3e-3, 1e-3, 1e-4), (0.1, 0.03, 0.003, 0.001)
"""Of the solver, one after the other, each of which takes about twice as long as the one before; and by how much a
speed must be below 1 to be taken to be so.  Of two graphs of 471 and 555 operations, few digits were off by up to 0.026
at the first two accuracies, and by 0.0026 at the third."""

_MOST_THREADS = 2
"""More would try lengths that the first two are about to decide."""

ARGUMENT = "prices of slots by cycle, and weights of waiting"
"""What a bound by multipliers is based on."""


def is_worth_trying(prepared: PreparedGraph, bound: Bound, most: int) -> bool:
    """Whether a graph is small enough, and its bound leaves anything open."""
    return bound.cycles < most and len(prepared.flat.slot_implementations) <= _MOST_SLOTS


def multiplier_bound(
    prepared: PreparedGraph,
    bound: Bound,
    most: int,
    seconds: float,
    threads: int = 1,
    tell: TellBound = lambda bound: None,
) -> Bound:
    """The highest bound up to ``most`` cycles that multipliers prove in the time; at least ``bound``.

    Few digits are found soon, and mostly decide: only where they leave a length open are more asked for.  Where the
    graph with free addresses has fewer classes, so that its program is the smaller one, it comes first.  Whatever is
    proven is told at once.
    """
    deadline, threads = time.monotonic() + seconds, min(threads, _MOST_THREADS)
    freed, whole = (_classes(prepared, flat) for flat in (free_addresses(prepared.flat), prepared.flat))
    for classes in (freed, whole) if len(freed.slots) < len(whole.slots) else (whole,):
        lengths = OpenLengths(bound, most, _DOUBTS)
        with ThreadPoolExecutor(threads) as pool:
            for ended in [pool.submit(_seek, prepared, classes, lengths, deadline, tell) for _ in range(threads)]:
                ended.result()
        bound = lengths.bound
    return bound


def _classes(prepared: PreparedGraph, flat: FlatGraph) -> Classes:
    return Classes(flat, find_alike(flat, prepared.chains))


def _seek(prepared: PreparedGraph, classes: Classes, lengths: OpenLengths, deadline: float, tell: TellBound) -> None:
    """What each thread does: try one length after another, until none is left."""
    while (left := deadline - time.monotonic()) > 0 and (attempt := lengths.take()) is not None:
        length, accuracy = attempt.length, _ACCURACIES[attempt.level]
        found = relax(prepared, classes, length, accuracy, left, partial(lengths.begin, length))
        proof = None if found is None else _proof(prepared, found.certificate)
        lengths.note(attempt, None if found is None else found.speed, proof)
        if proof is not None:
            tell(lengths.bound)


def _proof(prepared: PreparedGraph, certificate: MultiplierCertificate) -> Bound | None:
    """The bound that multipliers prove, if they prove one."""
    bound = Bound(certificate.length + 1, ARGUMENT, certificate)
    try:
        check_certificate(prepared.graph, bound.cycles, certificate)
    except CertificateError:
        return None
    return bound
