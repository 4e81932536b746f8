"""Puts the results for a task on the leaderboard in the order of their trials' numbers, whenever they come.

A result belongs there if it is shorter than all before it, so that what the leaderboard shows does not depend on which
trial was the fastest.
"""

from collections.abc import Sequence
from dataclasses import replace

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.sweep.study_run import StudyRun
from search.sweep.trial import Found
from search.sweep.trial_records import EndedTrial


class Commits:
    """The way to the leaderboard of the results of one task's studies: one study, or several that fix other knobs.

    Args:
        board: the leaderboard.
        studies: the studies; their states are updated elsewhere while the sweep runs.
        standing: the cycles of the best entry that the leaderboard had for the task before, if any.
        seed: the seed of the sweep.

    Attributes:
        entry: the shortest entry of this run so far, with its cost.
        is_record: whether the leaderboard has accepted ``entry``.
    """

    def __init__(self, board: Leaderboard, studies: Sequence[StudyRun], standing: int | None, seed: int) -> None:
        self.entry: Entry | None = None
        self.is_record = False
        self._board = board
        self._studies = {study.number: study for study in studies}
        self._standing = standing
        self._seed = seed
        self._next = dict.fromkeys(self._studies, 0)
        self._least: int | None = None
        self._found: dict[int, Found] = {}
        self._hopeless: set[int] = set()
        self._schedules = 0
        self._seconds = 0.0

    @property
    def missing(self) -> int | None:
        """The number of a trial that must run once more: its result is next, and its program is not here."""
        ended = self._next_ended()
        return ended.trial if ended is not None and self._lacks_program(ended) else None

    def to_beat(self, trial: int) -> int | None:
        """Cycles below which a trial's result may belong on the leaderboard, from what has ended before it."""
        known = [self._least]
        for study in self._studies.values():
            waiting = range(self._next[study.number], study.trials_below(trial))
            known += [study.state.cycles.get(index) for index in waiting]
        return min((cycles for cycles in known if cycles is not None), default=None)

    def note(self, ended: EndedTrial, found: Found | None) -> None:
        """Take in a trial that has ended.  Its program is dropped once an earlier trial is known to be as short."""
        if found is not None:
            self._found[ended.trial] = found
        for trial in [trial for trial in self._found if trial >= ended.trial]:
            to_beat = self.to_beat(trial)
            if to_beat is not None and self._found[trial].entry.cycles >= to_beat:
                del self._found[trial]

    def repeated(self, trial: int, found: Found | None) -> None:
        """Take the program of a trial that was run once more; if there is none again, do without."""
        if found is None:
            self._hopeless.add(trial)
        else:
            self._found[trial] = found

    def advance(self, workers: int) -> None:
        """Commit what is next, until something that is next has not ended or its program is not here."""
        while (ended := self._next_ended()) is not None and not self._lacks_program(ended):
            self._settle(ended, workers)

    def finish(self, workers: int) -> None:
        """Commit all there is, passing over what has not ended or whose program is not here."""
        left = [
            ended
            for study in self._studies.values()
            for ended in study.state.ended.values()
            if ended.index >= self._next[study.number]
        ]
        for ended in sorted(left, key=lambda ended: ended.trial):
            self._settle(ended, workers)

    def _next_ended(self) -> EndedTrial | None:
        """The trial that is next, if it has ended."""
        going = [s for s in self._studies.values() if s.end is None or self._next[s.number] < s.end]
        if not going:
            return None
        study = min(going, key=lambda study: study.trial_number(self._next[study.number]))
        return study.state.ended.get(self._next[study.number])

    def _improves(self, ended: EndedTrial) -> bool:
        return ended.cycles is not None and (self._least is None or ended.cycles < self._least)

    def _lacks_program(self, ended: EndedTrial) -> bool:
        """Whether the result belongs on the leaderboard, cannot be put there, and is not there already."""
        if not self._improves(ended) or ended.trial in self._found or ended.trial in self._hopeless:
            return False
        assert ended.cycles is not None
        return self._standing is None or ended.cycles < self._standing

    def _settle(self, ended: EndedTrial, workers: int) -> None:
        schedules, seconds = self._schedules + ended.schedules, self._seconds + ended.seconds
        if self._improves(ended) and not self._lacks_program(ended):
            if ended.trial in self._found:
                self._commit(self._found[ended.trial], schedules, seconds, workers)
            self._least = ended.cycles
        self._found.pop(ended.trial, None)
        self._schedules, self._seconds = schedules, seconds
        self._next[ended.study] = ended.index + 1
        self._studies[ended.study].state.settled(ended.index)

    def _commit(self, found: Found, schedules: int, seconds: float, workers: int) -> None:
        wall = round(seconds / max(1, workers), 1)
        effort = replace(found.entry.effort, seed=self._seed, schedules=schedules, seconds=wall, workers=workers)
        put = self._board.put(replace(found.entry, effort=effort), found)
        self.entry, self.is_record = put.entry, put.is_best
