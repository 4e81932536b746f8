"""So much of a stage: never longer, legal, the same whenever it is run, and written as it is read."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine.errors import UserError
from search.processes.workers import InProcess
from search.strategy.progress import Progress, unwatched
from search.strategy.registry import STAGES
from search.strategy.solution import Solution
from search.strategy.stage import Measure
from search.strategy.stage_work import StageWork, do_works, format_works, make_work, parse_works
from tests.search.strategy.cases import assert_sound, context_of, essence, start_of, watched

WORKS = ["moves:80", "cp-sat:0.2", "exact:0.2", "windows:1", "justification:1", "moves:20,windows:0.5,exact:0.1"]

refining = {name: stage for name, stage in STAGES.items() if stage.needs_start}
amounts = {
    name: st.integers(1, 10**9).map(float) if stage.measure is Measure.SCHEDULES else st.floats(1e-3, 1e6)
    for name, stage in refining.items()
}
some_work = st.one_of([st.builds(StageWork, st.just(name), amount) for name, amount in amounts.items()])


def done(works: str, seed: str = "0:1") -> Solution:
    return do_works(context_of(seed=seed), parse_works(works), start_of(), unwatched())


@cache
def done_before(works: str) -> Solution:
    """What they came to the first time."""
    return done(works)


@pytest.mark.parametrize("works", WORKS)
def test_the_result_is_legal_and_no_longer(works: str) -> None:
    after = done_before(works)
    assert after.cycles <= start_of().cycles
    assert_sound(after)


@pytest.mark.parametrize("works", WORKS)
def test_the_same_seed_leads_to_the_same_decision(works: str) -> None:
    assert essence(done(works).incumbent.decision) == essence(done_before(works).incumbent.decision)


def test_another_seed_makes_other_moves() -> None:
    found = {str(essence(done("moves:80", seed).incumbent.decision)) for seed in ("0:1", "0:2", "0:3")}
    assert len(found) > 1


def test_more_moves_go_on_from_fewer() -> None:
    cycles = [done(works).cycles for works in ("none", "moves:20", "moves:200")]
    assert cycles[0] == start_of().cycles
    assert cycles == sorted(cycles, reverse=True)


def test_works_are_done_in_their_order_each_from_where_the_one_before_ended() -> None:
    seen: list[tuple[str, int | None]] = []

    def note(progress: Progress) -> None:
        seen.append((progress.stage, progress.cycles))

    found = do_works(context_of(), parse_works("moves:20,windows:0.5,exact:0.1"), start_of(), watched(note))
    stages = list(dict.fromkeys(stage for stage, _ in seen))
    assert stages == ["moves", "windows", "exact"][: len(stages)]
    assert len(stages) > 1
    cycles = [cycles for _, cycles in seen if cycles is not None]
    assert cycles == sorted(cycles, reverse=True)
    assert cycles[-1] == found.cycles


def test_a_walk_of_moves_is_one_walk() -> None:
    """Where rounds of four walks are for sessions: one move is a fourth of a round, and would be none."""
    watch = unwatched()
    do_works(context_of(), parse_works("moves:1"), start_of(), watch)
    assert watch.progress.schedules == 1


@pytest.mark.parametrize("works", ["moves:40", "windows:1,moves:40", "justification:1,moves:40"])
def test_an_interrupt_ends_them_for_half_of_the_work_is_nobodys_result(works: str) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_works(context_of(runner=InProcess()), parse_works(works), start_of(), watched(interrupt))


# As they are written


@given(st.lists(some_work, max_size=4).map(tuple))
def test_works_are_read_as_they_were_written(works: tuple[StageWork, ...]) -> None:
    """To the last digit: two that are written alike would be one value of a sweep, and one digest."""
    assert parse_works(format_works(works)) == works


def test_no_works_are_none() -> None:
    assert (parse_works("none"), format_works(())) == ((), "none")
    assert parse_works(" moves:40 , windows:0.5") == (StageWork("moves", 40.0), StageWork("windows", 0.5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"write '' as stage:amount, as in moves:400"),
        ("moves", r"write 'moves' as stage:amount"),
        ("moves:many", r"write 'moves:many' as stage:amount"),
        ("moves:40,", r"write '' as stage:amount"),
        ("magic:1", r"there is no stage 'magic' that goes on from a schedule: use justification, moves"),
        ("random:10", r"there is no stage 'random' that goes on from a schedule"),
        ("list:10", r"there is no stage 'list' that goes on from a schedule"),
        ("none:1", r"there is no stage 'none'"),
        ("moves:0", r"stage moves takes an integer of at least 1, not 0"),
        ("moves:1.5", r"stage moves takes an integer of at least 1, not 1\.5"),
        ("moves:nan", r"stage moves takes an integer of at least 1, not nan"),
        ("moves:inf", r"stage moves takes an integer of at least 1, not inf"),
        ("windows:0", r"stage windows takes a number above 0, not 0"),
        ("exact:-1", r"stage exact takes a number above 0, not -1"),
    ],
)
def test_wrong_words_are_the_users_error_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as told:
        parse_works(text)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(("name", "amount"), [("moves", float("nan")), ("windows", 0.0), ("random", 1.0), ("", 1.0)])
def test_no_such_work_is_made(name: str, amount: float) -> None:
    with pytest.raises(UserError):
        make_work(name, amount)
