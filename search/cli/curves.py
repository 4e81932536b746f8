"""Curves on a terminal, as bars of text."""

from collections.abc import Iterable, Sequence

_BARS = " ▁▂▃▄▅▆▇█"


def bars(shares: Iterable[float]) -> str:
    """A bar for each share from 0 to 1; only 0 itself is empty."""
    steps = len(_BARS) - 1
    return "".join(_BARS[0 if share <= 0 else max(1, min(steps, round(share * steps)))] for share in shares)


def falling_curve(steps: Sequence[tuple[float, int]], until: float, width: int) -> str:
    """How a best fell: its value at ``width`` equal times, and what the first and the last of them were.

    Args:
        steps: when it fell, and to what, in order of time.
        until: the time of the last bar.
        width: bars.
    """
    if not steps:
        return ""
    first, last = steps[0][1], steps[-1][1]
    values: list[int | None] = []
    for place in range(width):
        time = until * (place + 1) / width
        values.append(next((value for when, value in reversed(steps) if when <= time), None))
    values[-1] = last
    span = max(1, first - last)
    shares = (0.0 if value is None else 0.125 + 0.875 * (value - last) / span for value in values)
    return f"{first} {bars(shares)} {last}"
