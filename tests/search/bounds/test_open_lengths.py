"""Lengths that threads share: each is tried once, and whoever tries what is decided by others is interrupted."""

from functools import partial

import pytest

from search.bounds.bound import Bound
from search.bounds.open_lengths import HighestFirst, OpenLengths, lowest

KNOWN = Bound(10, "known")


def test_the_highest_comes_first_then_halves_of_what_is_open() -> None:
    lengths, pick = OpenLengths(KNOWN, 20), HighestFirst()
    assert lengths.take(pick) == 19
    lengths.note(19, None)
    assert lengths.take(pick) == 14
    lengths.note(14, Bound(15, "a proof"))
    assert lengths.take(pick) == 17
    assert lengths.bound == Bound(15, "a proof")


def test_no_length_is_tried_twice_at_once() -> None:
    lengths = OpenLengths(KNOWN, 12)
    assert [lengths.take(lowest), lengths.take(HighestFirst()), lengths.take(lowest)] == [10, 11, None]


def test_a_bound_that_is_met_leaves_nothing_open() -> None:
    assert OpenLengths(KNOWN, 10).take(lowest) is None
    assert OpenLengths(KNOWN, 3).take(lowest) is None


@pytest.mark.parametrize(("noted", "proof"), [(12, Bound(13, "a proof")), (10, None)], ids=["refuted", "not refuted"])
def test_who_tries_what_another_has_decided_is_interrupted(noted: int, proof: Bound | None) -> None:
    lengths, interrupted = OpenLengths(KNOWN, 13), list[int]()
    assert [lengths.take(lowest) for _ in range(3)] == [10, 11, 12]
    assert all(lengths.begin(length, partial(interrupted.append, length)) for length in (10, 11, 12))
    lengths.note(noted, proof)
    others = [length for length in (10, 11, 12) if length != noted]
    assert interrupted == others
    assert not any(lengths.begin(length, list) for length in others)
    for length in others:
        lengths.note(length, None)
    assert lengths.bound == (proof or KNOWN)
    assert lengths.take(lowest) is None
