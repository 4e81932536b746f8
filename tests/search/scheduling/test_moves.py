"""Moves: never longer than its start, always legal, and the same again from the same seed."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from machine.graph.decision import Decision, Schedule, schedule_of
from machine.legality import check_decision
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.errors import AllocationError
from search.scheduling import moves as moves_module
from search.scheduling.decide import decide
from search.scheduling.incumbent import Incumbent, incumbent_of, try_keys
from search.scheduling.justification import justify
from search.scheduling.moves import Walked, try_moves
from search.scheduling.policy import Keys, default_policy
from search.tasks.candidate import make_candidate
from tests.search.cases import (
    TAKEHOME,
    assert_computes,
    machines,
    needed_words,
    random_prepared,
    with_scratch,
)


def start_of(prepared: PreparedGraph) -> Incumbent:
    """A justified list schedule."""
    policy = default_policy(prepared.machine)
    return justify(prepared, incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order))


def search(prepared: PreparedGraph, start: Incumbent, moves: int = 40, seed: str = "0") -> Incumbent:
    return try_moves(prepared, start, moves, seed).best


def assert_sound(prepared: PreparedGraph, decision: Decision, random: Random) -> None:
    program = make_candidate(prepared, decision).program
    assert check_decision(prepared.graph, decision, program) == []
    assert_computes(prepared, decision, program, random)


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: machine.name)
def test_it_never_lengthens_a_schedule_and_stays_legal(machine: Machine) -> None:
    gained = 0
    for seed in range(2, 8):
        prepared = random_prepared(seed, machine, 40)
        start = start_of(prepared)
        found = search(prepared, start, seed=str(seed))
        assert found.cycles <= start.cycles
        assert_sound(prepared, found.decision, Random(seed))
        gained += start.cycles - found.cycles
    assert gained > 0


def test_a_schedule_that_is_not_justified_is_a_start_too() -> None:
    gained, policy = 0, default_policy(TAKEHOME)
    for seed in range(6):
        prepared = random_prepared(seed, TAKEHOME, 40)
        start = incumbent_of(prepared.flat, decide(prepared, policy), policy.engine_order)
        found = search(prepared, start, 10)
        assert found.cycles <= start.cycles
        assert_sound(prepared, found.decision, Random(seed))
        gained += start.cycles - found.cycles
    assert gained > 0


def test_what_is_found_is_the_very_schedule_of_its_keys() -> None:
    for seed in range(6):
        prepared = random_prepared(seed, TAKEHOME, 40)
        start = start_of(prepared)
        found = search(prepared, start)
        assert found is not start
        made = try_keys(prepared, found.keys, default_policy(TAKEHOME).engine_order)
        assert made is not None
        assert np.array_equal(made.cycles, found.decision.schedule.cycles)


def test_it_keeps_to_scratch_where_there_is_only_just_enough() -> None:
    """Orders for which no addresses are found are passed over."""
    searched = 0
    for seed in range(12):
        roomy = random_prepared(seed, TAKEHOME, 40)
        prepared = with_scratch(roomy, needed_words(roomy) + 4)
        try:
            start = start_of(prepared)
        except AllocationError:
            continue
        found = search(prepared, start)
        assert found.cycles <= start.cycles
        assert_sound(prepared, found.decision, Random(seed))
        searched += 1
    assert searched >= 6


def test_the_same_seed_gives_the_same_and_another_something_else() -> None:
    prepared = random_prepared(2, TAKEHOME, 60)
    start = start_of(prepared)
    first, second, other = (search(prepared, start, seed=seed) for seed in ("1:0:0", "1:0:0", "1:0:1"))
    assert np.array_equal(first.keys, second.keys)
    assert np.array_equal(first.decision.schedule.cycles, second.decision.schedule.cycles)
    assert not np.array_equal(first.keys, other.keys)


def test_more_moves_are_never_worse() -> None:
    prepared = random_prepared(3, TAKEHOME, 60)
    start = start_of(prepared)
    cycles = [search(prepared, start, moves).cycles for moves in (0, 1, 10, 100)]
    assert cycles[0] == start.cycles
    assert cycles == sorted(cycles, reverse=True)


def test_no_moves_give_back_the_start() -> None:
    prepared = random_prepared(3)
    start = start_of(prepared)
    assert search(prepared, start, 0) is start


def test_the_start_is_not_changed() -> None:
    prepared = random_prepared(4, TAKEHOME, 40)
    start = start_of(prepared)
    keys, cycles = start.keys.copy(), start.decision.schedule.cycles.copy()
    search(prepared, start)
    assert np.array_equal(start.keys, keys)
    assert np.array_equal(start.decision.schedule.cycles, cycles)


@pytest.mark.parametrize("missing", ["schedules", "addresses"])
def test_moves_that_lead_to_no_schedule_or_to_no_addresses_leave_the_start(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(*arguments: object) -> None:
        return None

    prepared = random_prepared(4, TAKEHOME, 40)
    start = start_of(prepared)
    if missing == "schedules":
        monkeypatch.setattr(moves_module, "try_keys", find_nothing)
    else:
        monkeypatch.setattr(Incumbent, "replaced", find_nothing)
    assert search(prepared, start) is start


def test_what_is_hardly_longer_than_the_best_is_justified_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to two cycles longer."""
    prepared = random_prepared(3, TAKEHOME, 60)
    start = start_of(prepared)
    lengths = []

    def note(prepared: PreparedGraph, made: Schedule, engine_order: Sequence[int], penalty: float) -> None:
        lengths.append(made.length)

    monkeypatch.setattr(moves_module, "justify_once", note)
    assert search(prepared, start, 200).cycles == start.cycles
    assert set(lengths) == {start.cycles, start.cycles + 1, start.cycles + 2}


