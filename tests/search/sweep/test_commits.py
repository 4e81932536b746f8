"""What reaches the leaderboard depends on the order of trials' numbers, never on that of their ends."""

from pathlib import Path
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from search.board.entry import Entry
from search.board.leaderboard import Leaderboard, Put
from search.processes.isolate import Ending
from search.sweep.commits import Commits
from search.sweep.study_run import StudyRun
from search.sweep.sweep_state import StudyState
from search.sweep.trial import TrialRequest
from search.sweep.trial_records import EndedTrial
from search.tasks.candidate import Candidate
from tests.search.sweep.fakes import found_of, sweep_of

SWEEP = sweep_of(studies=1)


class Board(Leaderboard):
    """Remembers what it was given."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self.given: list[tuple[int, int]] = []

    def put(self, entry: Entry, candidate: Candidate) -> Put:
        self.given.append((entry.cycles, entry.effort.schedules))
        return Put(entry, is_best=True)


class Way:
    """One study, and how its trials end."""

    def __init__(self, results: list[int | None], standing: int | None = None) -> None:
        self.results = results
        self.board = Board()
        self.study = StudyRun(SWEEP, 0, StudyState())
        self.commits = Commits(self.board, [self.study], standing, seed=0)

    def end(self, trial: int, *, found: bool = True, to_beat: int | None = None) -> None:
        cycles = self.results[trial]
        ended = EndedTrial(trial, 0, trial, Ending.RETURNED, cycles, schedules=1)
        self.study.state.note(ended)
        brought = found and cycles is not None and (to_beat is None or cycles < to_beat)
        self.commits.note(ended, found_of(request(trial), cast(int, cycles)) if brought else None)
        self.commits.advance(1)


def request(trial: int) -> TrialRequest:
    study = StudyRun(SWEEP, 0, StudyState())
    asked = study.ask(trial)
    assert asked is not None
    assert not isinstance(asked, EndedTrial)
    return study.request(asked, None)


def prefix_minima(results: list[int | None]) -> list[tuple[int, int]]:
    """Cycles that are below all before them, and how many trials there were until then."""
    least, kept = 10**9, []
    for number, cycles in enumerate(results):
        if cycles is not None and cycles < least:
            least = cycles
            kept.append((cycles, number + 1))
    return kept


results_of_trials = st.lists(st.none() | st.integers(1, 12), min_size=1, max_size=12)


@given(results_of_trials, st.data())
def test_in_whatever_order_trials_end_the_same_is_committed(results: list[int | None], data: st.DataObject) -> None:
    """Each is told what is to beat when it is submitted, at some time before it ends."""
    way = Way(results)
    ends = data.draw(st.permutations(range(len(results))))
    submitted: dict[int, int | None] = {}
    for trial in ends:
        for later in data.draw(st.lists(st.sampled_from(ends), max_size=3)):
            submitted.setdefault(later, way.commits.to_beat(later))
        way.end(trial, to_beat=submitted.setdefault(trial, way.commits.to_beat(trial)))
        assert way.commits.missing is None
    assert way.board.given == prefix_minima(results)


@given(results_of_trials, st.sets(st.integers(0, 11)))
def test_lost_programs_are_asked_for_and_committed_in_their_turn(results: list[int | None], lost: set[int]) -> None:
    way = Way(results)
    for trial in range(len(results)):
        way.end(trial, found=trial not in lost)
    while (missing := way.commits.missing) is not None:
        assert missing in lost
        way.commits.repeated(missing, found_of(request(missing), cast(int, results[missing])))
        way.commits.advance(1)
    assert way.board.given == prefix_minima(results)


def test_a_result_waits_for_all_before_it() -> None:
    way = Way([9, 8, 7])
    way.end(2)
    way.end(1)
    assert way.board.given == []
    way.end(0)
    assert way.board.given == [(9, 1), (8, 2), (7, 3)]


def test_what_is_not_shorter_than_something_before_it_is_let_go_at_once() -> None:
    way = Way([9, 5, 4, 4, 6])
    for trial in (4, 3, 2, 1):
        way.end(trial)
    assert sorted(way.commits._found) == [1, 2]


def test_what_is_to_beat_is_known_from_all_that_ended_before() -> None:
    way = Way([9, 5, 7, 3])
    assert way.commits.to_beat(3) is None
    way.end(2)
    assert (way.commits.to_beat(1), way.commits.to_beat(3)) == (None, 7)
    way.end(0)
    assert (way.commits.to_beat(1), way.commits.to_beat(3)) == (9, 7)
    way.end(1)
    assert way.commits.to_beat(3) == 5


def test_what_the_leaderboard_had_already_is_not_run_again() -> None:
    """After a restart: results are known, their programs are not, and the best of them was committed."""
    way = Way([9, 5, 4], standing=5)
    for trial in range(3):
        way.end(trial, found=False)
    assert way.commits.missing == 2


def test_a_program_that_is_missing_twice_is_done_without() -> None:
    way = Way([9, 5])
    way.end(0, found=False)
    way.end(1)
    assert way.commits.missing == 0
    way.commits.repeated(0, None)
    way.commits.advance(1)
    assert way.board.given == [(5, 2)]


def test_at_the_end_gaps_and_missing_programs_are_passed_over() -> None:
    way = Way([9, 8, 7, 6, 5])
    way.end(1, found=False)
    way.end(2)
    way.end(4)
    way.commits.finish(1)
    assert way.board.given == [(7, 2), (5, 3)]
    assert way.commits.entry is not None
    assert way.commits.entry.cycles == 5
