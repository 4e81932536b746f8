"""Proofs of bounds: arguments in turn, in a process of their own, and never above a schedule that exists."""

from collections.abc import Callable
from typing import Any

import pytest

from machine.certificates.certificate import Level, Refutation
from search.bounds import proving
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.multiplier_bound import ARGUMENT
from search.bounds.partitions import COUNTS
from search.bounds.proving import prove_bound, prove_by_multipliers, prove_shortest
from search.processes.isolate import Ending, Isolated
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.solver.solve_outcome import SolveLimits
from tests.search.cases import TAKEHOME, random_prepared
from tests.search.cpsat.corpus import SLOW, Saved

LIMITS = SolveLimits(20.0, workers=1)


def product() -> Any:
    """Its optimum is 36 cycles, and work alone proves fewer."""
    return Saved("", "matrix_product", "n=8", SLOW).prepared()


def answering(monkeypatch: pytest.MonkeyPatch, answer: Isolated[Any]) -> list[tuple[Callable[..., Any], float]]:
    """The calls in a process of their own; they come to ``answer``."""
    calls: list[tuple[Callable[..., Any], float]] = []

    def call(function: Callable[..., Any], arguments: object, seconds: float, *others: object) -> Isolated[Any]:
        calls.append((function, seconds))
        return answer

    monkeypatch.setattr(proving, "call_isolated", call)
    return calls


def test_without_limits_critical_path_and_work_are_all() -> None:
    for seed in range(5):
        prepared = random_prepared(seed)
        assert prove_bound(prepared) == lower_bound(prepared)


def test_multipliers_go_on_from_them() -> None:
    assert lower_bound(product()).cycles < 36
    proven = prove_bound(product(), LIMITS, 36)
    assert (proven.cycles, proven.argument, proven.level) == (36, ARGUMENT, Level.CHECKED)


def test_counting_goes_on_from_them_and_is_alone_where_a_proof_is_to_be_repeatable() -> None:
    repeatable = SolveLimits(60.0, deterministic_time=20.0, workers=1)
    counted = Bound(36, f"{COUNTS}, by CP-SAT", Refutation("counts", "CP-SAT", 35))
    assert prove_bound(product(), repeatable) == counted


@pytest.mark.parametrize("seed", range(4))
def test_no_bound_is_above_a_schedule_that_exists(seed: int) -> None:
    prepared = random_prepared(seed)
    length = decide(prepared, default_policy(TAKEHOME)).schedule.length
    for most in (None, length):
        assert lower_bound(prepared).cycles <= prove_bound(prepared, SolveLimits(3.0), most).cycles <= length


def test_a_bound_that_is_known_is_gone_on_from_and_never_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Bound(30, "a proof")
    assert prove_bound(random_prepared(1), known=known) is known
    calls = answering(monkeypatch, Isolated(Ending.TIMED_OUT, None, "late"))
    assert prove_bound(random_prepared(1), LIMITS, known=known) is known
    assert [function.__name__ for function, _ in calls] == ["multiplier_bound", "_counting_bound"]


def test_a_schedule_that_meets_the_bound_needs_no_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answering(monkeypatch, Isolated(Ending.RETURNED, Bound(99, "a proof")))
    prepared = random_prepared(1)
    assert prove_bound(prepared, LIMITS, lower_bound(prepared).cycles) == lower_bound(prepared)
    assert calls == []
    assert prove_bound(prepared, LIMITS, lower_bound(prepared).cycles + 1) == Bound(99, "a proof")


@pytest.mark.parametrize("ending", [Ending.CRASHED, Ending.RAISED, Ending.TIMED_OUT, Ending.OUT_OF_MEMORY])
def test_counting_that_fails_leaves_what_is_known(monkeypatch: pytest.MonkeyPatch, ending: Ending) -> None:
    calls = answering(monkeypatch, Isolated(ending, None, "for a reason"))
    prepared = random_prepared(1)
    assert prove_bound(prepared, LIMITS) == lower_bound(prepared)
    assert prove_shortest(prepared, 99, LIMITS) is None
    assert [function.__name__ for function, _ in calls] == ["multiplier_bound", "_counting_bound", "_refute"]
    assert sum(seconds for _, seconds in calls[:2]) > LIMITS.seconds


def test_a_length_is_proven_shortest_where_one_cycle_less_is_refuted() -> None:
    proven = prove_shortest(product(), 36, LIMITS)
    assert proven is not None
    assert proven.cycles == 36
    assert proven.argument.startswith(COUNTS)
    assert prove_shortest(product(), 37, SolveLimits(5.0, workers=1)) is None


def test_what_multipliers_have_proven_is_kept_whatever_ends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    known, proof = Bound(7, "a proof"), Bound(8, "another")
    told: list[Bound] = []

    def call(*arguments: Any) -> Isolated[Any]:
        for news in (None, proof, None):
            arguments[-1](news)
        return Isolated(Ending.CRASHED, None, "killed")

    monkeypatch.setattr(proving, "call_isolated", call)
    assert prove_by_multipliers(product(), known, 36, LIMITS, told.append) == proof
    assert told == [known, proof, proof]
