"""Lengths that threads share: which is tried next, each once at a time; who tries what is decided is interrupted."""

from functools import partial

import pytest

from search.bounds.bound import Bound
from search.bounds.open_lengths import Attempt, OpenLengths

KNOWN = Bound(10, "known")
DOUBTS = (0.1, 0.01)


def proof(length: int) -> Bound:
    return Bound(length + 1, "a proof")


def test_the_highest_comes_first_then_the_highest_that_its_speed_promises() -> None:
    lengths = OpenLengths(KNOWN, 20, DOUBTS)
    assert lengths.take() == Attempt(19, 0)
    lengths.note(Attempt(19, 0), 0.95, None)
    assert lengths.take() == Attempt(18, 0)  # 19 * 0.95 / 18 is above 1
    lengths.note(Attempt(18, 0), 1.1, proof(18))
    assert lengths.bound == proof(18)
    assert lengths.take() == Attempt(19, 1)  # the only one that is left, with more digits
    lengths.note(Attempt(19, 1), 1.001, proof(19))
    assert lengths.bound == proof(19)
    assert lengths.take() is None


def test_what_is_likely_but_not_yet_proven_is_tried_with_more_digits() -> None:
    lengths = OpenLengths(KNOWN, 20, DOUBTS)
    lengths.take()
    lengths.note(Attempt(19, 0), 1.02, None)
    assert lengths.take() == Attempt(19, 1)


def test_where_nothing_is_likely_the_lowest_is_tried() -> None:
    lengths = OpenLengths(KNOWN, 13, DOUBTS)
    lengths.take()
    lengths.note(Attempt(12, 0), 0.8, None)
    lengths.take()
    lengths.note(Attempt(10, 0), 0.95, None)
    assert lengths.take() == Attempt(10, 1)


@pytest.mark.parametrize("speed", [0.89, None], ids=["too slow", "no end"])
def test_what_is_clearly_not_refuted_ends_it_for_all_that_are_longer(speed: float | None) -> None:
    lengths = OpenLengths(KNOWN, 13, DOUBTS)
    lengths.take()
    lengths.note(Attempt(12, 0), 0.95, None)
    lengths.take()
    lengths.note(Attempt(11, 0), speed, None)
    assert lengths.take() == Attempt(10, 0)
    assert not lengths.is_open(12)


def test_after_the_last_digits_a_length_is_given_up() -> None:
    lengths = OpenLengths(KNOWN, 11, DOUBTS)
    for level in range(len(DOUBTS)):
        assert lengths.take() == Attempt(10, level)
        lengths.note(Attempt(10, level), 1.0, None)
    assert lengths.take() is None
    assert lengths.bound == KNOWN


def test_no_length_is_tried_twice_at_once() -> None:
    lengths = OpenLengths(KNOWN, 13, DOUBTS)
    assert [lengths.take() for _ in range(4)] == [Attempt(12, 0), Attempt(11, 0), Attempt(10, 0), None]


def test_a_bound_that_is_met_leaves_nothing_open() -> None:
    assert OpenLengths(KNOWN, 10, DOUBTS).take() is None
    assert OpenLengths(KNOWN, 3, DOUBTS).take() is None


@pytest.mark.parametrize(("noted", "proven"), [(12, proof(12)), (10, None)], ids=["refuted", "not refuted"])
def test_who_tries_what_another_has_decided_is_interrupted(noted: int, proven: Bound | None) -> None:
    lengths, interrupted = OpenLengths(KNOWN, 13, DOUBTS), list[int]()
    assert {attempt.length for attempt in (lengths.take(), lengths.take(), lengths.take()) if attempt} == {10, 11, 12}
    assert all(lengths.begin(length, partial(interrupted.append, length)) for length in (10, 11, 12))
    lengths.note(Attempt(noted, 0), 1.0 if proven else 0.5, proven)
    others = [length for length in (10, 11, 12) if length != noted]
    assert sorted(interrupted) == others
    assert not any(lengths.begin(length, list) for length in others)
    for length in others:
        lengths.note(Attempt(length, 0), None, None)
    assert lengths.bound == (proven or KNOWN)
    assert lengths.take() is None
