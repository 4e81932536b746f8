"""Exact packing: addresses that do not overlap, or that there are none."""

from random import Random

import numpy as np
import pytest

from search.scratch.lifetimes import Lifetimes
from search.scratch.packing import pack
from search.solver.solve_outcome import SolveLimits, Status

LIMITS = SolveLimits(5.0, workers=1)


def lifetimes(*spans: tuple[int, int]) -> Lifetimes:
    starts, ends = zip(*spans, strict=True)
    return Lifetimes(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))


def test_buffers_that_live_together_get_places_of_their_own() -> None:
    status, (a, b) = pack(lifetimes((0, 5), (3, 8)), np.array([2, 3]), 5, LIMITS)
    assert status is Status.OPTIMAL
    assert (a, b) in ((0, 2), (3, 0))


def test_buffers_that_live_one_after_another_share() -> None:
    assert pack(lifetimes((0, 5), (5, 8)), np.array([4, 4]), 4, LIMITS) == (Status.OPTIMAL, [0, 0])


def test_a_buffer_that_is_never_used_has_no_address() -> None:
    assert pack(lifetimes((0, 0), (0, 1)), np.array([9, 1]), 1, LIMITS) == (Status.OPTIMAL, [-1, 0])


@pytest.mark.parametrize("words", [3, 4])
def test_what_cannot_fit_is_infeasible(words: int) -> None:
    assert pack(lifetimes((0, 5), (3, 8)), np.array([2, 3]), words, LIMITS) == (Status.INFEASIBLE, [])
    assert pack(lifetimes((0, 1), (3, 8)), np.array([2, 5]), words, LIMITS) == (Status.INFEASIBLE, [])


@pytest.mark.parametrize("seed", range(5))
def test_places_never_overlap(seed: int) -> None:
    random = Random(seed)
    starts = [random.randrange(20) for _ in range(12)]
    spans = lifetimes(*((start, start + random.randint(1, 8)) for start in starts))
    words = np.array([random.choice((1, 1, 3, 8)) for _ in starts], dtype=np.int64)
    status, addresses = pack(spans, words, spans.peak(words) + 4, LIMITS)
    assert status is Status.OPTIMAL
    for a in range(len(starts)):
        assert 0 <= addresses[a] <= spans.peak(words) + 4 - words[a]
        for b in range(a):
            together = spans.starts[a] < spans.ends[b] and spans.starts[b] < spans.ends[a]
            apart = addresses[a] + words[a] <= addresses[b] or addresses[b] + words[b] <= addresses[a]
            assert apart or not together
