"""Rules that are found by enumeration are true, and those wanted are among them."""

import signal
import time
from threading import Timer

import pytest

from machine.model import Machine, load_machine, machine_from_data, machine_to_data
from rewriting.discovery import Discovery, discover
from rewriting.expressions import evaluate, names, operators
from rewriting.rule import format_rules, parse_rules
from search.processes.ending_signals import ending_signals_interrupt
from tests.generators import EDGE_WORDS

TAKEHOME = load_machine("takehome")


def with_opcodes(*kept: str) -> Machine:
    data = machine_to_data(TAKEHOME)
    data["name"] = "small"
    data["engines"] = {
        name: {**engine, "opcodes": [op for op in engine["opcodes"] if name != "valu" or op in kept]}
        for name, engine in data["engines"].items()
        if name in ("valu", "load", "store")
    }
    return machine_from_data(data, "test")


@pytest.fixture(scope="module")
def found() -> Discovery:
    return discover(with_opcodes("+", "-", "^", ">>", "<<"), seconds=15.0)


def test_many_rules_are_proven_and_a_core_is_kept(found: Discovery) -> None:
    assert len(found.proven) > 200
    assert 10 < len(found.core) < len(found.proven)
    assert all(rule.proof is not None for rule in found.proven)


def test_rules_that_are_wanted_are_found(found: Discovery) -> None:
    statements = {rule.statement for rule in found.proven}
    assert "(x ^ x) = 0" in statements
    assert "((x >> A) >> B) = (x >> (A + B)) when A < 32 and B < 32" in statements


def test_rules_speak_of_opcodes_that_the_machine_has(found: Discovery) -> None:
    for rule in found.proven:
        assert set(operators(rule.left)) <= {"+", "-", "^", ">>", "<<"}


def test_they_hold_on_boundary_words(found: Discovery) -> None:
    for rule in found.core:
        variables = sorted({name.name for name in names(rule.left)})
        for shift in range(len(EDGE_WORDS)):
            words = {v: EDGE_WORDS[(shift * (3 + 2 * n) + n) % len(EDGE_WORDS)] for n, v in enumerate(variables)}
            if rule.when is None or evaluate(rule.when, words):
                assert evaluate(rule.left, words) == evaluate(rule.right, words), (rule.statement, words)


def test_the_core_is_a_file_of_rules(found: Discovery) -> None:
    again = parse_rules(format_rules(found.core), "core")
    assert [(rule.name, rule.source) for rule in again] == [(rule.name, rule.source) for rule in found.core]
    assert all(rule.proof is not None for rule in again)


def test_time_is_a_limit() -> None:
    assert not discover(TAKEHOME, seconds=0.5).complete


def test_time_is_looked_at_within_a_slice_of_terms_too() -> None:
    began = time.monotonic()
    assert discover(TAKEHOME, seconds=0.0).terms > 0
    assert time.monotonic() - began < 10


def test_ctrl_c_ends_it_with_what_is_proven_by_then() -> None:
    """Sent while the prover runs, which may take a signal for itself, or be in a finalizer, which ignores it."""
    timer = Timer(4.0, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with ending_signals_interrupt():
        found = discover(with_opcodes("+", "-", "^", ">>", "<<"), seconds=120.0)
    timer.join()
    assert (found.interrupted, found.complete) == (True, False)
    assert found.proven
    assert found.seconds < 60
