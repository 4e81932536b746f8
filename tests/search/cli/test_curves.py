"""Curves of text: what fell, and when."""

from search.cli.curves import bars, falling_curve


def test_only_nothing_is_empty() -> None:
    assert bars([0, 0.01, 0.5, 1]) == " ▁▄█"


def test_a_curve_tells_first_and_last_and_when_it_fell() -> None:
    assert falling_curve([(0, 100), (5, 60), (10, 20)], 10, 4) == "100 █▄▄▁ 20"
    assert falling_curve([(6, 9)], 10, 5) == "9   ▁▁▁ 9"
    assert falling_curve([], 1, 5) == ""
