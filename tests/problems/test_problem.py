from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.model import load_machine
from problems.knobs import ChoiceKnob, IntegerKnob
from problems.problem import check_category, check_shape, format_shape, parse_shape, resolve_knobs
from problems.tree_hash import TreeHash
from tests.problems.example import Doubling

TAKEHOME = load_machine("takehome")
DOUBLING = Doubling()


# Shapes


@given(words=st.integers(1, 100), spare=st.integers(0, 10**6))
def test_a_shape_parses_as_it_is_formatted(words: int, spare: int) -> None:
    shape = {"words": words, "spare": spare}
    assert parse_shape(DOUBLING, format_shape(shape)) == shape


@pytest.mark.parametrize(
    ("text", "words", "spare"),
    [
        ("", 4, 2),
        ("words=7", 7, 2),
        ("spare=0", 4, 0),
        ("spare=5,words=3", 3, 5),
        (" words = 3 , spare = 5 ", 3, 5),
        ("words=3,", 3, 2),
    ],
)
def test_parameters_left_out_keep_their_defaults(text: str, words: int, spare: int) -> None:
    shape = parse_shape(DOUBLING, text)
    assert shape == {"words": words, "spare": spare}
    assert format_shape(shape) == f"words={words},spare={spare}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7", "write it as words=4,spare=2"),
        ("words", "write it as words=4,spare=2"),
        ("words=3,spare=1, words =3", "shape 'words=3,spare=1, words =3': 'words' is given twice"),
        ("size=3", "problem doubling has no shape parameter 'size': use words, spare"),
        ("words=", "words must be an integer, not ''"),
        ("words=x", "words must be an integer, not 'x'"),
        ("words=3.5", "words must be an integer, not '3.5'"),
        ("words=0", "words must be at least 1 and at most 100"),
        ("words=101", "words must be at least 1 and at most 100"),
        ("spare=-1", "spare must be at least 0$"),
    ],
)
def test_a_wrong_shape_is_a_user_error(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_shape(DOUBLING, text)


@given(text=st.text())
def test_any_text_is_a_shape_or_a_user_error_of_one_line(text: str) -> None:
    try:
        parse_shape(DOUBLING, text)
    except UserError as error:
        assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("value", [3.7, 3.0, None, [3], "three", float("inf"), float("nan"), True])
def test_a_parameter_that_is_no_integer_is_refused_and_never_rounded(value: object) -> None:
    with pytest.raises(UserError, match="must be an integer"):
        check_shape(DOUBLING, {"words": value})


def test_a_shape_of_integers_is_checked_and_filled_in() -> None:
    assert check_shape(DOUBLING, {"words": 5}) == {"words": 5, "spare": 2}
    assert DOUBLING.default_shape() == check_shape(DOUBLING, {})


# Categories, knobs


def test_a_problem_has_one_category_unless_it_says_otherwise() -> None:
    assert check_category(DOUBLING, "all") == "all"
    assert check_category(TreeHash(), "values+indices") == "values+indices"


def test_an_unknown_category_is_a_user_error() -> None:
    with pytest.raises(UserError, match="problem doubling has no category 'values': use all"):
        check_category(DOUBLING, "values")


def test_a_problem_has_no_knobs_known_scores_and_exporters_unless_it_says_so() -> None:
    shape = DOUBLING.default_shape()
    assert DOUBLING.knobs(shape, "all", TAKEHOME) == ()
    assert DOUBLING.known_scores(shape, "all") == {}
    assert DOUBLING.exporters(TAKEHOME) == {}


def test_knobs_a_user_sets_are_parsed() -> None:
    knobs = (IntegerKnob("i", 3, "", 3, 6), ChoiceKnob("c", "a", "", ("a", "b")))
    assert resolve_knobs(knobs, {"i": "4"}) == {"i": 4}
    assert resolve_knobs(knobs, {"c": "b", "i": "6"}) == {"c": "b", "i": 6}
    assert resolve_knobs(knobs, {}) == {}


@pytest.mark.parametrize(("name", "value"), [("x", "1"), ("i", "7"), ("c", "c")])
def test_unknown_knobs_and_values_are_user_errors(name: str, value: str) -> None:
    knobs = (IntegerKnob("i", 3, "", 3, 6), ChoiceKnob("c", "a", "", ("a", "b")))
    with pytest.raises(UserError, match=f"knob '?{name}"):
        resolve_knobs(knobs, {name: value})


@pytest.mark.parametrize(
    ("name", "hint"), [("loop.tail", "did you mean 'loop1.tail'?"), ("x", "`slotsmith knobs PROBLEM` lists them")]
)
def test_an_unknown_knob_is_answered_with_the_one_that_is_almost_named_so(name: str, hint: str) -> None:
    knobs = [ChoiceKnob(each, "a", "", ("a", "b")) for each in ("loop1.tail", *(f"c{number}" for number in range(9)))]
    with pytest.raises(UserError) as caught:
        resolve_knobs(knobs, {name: "a"})
    assert str(caught.value) == f"unknown knob '{name}': {hint}"


# Building, digests


def test_a_built_problem_equals_its_reference() -> None:
    shape = DOUBLING.default_shape()
    kernel = Kernel(TAKEHOME, DOUBLING.memory_words(shape))
    DOUBLING.build(kernel, shape, "all", {})
    memories = DOUBLING.inputs(shape, 5, seed=1)
    found = [execute(kernel.graph(), memory.tolist()) for memory in memories]
    assert found == DOUBLING.reference(shape, memories).tolist()


def test_a_digest_is_of_the_sources() -> None:
    assert DOUBLING.digest() == Doubling().digest()
    assert DOUBLING.digest() != TreeHash().digest()
    assert len(TreeHash().digest()) == 64


def test_the_digest_of_a_package_covers_all_its_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    before = TreeHash().digest()
    read = Path.read_bytes
    for changed in ("build.py", "walkers.py", "reference.py", "plan.py"):

        def read_changed(path: Path, changed: str = changed) -> bytes:
            return read(path) + (b"#" if path.name == changed else b"")

        monkeypatch.setattr(Path, "read_bytes", read_changed)
        assert TreeHash().digest() != before
