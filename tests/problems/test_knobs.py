from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob, chosen_groups, default_settings, recorded_settings

integers = st.tuples(st.integers(-50, 50), st.integers(0, 50)).map(
    lambda pair: IntegerKnob("i", pair[0], "an integer", pair[0], pair[0] + pair[1])
)
choices = st.lists(st.text("abc", min_size=1), min_size=1, unique=True).map(
    lambda names: ChoiceKnob("c", names[0], "a choice", tuple(names))
)
groups = st.integers(1, 40).map(lambda count: GroupsKnob("g", "all", "groups", count))


@given(knob=integers | choices | groups, seed=st.integers())
def test_every_sampled_value_parses_to_itself(knob: Knob, seed: int) -> None:
    value = knob.sample(Random(seed))
    assert knob.parse(str(value)) == value


@given(knob=integers | choices | groups, seed=st.integers())
def test_every_mutated_value_parses_to_itself(knob: Knob, seed: int) -> None:
    random = Random(seed)
    value = knob.sample(random)
    for _ in range(5):
        value = knob.mutate(value, random)
        assert knob.parse(str(value)) == value


@given(knob=integers | choices | groups)
def test_the_default_parses_to_itself(knob: Knob) -> None:
    assert knob.parse(str(knob.default)) == knob.default


@given(knob=integers | choices | groups, text=st.text())
def test_any_text_is_a_value_or_a_user_error_of_one_line(knob: Knob, text: str) -> None:
    try:
        value = knob.parse(text)
    except UserError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert knob.parse(str(value)) == value


def test_samples_are_the_same_for_the_same_seed() -> None:
    knob = IntegerKnob("i", 0, "", 0, 1000)
    assert [knob.sample(Random(7)) for _ in range(3)] == [knob.sample(Random(7))] * 3


@pytest.mark.parametrize(
    ("knob", "values"),
    [
        (IntegerKnob("i", 3, "", 3, 6), {3, 4, 5, 6}),
        (ChoiceKnob("c", "a", "", ("a", "b", "c")), {"a", "b", "c"}),
        (GroupsKnob("g", "all", "", 2), {"all", "none", "first:1", "first:2", "last:1", "last:2", "even:1", "even:2"}),
    ],
)
def test_samples_reach_every_value(knob: Knob, values: set[object]) -> None:
    assert {knob.sample(Random(seed)) for seed in range(400)} == values


@pytest.mark.parametrize("text", ["", "x", "2", "7", "-3", "3.0", "3 4", "0x3"])
def test_an_integer_knob_refuses_what_is_not_in_its_range(text: str) -> None:
    with pytest.raises(UserError, match=r"knob i takes 3\.\.6, not '.*'"):
        IntegerKnob("i", 3, "", 3, 6).parse(text)


@pytest.mark.parametrize("text", ["", "A", "a|b", "ab"])
def test_a_choice_knob_refuses_other_names(text: str) -> None:
    with pytest.raises(UserError, match=r"knob c takes a\|b, not"):
        ChoiceKnob("c", "a", "", ("a", "b")).parse(text)


WRONG_GROUPS = [
    "",
    "some",
    "first",
    "first:",
    "first:x",
    "first:9",
    "first:-1",
    "middle:2",
    "8",
    "-1",
    "0,8",
    "0,",
    ",0",
    "5-3",
    "5-",
    "-",
    "3-8",
    "1-2-3",
    "all,none",
    "0:1",
]


@pytest.mark.parametrize("text", WRONG_GROUPS)
def test_a_groups_knob_refuses_what_names_no_groups(text: str) -> None:
    with pytest.raises(UserError, match=r"knob g takes all\|none\|first:N"):
        GroupsKnob("g", "all", "", 8).parse(text)
    with pytest.raises(ValueError):
        chosen_groups(text, 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", {0, 1, 2, 3, 4, 5, 6, 7}),
        ("none", set()),
        ("first:0", set()),
        ("first:3", {0, 1, 2}),
        ("first:8", {0, 1, 2, 3, 4, 5, 6, 7}),
        ("last:0", set()),
        ("last:3", {5, 6, 7}),
        ("even:0", set()),
        ("even:1", {0}),
        ("even:2", {0, 4}),
        ("even:3", {0, 2, 5}),
        ("even:8", {0, 1, 2, 3, 4, 5, 6, 7}),
        ("0", {0}),
        ("7", {7}),
        ("0,3,5-7", {0, 3, 5, 6, 7}),
        ("2-2", {2}),
        ("3,1,3,1-2", {1, 2, 3}),
    ],
)
def test_the_groups_a_text_names(text: str, expected: set[int]) -> None:
    assert chosen_groups(text, 8) == expected
    assert GroupsKnob("g", "all", "", 8).parse(text) == text


@given(count=st.integers(1, 60), data=st.data())
def test_first_last_and_even_name_as_many_groups_as_they_say(count: int, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, count))
    for where in ("first", "last", "even"):
        found = chosen_groups(f"{where}:{chosen}", count)
        assert len(found) == chosen
        assert found <= set(range(count))


def test_ranges_are_written_for_people() -> None:
    assert IntegerKnob("i", 3, "", 3, 6).range == "3..6"
    assert ChoiceKnob("c", "a", "", ("a", "b")).range == "a|b"
    assert "below 8" in GroupsKnob("g", "all", "", 8).range


def test_settings_recorded_before_a_knob_was_declared_mean_what_was_done_then() -> None:
    old = ChoiceKnob("old", "a", "a choice", ("a", "b"))
    new = ChoiceKnob("new", "good", "a newer one", ("plain", "good"), formerly="plain")
    assert default_settings([old, new]) == {"old": "a", "new": "good"}
    assert recorded_settings([old, new], {"old": "b"}) == {"old": "b", "new": "plain"}
    assert recorded_settings([old, new], {"old": "b", "new": "good"}) == {"old": "b", "new": "good"}
