"""Bounds against all schedules that the checker accepts, their certificates, and damaged ones."""

from collections import Counter
from itertools import product
from random import Random

import numpy as np

from machine.certificates.certificate import CertificateError, Level
from machine.certificates.checker import check_certificate
from machine.graph.decision import Decision
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.counting import counting_bound
from search.solver.solve_outcome import SolveLimits
from tests.fuzz.target import Result, Tally
from tests.machine.certificates.damage import damaged, damaged_lifts
from tests.search.bounds.test_brute_force import MOST_CYCLES, all_decisions, is_accepted, schedules_within, tiny_graph
from tests.search.cases import machines, needed_words, random_prepared, with_scratch

_MOST_SCHEDULES = 2_000
_MOST_PLACEMENTS = 1_000
_COUNTED = 0.2
"""The share of cases that are counted over, which takes longer."""


def bounds(random: Random) -> Tally:
    """No accepted schedule of a tiny graph, dead operations and latencies included, is shorter than its bound."""
    while True:
        prepared = prepare(tiny_graph(random))
        proven = lower_bound(prepared)
        if schedules_within(prepared, proven.cycles - 1) <= _MOST_SCHEDULES:
            break
    tally: Tally = Counter({("bounds of work and path", Result.TRIED): 1})
    assert check_certificate(prepared.graph, proven.cycles, proven.certificate) is Level.CHECKED
    _assert_no_shorter(prepared, proven)
    if random.random() < _COUNTED:
        counted = counting_bound(prepared, proven, MOST_CYCLES, SolveLimits(2.0, workers=1))
        if schedules_within(prepared, counted.cycles - 1) <= _MOST_SCHEDULES:
            tally["bounds by counting", Result.TRIED] += 1
            _assert_no_shorter(prepared, counted)
    return tally


def little_scratch(random: Random) -> Tally:
    """No accepted schedule in little scratch, wherever its buffers are put, is shorter than a bound by counting."""
    while True:
        roomy = prepare(tiny_graph(random))
        words = needed_words(roomy) + random.randrange(2)
        prepared, buffers = with_scratch(roomy, words), len(roomy.graph.buffers)
        if words**buffers > _MOST_PLACEMENTS:
            continue
        bound = counting_bound(prepared, lower_bound(prepared), MOST_CYCLES, SolveLimits(2.0, workers=1))
        if schedules_within(roomy, bound.cycles - 1) <= _MOST_SCHEDULES // 4:
            break
    for each in all_decisions(roomy, bound.cycles - 1):
        if is_accepted(roomy, each):
            for addresses in product(range(words), repeat=buffers):
                placed = Decision(each.schedule, np.array(addresses, dtype=np.int64))
                assert not is_accepted(prepared, placed), f"a schedule in {words} words is shorter than {bound}"
    higher = "above that of enough" if bound.cycles > lower_bound(roomy).cycles else "as that of enough"
    return Counter({(f"bounds in little scratch, {higher}", Result.TRIED): 1})


def _assert_no_shorter(prepared: PreparedGraph, bound: Bound) -> None:
    shorter = all_decisions(prepared, bound.cycles - 1)
    assert not any(is_accepted(prepared, each) for each in shorter), f"a schedule is shorter than {bound}"


def certificates(random: Random) -> Tally:
    """The certificate of a random graph on a random machine is accepted; damaged, or with damaged lifts, refused."""
    prepared = random_prepared.__wrapped__(random.randrange(1 << 30), random.choice(machines()))
    bound = lower_bound(prepared)
    assert check_certificate(prepared.graph, bound.cycles, bound.certificate) is Level.CHECKED
    tally: Tally = Counter({("certificates of random graphs", Result.TRIED): 1})
    one = damaged(prepared.graph, bound, random)
    for what, changed in {f"damaged {one.kind}": one, **damaged_lifts(prepared.graph, bound, random)}.items():
        tally[what, Result.TRIED] += 1
        try:
            check_certificate(prepared.graph, bound.cycles, changed)
        except CertificateError:
            tally[what, Result.KILLED] += 1
            continue
        raise AssertionError(f"a damaged certificate is accepted ({what}): {changed} for {bound}")
    return tally
