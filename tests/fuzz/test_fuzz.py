"""A minute of fuzzing with every run of the tests, from a new seed; and that fuzzing would find what it looks for."""

from dataclasses import replace
from random import Random, SystemRandom
from typing import Any

import pytest

from machine.certificates.certificate import Level
from machine.interpreter import interpret
from search.board.entry import Entry
from search.board.recheck import Recheck, Verdict
from search.bounds.chains_and_work import lower_bound
from tests.fuzz import files, mutations, proofs
from tests.fuzz.running import fuzz, table, targets
from tests.machine import test_agreement

SECONDS = 3.0


@pytest.mark.slow
@pytest.mark.parametrize("name", [each.name for each in targets()])
def test_nothing_is_found_in_seconds(name: str) -> None:
    (target,) = [each for each in targets() if each.name == name]
    finding = fuzz([target], SystemRandom().randrange(1 << 32), SECONDS)
    assert finding is None, finding
    assert target.cases > 0
    assert name in "\n".join(table([target]))


def found(name: str, cases: int) -> str:
    (target,) = [each for each in targets() if each.name == name]
    finding = fuzz([target], 1, 60.0, cases)
    assert finding is not None
    return finding


def nothing_is_wrong(*arguments: object) -> list[str]:
    return []


@pytest.mark.parametrize("name", ["decisions", "programs"])
def test_a_checker_that_refuses_nothing_would_be_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(mutations, "check_decision", nothing_is_wrong)
    finding = found(name, 20)
    assert f"python -m tests.fuzz --seed 1 --only {name} --cases" in finding


def test_a_bound_that_is_one_too_high_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def higher(prepared: Any) -> Any:
        bound = lower_bound(prepared)
        return replace(bound, cycles=bound.cycles + 1)

    monkeypatch.setattr(proofs, "lower_bound", higher)
    monkeypatch.setattr(proofs, "check_certificate", lambda *arguments: Level.CHECKED)
    assert "a schedule is shorter than" in found("bounds", 20)
    assert "a damaged certificate is accepted" in found("certificates", 1)


def test_simulators_that_differ_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        test_agreement, "interpret", lambda *arguments: replace(interpret(*arguments), cycles=-1, fault=None)
    )
    assert "AssertionError" in found("simulators", 5)


def test_a_check_that_believes_entries_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def believing(folder: object, entry: Entry, *more: object) -> Recheck:
        return Recheck(entry, Verdict.VALID, bound=entry.bound)

    monkeypatch.setattr(files, "recheck", believing)
    monkeypatch.setattr(files, "_RECHECKED", 1.0)
    assert "a false entry validates" in found("entries", 60)


def test_changed_bytes_and_values_are_other_ones() -> None:
    raw = b'{"a": [1, {"b": 2}], "c": "text"}'
    changed = [files.changed_bytes(raw, Random(seed)) for seed in range(40)]
    assert len(set(changed)) > 30
    values = [repr(files.changed_values({"a": [1, {"b": 2}], "c": "text"}, Random(seed))) for seed in range(40)]
    assert len(set(values)) > 25
