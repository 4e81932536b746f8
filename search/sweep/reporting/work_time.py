"""When a sweep was at work: its time by the clock without the pauses between a kill and the next resume.

The journal does not say when a run was killed, nor when the next one began.  What it says is when each trial ended and
how long it ran; a stretch in which no trial ran that has ended, and nothing was written, is a pause.  Work that a kill
has cut off is part of the pause: nobody knows how long it went on.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

LONGEST_LULL = 60.0
"""Seconds without a trial at work that still count as work: a driver may be busy itself, or a cluster starting."""


@dataclass(frozen=True)
class Pause:
    """A stretch of no work: after how many seconds of work it came, and how many seconds it lasted."""

    after: float
    seconds: float


class WorkTime:
    """Seconds of work at any time.

    Args:
        times: of the records of a journal, in seconds since 1970; not empty.
        runs: when trials ended, in seconds since 1970, and how many seconds each had run by then.

    Attributes:
        clock: seconds by the clock from first to last record.
        pauses: those of more than :data:`LONGEST_LULL` seconds.
    """

    def __init__(self, times: Iterable[float], runs: Iterable[tuple[float, float]]) -> None:
        spans = [(time, time) for time in times]
        self._begun, last = min(spans)[0], max(spans)[0]
        spans += [(max(self._begun, end - seconds), end) for end, seconds in runs]
        gaps = _gaps(spans)
        self._starts = [start for start, _ in gaps]
        self._lost = [0.0, *accumulate(end - start for start, end in gaps)]
        self.clock = last - self._begun
        self.pauses = tuple(Pause(self.at(start), end - start) for start, end in gaps)

    @property
    def worked(self) -> float:
        """Seconds of work in all."""
        return self.clock - self._lost[-1]

    def at(self, time: float) -> float:
        """Seconds of work until a time at which a record was written."""
        return time - self._begun - self._lost[bisect_left(self._starts, time)]


def _gaps(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Longer stretches between the spans."""
    gaps, covered = [], float("inf")
    for start, end in sorted(spans):
        if start - covered > LONGEST_LULL:
            gaps.append((covered, start))
        covered = end if covered == float("inf") else max(covered, end)
    return gaps
