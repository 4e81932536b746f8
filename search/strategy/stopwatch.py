"""Seconds of one stage."""

import time


class Stopwatch:
    """Runs from the moment it is set.

    Args:
        seconds: until it is over; ``None`` for never.

    Attributes:
        end: when it is over, as :func:`time.monotonic` tells it in this process and in its workers.
    """

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else time.monotonic() + seconds

    @property
    def is_timed(self) -> bool:
        """Whether it will ever be over."""
        return self.end is not None

    @property
    def is_over(self) -> bool:
        """Whether the seconds have passed."""
        return self.end is not None and time.monotonic() >= self.end
