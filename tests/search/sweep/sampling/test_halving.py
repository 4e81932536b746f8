"""Successive halving: where a trial is among brackets and rungs, and which trial it continues."""

from collections.abc import Mapping
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.strategy.stage_work import StageWork
from search.sweep.sampling.halving import Brackets, Place
from search.sweep.sweep_file import HalvingSettings

MOVES = (StageWork("moves", 10.0),)


def settings(factor: int, first: int, refined: int) -> HalvingSettings:
    return HalvingSettings(factor, first, (MOVES,) * refined)


halvings = st.builds(settings, st.integers(2, 5), st.integers(1, 40), st.integers(1, 4))
some_settings = st.one_of(st.none(), halvings)
indices = st.integers(0, 500)
scores = st.lists(st.one_of(st.none(), st.integers(1, 30)), min_size=25, max_size=25)


def below(brackets: Brackets, index: int) -> range:
    place = brackets.place(index)
    return brackets.members(place.bracket, place.rung - 1)


def ended(brackets: Brackets, index: int, cycles: list[int | None]) -> Mapping[int, int | None]:
    return {member: cycles[member % len(cycles)] for member in below(brackets, index)}


# Places


def test_a_bracket_is_counted_rung_after_rung() -> None:
    brackets = Brackets(settings(4, 9, 2))
    rungs = [range(9), range(9, 12), range(12, 13)]
    assert [brackets.members(0, rung) for rung in range(3)] == rungs
    assert brackets.members(2, 1) == range(26 + 9, 26 + 12)
    assert [brackets.place(index) for index in (0, 8, 9, 11, 12, 13)] == [
        Place(0, 0, 0),
        Place(0, 0, 8),
        Place(0, 1, 0),
        Place(0, 1, 2),
        Place(0, 2, 0),
        Place(1, 0, 0),
    ]


def test_without_halving_every_trial_is_fresh() -> None:
    brackets = Brackets(None)
    for index in range(20):
        assert brackets.place(index).rung == 0
        assert brackets.fresh(index) == index
        assert brackets.ready(index, {})


@given(some_settings, indices)
def test_a_trial_is_in_the_rung_that_its_place_names_and_at_its_rank(halving: HalvingSettings | None, n: int) -> None:
    brackets = Brackets(halving)
    place = brackets.place(n)
    assert brackets.members(place.bracket, place.rung)[place.rank] == n


@given(some_settings, st.integers(1, 4))
def test_rungs_part_the_indices(halving: HalvingSettings | None, count: int) -> None:
    """Every index is in one rung of one bracket, and rungs follow one another."""
    brackets = Brackets(halving)
    rungs = 1 if halving is None else 1 + len(halving.rungs)
    members = [index for b in range(count) for rung in range(rungs) for index in brackets.members(b, rung)]
    assert members == list(range(len(members)))
    assert brackets.place(len(members)) == Place(count, 0, 0)


@given(halvings)
def test_a_rung_is_the_one_below_divided_by_the_factor_rounded_up(halving: HalvingSettings) -> None:
    brackets = Brackets(halving)
    sizes = [len(brackets.members(0, rung)) for rung in range(1 + len(halving.rungs))]
    assert sizes[0] == halving.first
    for lower, upper in pairwise(sizes):
        assert (upper - 1) * halving.factor < lower <= upper * halving.factor


@given(some_settings)
def test_fresh_trials_are_counted_without_gaps(halving: HalvingSettings | None) -> None:
    brackets = Brackets(halving)
    fresh = [brackets.fresh(index) for index in range(200) if brackets.place(index).rung == 0]
    assert fresh == list(range(len(fresh)))


def test_a_trial_of_a_higher_rung_is_not_fresh() -> None:
    with pytest.raises(ValueError, match="trial 4 is of rung 1"):
        Brackets(settings(2, 4, 1)).fresh(4)


# What a trial continues


def test_the_best_are_continued_in_their_order_and_of_equals_the_earlier() -> None:
    brackets = Brackets(settings(2, 6, 1))
    cycles = {0: 50, 1: None, 2: 40, 3: 50, 4: 40, 5: 60}
    assert [brackets.parent(index, cycles) for index in (6, 7, 8)] == [2, 4, 0]


def test_where_too_few_have_succeeded_trials_are_skipped() -> None:
    brackets = Brackets(settings(2, 6, 1))
    cycles = {0: None, 1: None, 2: 40, 3: None, 4: None, 5: None}
    assert [brackets.parent(index, cycles) for index in (6, 7, 8)] == [2, None, None]


def test_a_skipped_trial_is_continued_by_none() -> None:
    brackets = Brackets(settings(2, 4, 2))
    cycles: dict[int, int | None] = dict.fromkeys(range(4))
    assert brackets.parent(4, cycles) is brackets.parent(5, cycles) is None
    assert brackets.parent(6, cycles | {4: None, 5: None}) is None


@given(halvings, indices, scores)
def test_a_parent_is_a_success_of_the_rung_below_with_as_many_better_as_the_rank(
    halving: HalvingSettings, index: int, cycles: list[int | None]
) -> None:
    brackets = Brackets(halving)
    place = brackets.place(index)
    if place.rung == 0:
        return
    results = ended(brackets, index, cycles)
    parent = brackets.parent(index, results)
    succeeded = {member: score for member, score in results.items() if score is not None}
    if parent is None:
        assert len(succeeded) <= place.rank
        return
    assert parent in below(brackets, index)
    better = [member for member, score in succeeded.items() if (score, member) < (succeeded[parent], parent)]
    assert len(better) == place.rank


@given(halvings, scores)
def test_no_two_trials_of_a_rung_continue_the_same(halving: HalvingSettings, cycles: list[int | None]) -> None:
    brackets = Brackets(halving)
    rung = brackets.members(1, 1)
    parents = [brackets.parent(index, ended(brackets, index, cycles)) for index in rung]
    continued = [parent for parent in parents if parent is not None]
    assert len(set(continued)) == len(continued)
    assert parents == continued + [None] * (len(rung) - len(continued))


@given(halvings, indices, scores, st.randoms())
def test_a_trial_is_ready_once_all_of_the_rung_below_have_ended(
    halving: HalvingSettings, index: int, cycles: list[int | None], random: Random
) -> None:
    brackets = Brackets(halving)
    if brackets.place(index).rung == 0:
        assert brackets.ready(index, {})
        with pytest.raises(ValueError, match=f"trial {index}"):
            brackets.parent(index, {})
        return
    results = dict(ended(brackets, index, cycles))
    assert brackets.ready(index, results)
    del results[random.choice(list(results))]
    assert not brackets.ready(index, results)
    with pytest.raises(ValueError, match=f"trial {index}"):
        brackets.parent(index, results)


@given(halvings)
def test_no_trial_waits_for_a_later_one(halving: HalvingSettings) -> None:
    """Whatever the indices up to one have come to, the next can run: nothing can block for ever."""
    brackets = Brackets(halving)
    assert all(brackets.ready(index, dict.fromkeys(range(index))) for index in range(150))
