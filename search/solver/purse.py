"""What is left of a solve's limits, and shares of them for its parts."""

import math
import time
from dataclasses import replace

from search.solver.solve_outcome import SolveLimits, Spend, unspent

_LEAST_SECONDS, _LEAST_SHARE = 1.0, 0.01
"""Time, or part of the deterministic time, that is worth another part."""


class Purse:
    """Limits that several solves share; time runs from its making.

    Args:
        limits: of all of them together.
        tell: is told of the deterministic time of each.
    """

    def __init__(self, limits: SolveLimits, tell: Spend = unspent) -> None:
        self._limits = limits
        self._tell = tell
        self._begun = time.monotonic()
        self._spent = 0.0

    @property
    def seconds(self) -> float:
        """That are left."""
        return self._limits.seconds - (time.monotonic() - self._begun)

    @property
    def is_counted(self) -> bool:
        """Whether deterministic time is the limit."""
        return self._limits.deterministic_time is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return self.seconds <= 0 or self._work_left <= 0

    @property
    def is_low(self) -> bool:
        """Whether what is left is not worth another part."""
        return self.seconds < _LEAST_SECONDS or self._work_left < _LEAST_SHARE * self._work

    def spend(self, work: float) -> None:
        """Take in the deterministic time of a solve: a :data:`~search.solver.solve_outcome.Spend`."""
        self._spent += work
        self._tell(work)

    def part(self, share: float) -> SolveLimits:
        """A share of the limits, but no more than is left of them; a second at least."""
        seconds = max(_LEAST_SECONDS, min(self.seconds, share * self._limits.seconds))
        work = max(0.0, min(self._work_left, share * self._work)) if self.is_counted else None
        return replace(self._limits, seconds=seconds, deterministic_time=work)

    @property
    def _work(self) -> float:
        """Deterministic time of all; without end where it is no limit."""
        work = self._limits.deterministic_time
        return math.inf if work is None else work

    @property
    def _work_left(self) -> float:
        return self._work - self._spent
