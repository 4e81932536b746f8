import pytest

from machine.nearest import counted, did_you_mean, or_else


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("latencies", ": did you mean 'latency'?"),
        ("LATENCY", ": did you mean 'latency'?"),
        ("slot", ": did you mean 'slots'?"),
        ("zzz", ": use latency, slots"),
    ],
)
def test_the_nearest_name_is_told_or_all_of_a_few(name: str, hint: str) -> None:
    assert did_you_mean(name, ["latency", "slots"]) == hint


def test_many_names_are_not_listed() -> None:
    assert did_you_mean("zzz", map(str, range(20))) == did_you_mean("zzz", []) == ""


def test_what_else_can_be_given_follows_a_question_as_a_sentence() -> None:
    assert or_else(": did you mean 'a'?", "give b") == ": did you mean 'a'? Or give b"
    assert or_else(": use a", "give b") == ": use a; or give b"


def test_one_thing_is_not_called_as_several_are() -> None:
    assert [counted(number, "lane") for number in (0, 1, 8)] == ["0 lanes", "1 lane", "8 lanes"]
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]
