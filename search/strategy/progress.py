"""Where a search stands, and whoever is told of it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from search.bounds.bound import Bound
from search.cpsat.window_passes import WindowProgress
from search.processes.ending_signals import heed_signals
from search.solver.solve_outcome import SolverNews
from search.strategy.solution import Solution


@dataclass
class Progress:
    """Where a search stands.

    Attributes:
        stage: the name of the stage that runs.
        cycles: of the best schedule so far; ``None`` while there is none.
        bound: of that schedule's graph.
        schedules: list schedules tried, moves included.
        failures: schedules that led to nothing, by the name of the error.
        curve: seconds after which the best was found, and its cycles, from the first to the best so far.
        windows: where the passes of windows stand; ``None`` before the first.
        solver: what the exact solve that runs has come to; ``None`` where none does.
    """

    started: float = field(default_factory=time.monotonic)
    stage: str = ""
    cycles: int | None = None
    bound: Bound | None = None
    schedules: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    curve: list[tuple[float, int]] = field(default_factory=list)
    windows: WindowProgress | None = None
    solver: SolverNews | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def begin(self) -> None:
        """Start now: what was done so far was to get ready."""
        self.started, self.stage = time.monotonic(), ""


class Keeps(Protocol):
    """Whoever keeps the best while a search goes on; see :class:`search.strategy.keeping.Keeper`."""

    def offer(self, cycles: int, best: Callable[[], Solution | None]) -> None:
        """Take in that there is a schedule of so many cycles; ``best`` gives the best whenever it is called."""

    def keep_if_due(self) -> None:
        """Keep the best from time to time."""

    def keep(self) -> None:
        """Keep the best."""


@dataclass(frozen=True)
class Watch:
    """Tells somebody of progress: after each batch, move round or window, and about twice a second.

    Attributes:
        progress: where the search stands.
        tell: whom.
        keeper: keeps the best meanwhile; ``None`` where nobody does before the end.
    """

    progress: Progress
    tell: Callable[[Progress], None]
    keeper: Keeps | None = None

    def note(self, cycles: int, bound: Bound, best: Callable[[], Solution | None] | None = None) -> None:
        """Take in the length of the best schedule so far; ``best`` gives it, and may be called later."""
        self.progress.cycles, self.progress.bound = cycles, bound
        if not self.progress.curve or cycles < self.progress.curve[-1][1]:
            self.progress.curve.append((round(self.progress.seconds, 1), cycles))
        if self.keeper is not None and best is not None:
            self.keeper.offer(cycles, best)

    def stage_begins(self, name: str) -> None:
        """Take in and tell which stage is next, and keep what the one before has left: it may not tell for long."""
        self.progress.stage = name
        self.tell(self.progress)
        if self.keeper is not None:
            self.keeper.keep()

    def __call__(self) -> None:
        """Tell, and keep what is due.

        Raises:
            KeyboardInterrupt: a signal came that ends the search, and nobody has heeded it.
        """
        heed_signals()
        self.tell(self.progress)
        if self.keeper is not None:
            self.keeper.keep_if_due()


def unwatched() -> Watch:
    """A watch that tells nobody."""
    return Watch(Progress(), lambda progress: None)
