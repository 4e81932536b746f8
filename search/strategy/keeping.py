"""Keeps the best of a session on the leaderboard while the session goes on, so that nothing that ends it loses it.

What is on the board is validated in full, as at the end; so the best is kept soon after it was found, and not at once.
"""

import time
from collections.abc import Callable

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.board.submission import Result, validated_entry
from search.errors import TrialError
from search.strategy.solution import Solution

_PAUSE = 9.0
"""Times what it took to keep a solution, until the next is kept: a tenth of the session's time at most."""


class Keeper:
    """Keeps solutions of one session.

    Args:
        board: where.
        result_of: a solution as a result, with what it has cost so far.
        standing: cycles of the best that the board has; only what is shorter is kept.
        inputs: on which programs are validated.

    Attributes:
        kept: ids of entries that this session has put on the board; the last stands for all of them.
    """

    def __init__(
        self, board: Leaderboard, result_of: Callable[[Solution], Result], standing: int | None, inputs: int
    ) -> None:
        self.kept: list[str] = []
        self._board = board
        self._result_of = result_of
        self._to_beat = standing
        self._inputs = inputs
        self._waiting: Callable[[], Solution | None] | None = None
        self._due = 0.0

    def offer(self, cycles: int, best: Callable[[], Solution | None]) -> None:
        """Take in that there is a shorter schedule; ``best`` gives the best of the session whenever it is called."""
        if self._to_beat is None or cycles < self._to_beat:
            self._waiting = best

    def keep_if_due(self) -> None:
        """Keep what is waiting, unless something was kept a moment ago."""
        if time.monotonic() >= self._due:
            self.keep()

    def keep(self) -> None:
        """Keep what is waiting; what cannot be kept now is left to the end of the session, which tells why."""
        best, self._waiting, begun = self._waiting, None, time.monotonic()
        solution = None if best is None else best()
        if solution is None or (self._to_beat is not None and solution.cycles >= self._to_beat):
            return
        try:
            result = self._result_of(solution)
            entry = validated_entry(result, self._inputs)
            self.kept.append(entry.id)
            self._board.add(entry, result.candidate, instead_of=self.kept)
            self._to_beat = solution.cycles
        except (TrialError, UserError):
            pass
        self._due = time.monotonic() + _PAUSE * (time.monotonic() - begun)
