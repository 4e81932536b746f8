"""Every slot of every engine is accounted for, and the reasons given are those that trying finds."""

import numpy as np
import pytest

from machine.model import Machine
from search.explain.idle_slots import REASONS, EngineUse, IdleReason
from tests.search.explain.explained import MACHINES, SEEDS, Explained, crowded, random_explained


def slots_after(case: Explained, engine: int, cycle: int) -> list[int]:
    cycles = case.schedule.cycles
    return ((case.prepared.flat.slot_engines == engine) & (cycles > cycle)).nonzero()[0].tolist()  # type: ignore[no-any-return]


def reason_by_trying(case: Explained, engine: int, cycle: int) -> IdleReason:
    later = slots_after(case, engine, cycle)
    told = case.told.readiness
    if not later:
        return IdleReason.NOTHING_LEFT
    ready = [slot for slot in later if told.ready[slot] <= cycle]
    if not ready:
        return IdleReason.NOT_READY
    return IdleReason.PUT_OFF if any(told.room[slot] <= cycle for slot in ready) else IdleReason.SCRATCH


def assert_reasons(case: Explained) -> None:
    for number, use in enumerate(case.told.engines):
        assert use.issued + sum(use.idle.values()) == use.slots * case.schedule.length
        for cycle in range(case.schedule.length):
            if use.used[cycle] == use.slots:
                assert use.reasons[cycle] == -1
            else:
                assert REASONS[use.reasons[cycle]] is reason_by_trying(case, number, cycle), (use.name, cycle)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_idle_slots_have_the_reasons_that_trying_finds(machine: Machine) -> None:
    for seed in SEEDS:
        assert_reasons(random_explained(seed, machine))


@pytest.mark.parametrize("seed", SEEDS)
def test_idle_slots_where_scratch_is_tight(seed: int) -> None:
    assert_reasons(crowded(seed))


def test_some_slots_are_idle_because_scratch_is_full() -> None:
    assert any(use.idle[IdleReason.SCRATCH] for seed in (5, 12) for use in crowded(seed).told.engines)


def use_of(used: list[int], slots: int = 2) -> EngineUse:
    counts = np.array(used, dtype=np.int64)
    return EngineUse("alu", slots, counts, np.where(counts < slots, 0, -1), 0, 0)


def test_utilisation_is_the_share_of_slots_issued() -> None:
    use = use_of([0, 1, 2, 2])
    assert (use.issued, use.utilisation) == (5, 5 / 8)
    assert use.utilisation_in(2) == [0.25, 1.0]
    assert use.utilisation_in(9) == [0.0, 0.5, 1.0, 1.0]


def test_an_engine_of_no_cycles_is_not_used() -> None:
    assert (use_of([]).utilisation, use_of([]).utilisation_in(3)) == (0.0, [0.0])


def test_ramp_and_drain_lie_around_the_cycles_in_which_all_slots_issue() -> None:
    for seed in SEEDS:
        case = random_explained(seed, MACHINES[0])
        for use in case.told.engines:
            full = [cycle for cycle, count in enumerate(use.used) if count == use.slots]
            some = full or [cycle for cycle, count in enumerate(use.used) if count]
            if some:
                assert (use.ramp, use.drain) == (some[0], case.schedule.length - 1 - some[-1])
