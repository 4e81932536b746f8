"""Where a search stands, and whoever is told of it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from search.bounds.bound import Bound
from search.cpsat.window_passes import WindowProgress


@dataclass
class Progress:
    """Where a search stands.

    Attributes:
        stage: the name of the stage that runs.
        cycles: of the best schedule so far; ``None`` while there is none.
        bound: of that schedule's graph.
        schedules: list schedules tried, moves included.
        failures: schedules that led to nothing, by the name of the error.
        windows: where the passes of windows stand; ``None`` before the first.
    """

    started: float = field(default_factory=time.monotonic)
    stage: str = ""
    cycles: int | None = None
    bound: Bound | None = None
    schedules: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    windows: WindowProgress | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


@dataclass(frozen=True)
class Watch:
    """Tells somebody of progress: after each batch, move round or window, and about twice a second."""

    progress: Progress
    tell: Callable[[Progress], None]

    def note(self, cycles: int, bound: Bound) -> None:
        """Take in the best schedule so far."""
        self.progress.cycles, self.progress.bound = cycles, bound

    def __call__(self) -> None:
        self.tell(self.progress)


def unwatched() -> Watch:
    """A watch that tells nobody."""
    return Watch(Progress(), lambda progress: None)
