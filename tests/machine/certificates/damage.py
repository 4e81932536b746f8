"""Certificates of bounds, changed so that they cannot prove them any more."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from machine.certificates.certificate import Certificate, Lift, PathCertificate, PriceCertificate
from machine.graph.operation import Graph
from search.bounds.bound import Bound


def damaged(graph: Graph, bound: Bound, random: Random) -> Certificate:
    """The certificate with one thing changed such that it cannot prove the bound any more."""
    certificate = bound.certificate
    if isinstance(certificate, PriceCertificate):
        kind = random.randrange(4)
        if kind == 0:
            return PriceCertificate(certificate.prices, certificate.head + bound.cycles, certificate.tail)
        if kind == 1:
            return PriceCertificate(certificate.prices, certificate.head, certificate.tail + bound.cycles)
        if kind == 2:
            return PriceCertificate((("no such engine", "1"), *certificate.prices[1:]), 0, 0)
        return PriceCertificate(tuple((engine, "0") for engine, _ in certificate.prices), 0, 0)
    assert isinstance(certificate, PathCertificate)
    chain = list(certificate.chain)
    place = random.randrange(len(chain))
    operation, head = chain[place]
    kind = random.randrange(3)
    if kind == 0:
        chain[place] = (operation, head + bound.cycles)
    elif kind == 1:
        chain[place] = (operation + len(graph.operations), head)
    else:
        chain.append(chain[0])
    return PathCertificate(tuple(chain))


def damaged_lifts(graph: Graph, bound: Bound, random: Random) -> dict[str, Certificate]:
    """By what is wrong, the certificate with such lifts; nothing for one without.

    A lift that names what is not there is refused in any certificate.  Lifts that lift nothing are like none: without
    them a path proves less, for else the bound would have come without.
    """
    certificate = bound.certificate
    if not isinstance(certificate, PriceCertificate | PathCertificate) or not certificate.lifts:
        return {}
    place = random.randrange(len(certificate.lifts))
    found: dict[str, Certificate] = {}
    for what, change in _NAMES_NOTHING.items():
        lifts = [change(lift) if number == place else lift for number, lift in enumerate(certificate.lifts)]
        found[what] = replace(certificate, lifts=tuple(lifts))
    if isinstance(certificate, PathCertificate):
        found["without lifts"] = replace(certificate, lifts=())
        for what, change in _lifts_nothing(graph, bound).items():
            found[what] = replace(certificate, lifts=tuple(map(change, certificate.lifts)))
    return found


_NAMES_NOTHING: dict[str, Callable[[Lift], Lift]] = {
    "a lift priced at no engine": lambda lift: replace(lift, prices=(*lift.prices, ("no such engine", "1"))),
    "a lift with an engine priced twice": lambda lift: replace(lift, prices=lift.prices + lift.prices),
    "a lift of no slot": lambda lift: replace(lift, slot=lift.slot + 1_000),
    "a lift of no implementation": lambda lift: replace(lift, implementation=lift.implementation + 10),
}


def _lifts_nothing(graph: Graph, bound: Bound) -> dict[str, Callable[[Lift], Lift]]:
    cycles, operations = bound.cycles, len(graph.operations)
    return {
        "lifts by work of no price": lambda lift: replace(lift, prices=tuple((e, "0") for e, _ in lift.prices)),
        "lifts by work that is too late": lambda lift: replace(lift, since=lift.since + cycles),
        "lifts by work that is too far": lambda lift: replace(lift, before=lift.before + cycles),
        "lifts of no operation": lambda lift: replace(lift, operation=lift.operation + operations),
    }