def test_justification_that_lengthens_what_a_move_led_to_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def lengthen(
        prepared: PreparedGraph, made: Schedule, engine_order: Sequence[int], penalty: float
    ) -> tuple[Keys, Schedule]:
        cycles = np.where(made.cycles >= 0, made.cycles + 1, made.cycles)
        return np.zeros(len(cycles)), schedule_of(prepared.flat, cycles)

    prepared = random_prepared(3, TAKEHOME, 60)
    start = start_of(prepared)
    monkeypatch.setattr(moves_module, "justify_once", lengthen)
    found = search(prepared, start)
    assert found is not start
    assert found.keys.any()
    assert found.decision.schedule.cycles[found.decision.schedule.cycles >= 0].min() == 0


def test_moves_gain_more_where_what_they_lead_to_is_justified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2471 cycles in all 21 are gained, without it 9."""

    def do_not_justify(*arguments: object) -> None:
        return None

    cases = [random_prepared(seed, machine, 60) for machine in machines() for seed in range(4)]
    starts = [start_of(prepared) for prepared in cases]
    before = sum(start.cycles for start in starts)
    with_it = before - sum(search(prepared, start).cycles for prepared, start in zip(cases, starts, strict=True))
    monkeypatch.setattr(moves_module, "justify_once", do_not_justify)
    without = before - sum(search(prepared, start).cycles for prepared, start in zip(cases, starts, strict=True))
    assert with_it > 1.5 * without


def test_no_move_begins_after_its_time() -> None:
    prepared = random_prepared(2, machines()[0], 40)
    start = start_of(prepared)
    assert try_moves(prepared, start, 10**9, "0", until=0.0) == Walked(start, 0)


def test_a_schedule_as_short_as_any_is_moved_no_more() -> None:
    prepared = random_prepared(2, machines()[0], 40)
    start = start_of(prepared)
    assert try_moves(prepared, start, 10**9, "0", least=start.cycles) == Walked(start, 0)
    best = search(prepared, start, 200).cycles
    assert best < start.cycles
    walked = try_moves(prepared, start, 10**9, "0", least=best)
    assert walked.best.cycles <= best
    assert walked.moves <= 200
