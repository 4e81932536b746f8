"""Successive halving: the trials of a study in brackets, a bracket in rungs, each a fraction of the one below.

The trials of rung 0 are fresh.  One of a higher rung continues one of the rung below with more work: the first of a
rung continues the best of the rung below, the second the second best, and so on.  A bracket begins where the last one
ends, so there is always something fresh to run while a rung waits for the one below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from search.sweep.sweep_file import HalvingSettings

Results = Mapping[int, int | None]
"""Cycles by index of the trials of a study that have ended; ``None`` for those that failed or were skipped."""


@dataclass(frozen=True)
class Place:
    """Where a trial is: bracket, rung of the bracket, and rank in the rung, all from 0."""

    bracket: int
    rung: int
    rank: int


class Brackets:
    """Places of the trials of a study, which are counted through rung after rung, bracket after bracket.

    Args:
        settings: sizes of the rungs; ``None`` for no halving: every trial is a bracket of its own.
    """

    def __init__(self, settings: HalvingSettings | None) -> None:
        self._sizes = (1,) if settings is None else rung_sizes(settings)
        self._starts = (0, *accumulate(self._sizes))

    def place(self, index: int) -> Place:
        """The place of a study's trial."""
        bracket, offset = divmod(index, self._starts[-1])
        rung = max(number for number in range(len(self._sizes)) if self._starts[number] <= offset)
        return Place(bracket, rung, offset - self._starts[rung])

    def fresh(self, index: int) -> int:
        """How many trials of rung 0 come before this one of rung 0.

        Raises:
            ValueError: the trial is of a higher rung.
        """
        place = self.place(index)
        if place.rung > 0:
            raise ValueError(f"trial {index} is of rung {place.rung}")
        return place.bracket * self._sizes[0] + place.rank

    def members(self, bracket: int, rung: int) -> range:
        """The indices of a rung."""
        start = bracket * self._starts[-1] + self._starts[rung]
        return range(start, start + self._sizes[rung])

    def ready(self, index: int, results: Results) -> bool:
        """Whether a trial can run: it is of rung 0, or all of the rung below have ended."""
        place = self.place(index)
        return place.rung == 0 or all(member in results for member in self.members(place.bracket, place.rung - 1))

    def parent(self, index: int, results: Results) -> int | None:
        """The trial that one of a higher rung continues; ``None`` where too few have succeeded, so that it is skipped.

        Raises:
            ValueError: the trial is of rung 0, or not ready.
        """
        place = self.place(index)
        if place.rung == 0 or not self.ready(index, results):
            raise ValueError(f"trial {index} continues none yet")
        scores = ((results[member], member) for member in self.members(place.bracket, place.rung - 1))
        ranking = sorted((cycles, member) for cycles, member in scores if cycles is not None)
        return ranking[place.rank][1] if place.rank < len(ranking) else None


def rung_sizes(settings: HalvingSettings) -> tuple[int, ...]:
    """Trials in each rung of a bracket; a fraction of a trial counts as one."""
    sizes = [settings.first]
    for _ in settings.rungs:
        sizes.append(-(-sizes[-1] // settings.factor))
    return tuple(sizes)
