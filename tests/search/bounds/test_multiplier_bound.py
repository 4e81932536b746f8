"""Bounds by multipliers: what chains and work cannot see, proven to the checker, and never above a schedule."""

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from threading import Timer

import pytest

from machine.certificates.certificate import Level, MultiplierCertificate, Wait
from machine.certificates.checker import check_certificate
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.bounds import multiplier_bound as bound_module
from search.bounds.bound import Bound
from search.bounds.chains_and_work import lower_bound
from search.bounds.multiplier_bound import ARGUMENT, multiplier_bound
from search.bounds.partitions import partitions
from search.bounds.time_indexed import Relaxed, readings, relax
from search.scheduling.decide import decide
from search.scheduling.policy import default_policy
from search.tasks.building import build_prepared
from search.tasks.task import resolve_task
from tests.search.bounds.test_brute_force import (
    MOST_SCHEDULES,
    all_decisions,
    is_accepted,
    schedules_within,
    tiny_graph,
)
from tests.search.cases import TAKEHOME, random_prepared


def hashes() -> PreparedGraph:
    """Sixteen vectors are loaded, hashed and stored: loads run in, and stores run out, two in a cycle."""
    task, _ = resolve_task("hash_vectors", "vectors=16", None, "takehome")
    return build_prepared(task, {})


def proven(prepared: PreparedGraph) -> MultiplierCertificate:
    bound = multiplier_bound(prepared, lower_bound(prepared), 30, 20.0)
    assert isinstance(bound.certificate, MultiplierCertificate)
    return bound.certificate


def test_work_that_runs_in_and_out_is_seen() -> None:
    prepared = hashes()
    assert lower_bound(prepared).cycles == 27
    bound = multiplier_bound(prepared, lower_bound(prepared), 30, 20.0)
    assert (bound.cycles, bound.argument) == (30, ARGUMENT)
    assert check_certificate(prepared.graph, 30, bound.certificate) is Level.CHECKED


def test_every_bound_is_told_as_soon_as_it_is_proven() -> None:
    prepared, told = hashes(), list[Bound]()
    bound = multiplier_bound(prepared, lower_bound(prepared), 33, 20.0, 1, told.append)
    assert told[-1] is bound
    assert [each.cycles for each in told] == sorted({each.cycles for each in told})


def test_with_two_threads_it_is_the_same() -> None:
    prepared = hashes()
    for most in (30, 33):
        bound = multiplier_bound(prepared, lower_bound(prepared), most, 20.0, 2)
        assert bound.cycles == multiplier_bound(prepared, lower_bound(prepared), most, 20.0).cycles
        assert check_certificate(prepared.graph, bound.cycles, bound.certificate) is Level.CHECKED


def test_a_solver_that_another_thread_interrupts_comes_to_no_end() -> None:
    prepared = hashes()
    classes = next(partitions(prepared)).classes

    def later(interrupt: Callable[[], object]) -> bool:
        Timer(0.2, interrupt).start()
        return True

    began = time.monotonic()
    assert relax(prepared, classes, 29, 1e-12, 60.0, later) is None
    assert time.monotonic() - began < 30
    assert relax(prepared, classes, 29, 1e-2, 60.0, lambda interrupt: False) is None


def test_without_its_waits_or_with_a_weight_too_many_it_proves_nothing() -> None:
    prepared, certificate = hashes(), proven(hashes())
    first, *others = certificate.waits
    raised = Wait(first.reader, first.source, first.first, tuple(100 * weight for weight in first.weights))
    for damaged in (replace(certificate, waits=()), replace(certificate, waits=(raised, *others))):
        with pytest.raises(ValueError, match="could pay"):
            check_certificate(prepared.graph, certificate.length + 1, damaged)


def test_a_length_of_which_there_is_a_schedule_is_never_refuted() -> None:
    for seed in range(4):
        prepared = random_prepared(seed)
        length = decide(prepared, default_policy(TAKEHOME)).schedule.length
        found = multiplier_bound(prepared, lower_bound(prepared), length + 3, 5.0)
        assert lower_bound(prepared).cycles <= found.cycles <= length


def test_no_schedule_of_a_tiny_graph_is_shorter() -> None:
    tried = 0
    for seed in range(100):
        prepared = prepare(tiny_graph(Random(seed)))
        path = Bound(prepared.chains.critical_path, "critical path")
        bound = multiplier_bound(prepared, path, lower_bound(prepared).cycles + 2, 5.0)
        if bound.certificate is not None and schedules_within(prepared, bound.cycles - 1) <= MOST_SCHEDULES:
            tried += 1
            assert not any(is_accepted(prepared, each) for each in all_decisions(prepared, bound.cycles - 1)), seed
    assert tried >= 5


def test_without_time_nothing_is_proven() -> None:
    prepared = hashes()
    known = lower_bound(prepared)
    assert multiplier_bound(prepared, known, 31, 0.0) is known
    assert multiplier_bound(prepared, known, known.cycles, 9.0) is known


@pytest.mark.parametrize(
    ("speeds", "asked"),
    [((0.8,), (1e-2,)), ((0.96, 0.9), (1e-2, 3e-3)), ((1.01, 1.001, 1.0, 1.0), (1e-2, 3e-3, 1e-3, 1e-4))],
    ids=["few digits decide", "a few more do", "none do"],
)
def test_more_digits_are_asked_for_only_where_fewer_leave_it_open(
    speeds: tuple[float, ...], asked: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, answers, accuracies = hashes(), iter(2 * speeds), []
    empty = MultiplierCertificate(29, (0,) * prepared.flat.operations, (), ())

    def answer(*arguments: object) -> Relaxed:
        accuracies.append(arguments[3])
        return Relaxed(next(answers), empty)

    monkeypatch.setattr(bound_module, "relax", answer)
    known = Bound(29, "known")
    assert multiplier_bound(prepared, known, 30, 20.0) is known
    assert tuple(accuracies) == 2 * asked  # where addresses are free, then for the whole graph


def test_a_length_below_the_critical_path_has_no_program() -> None:
    prepared = hashes()
    classes = next(partitions(prepared)).classes
    assert relax(prepared, classes, prepared.chains.critical_path - 1, 1e-2, 5.0) is None


def test_every_read_counts_once_and_every_word_lands_once() -> None:
    prepared = hashes()
    flat, classes = prepared.flat, next(partitions(prepared)).classes
    found = list(readings(prepared, classes))
    assert found
    for reading in found:
        operation = classes.operations[reading.source]
        implementations = int(flat.operation_starts[operation + 1] - flat.operation_starts[operation])
        assert sum(part for *_, part in reading.landed) == pytest.approx(implementations)
