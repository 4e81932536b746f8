"""A bound by multipliers of the time-indexed relaxation, which the checker of certificates has accepted."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from machine.certificates.certificate import CertificateError, MultiplierCertificate
from machine.certificates.checker import check_certificate
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.bounds.class_counts import Classes
from search.bounds.open_lengths import HighestFirst, OpenLengths, Pick, lowest
from search.bounds.partitions import partitions
from search.bounds.time_indexed import relax

_MOST_SLOTS = 10_000
"""Of graphs that are tried: for larger ones, finding out which slots are alike takes its time."""

_DOUBT_BY_ACCURACY = {1e-2: 0.1, 3e-3: 0.03, 1e-3: 0.003, 1e-4: 0.001}
"""Of the solver, one after the other, each of which takes about twice as long as the one before; and by how much a
speed must be below 1 to be taken to be so.  Of two graphs of 471 and 555 operations, few digits were off by up to 0.026
at the first two accuracies, and by 0.0026 at the third."""

ARGUMENT = "prices of slots by cycle, and weights of waiting"
"""What a bound by multipliers is based on."""


def is_worth_trying(prepared: PreparedGraph, bound: Bound, most: int) -> bool:
    """Whether a graph is small enough, and its bound leaves anything open."""
    return bound.cycles < most and len(prepared.flat.slot_implementations) <= _MOST_SLOTS


def multiplier_bound(prepared: PreparedGraph, bound: Bound, most: int, seconds: float, threads: int = 1) -> Bound:
    """The highest bound up to ``most`` cycles that multipliers prove in the time; at least ``bound``.

    The highest is tried first: where it holds, a schedule of ``most`` cycles is optimal.  With two threads the lowest
    are tried meanwhile, which are the likeliest to be proven.
    """
    deadline = time.monotonic() + seconds
    classes = next(iter(partitions(prepared))).classes
    lengths = OpenLengths(bound, most)

    def seek(pick: Pick) -> None:
        while time.monotonic() < deadline and (length := lengths.take(pick)) is not None:
            lengths.note(length, _proof(prepared, classes, length, deadline, lengths))

    picks = (HighestFirst(), lowest)[:threads]
    with ThreadPoolExecutor(len(picks)) as pool:
        for ended in [pool.submit(seek, pick) for pick in picks]:
            ended.result()
    return lengths.bound


def _proof(
    prepared: PreparedGraph, classes: Classes, length: int, deadline: float, lengths: OpenLengths
) -> Bound | None:
    """A bound by multipliers that prove that there is no schedule of ``length`` cycles; ``None`` if none are found.

    Few digits are found soon, and mostly decide: only where they leave it open are more asked for.
    """
    for accuracy, doubt in _DOUBT_BY_ACCURACY.items():
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        found = relax(prepared, classes, length, accuracy, left, partial(lengths.begin, length))
        if found is None or found.speed < 1 - doubt:
            return None
        if _holds(prepared, found.certificate):
            return Bound(length + 1, ARGUMENT, found.certificate)
    return None


def _holds(prepared: PreparedGraph, certificate: MultiplierCertificate) -> bool:
    try:
        check_certificate(prepared.graph, certificate.length + 1, certificate)
    except CertificateError:
        return False
    return True
