import pytest

from machine.nearest import did_you_mean


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
