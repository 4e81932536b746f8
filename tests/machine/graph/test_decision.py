"""Decisions as values: what follows from cycles, and that they survive JSON or are refused."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.builder import Kernel
from machine.graph.decision import OMITTED, Decision, decision_from_json, decision_to_json, schedule_of
from machine.graph.flat import FlatGraph, flatten
from machine.model import load_machine
from tests.machine.graph.graphs import GraphWriter, random_choice, random_schedule

TAKEHOME = load_machine("takehome")


def sum_and_product() -> FlatGraph:
    """A vector sum (slot 0, or lanes 1 to 8) and a scalar product of latency 5 (slot 9)."""
    kernel = Kernel(TAKEHOME.variant("slow", latencies={("alu", "*"): 5}), 0)
    zero = kernel.vector("zero", zero=True)
    kernel.binary("+", kernel.vector("sum"), zero, zero)
    kernel.scalar_binary("*", kernel.scalar("product"), zero[0], zero[0])
    return flatten(kernel.graph())


def cycles(*issued: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(issued, dtype=np.int64)


def test_implementations_follow_from_which_slots_issue() -> None:
    flat = sum_and_product()
    assert schedule_of(flat, cycles(0, *[-1] * 8, 3)).implementations.tolist() == [0, 0]
    assert schedule_of(flat, cycles(-1, *range(8), -1)).implementations.tolist() == [1, OMITTED]


def test_the_length_is_when_the_last_write_has_landed() -> None:
    flat = sum_and_product()
    assert schedule_of(flat, cycles(7, *[-1] * 8, 2)).length == 8
    assert schedule_of(flat, cycles(7, *[-1] * 8, 4)).length == 9
    assert schedule_of(flat, cycles(*[-1] * 10)).length == 0


def random_decision(seed: int) -> tuple[FlatGraph, Decision]:
    random = Random(seed)
    graph = GraphWriter(random, TAKEHOME).graph(10)
    flat = flatten(graph)
    issued = random_schedule(random, flat, random_choice(random, graph), 8)
    found = np.array([issued.get(slot, OMITTED) for slot in range(len(flat.slot_implementations))], dtype=np.int64)
    return flat, Decision(schedule_of(flat, found), np.array(graph.first_words[:-1], dtype=np.int64))


@pytest.mark.parametrize("seed", range(10))
def test_decisions_survive_json(seed: int) -> None:
    flat, decision = random_decision(seed)
    again = decision_from_json(flat, json.loads(json.dumps(decision_to_json(decision))))
    assert again.schedule.cycles.tolist() == decision.schedule.cycles.tolist()
    assert again.schedule.implementations.tolist() == decision.schedule.implementations.tolist()
    assert again.schedule.length == decision.schedule.length
    assert again.addresses.tolist() == decision.addresses.tolist()


def test_operations_left_out_and_buffers_without_an_address_survive_json() -> None:
    flat = sum_and_product()
    decision = Decision(schedule_of(flat, cycles(*[-1] * 9, 3)), cycles(0, OMITTED, 8))
    data = decision_to_json(decision)
    assert data == {"implementations": [OMITTED, 0], "cycles": [3], "addresses": [0, OMITTED, 8]}
    assert decision_from_json(flat, data).schedule.cycles.tolist() == [*[-1] * 9, 3]


GOOD = {"implementations": [0, 0], "cycles": [0, 3], "addresses": [0, 8, 16]}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"implementations": [0]}, "belongs to another graph"),
        ({"implementations": [0, 0, 0]}, "belongs to another graph"),
        ({"addresses": [0, 8]}, "belongs to another graph"),
        ({"implementations": [2, 0]}, "implementations that the graph does not have"),
        ({"implementations": [0, -2]}, "implementations that the graph does not have"),
        ({"cycles": [0]}, "another number of slots"),
        ({"implementations": [1, 0]}, "another number of slots"),
        ({"cycles": [0, -1]}, "cycles or addresses below 0"),
        ({"addresses": [0, -2, 16]}, "cycles or addresses below 0"),
        ({"cycles": ["x", 1]}, "not a decision"),
        ({"cycles": [[0], [1, 2]]}, "not a decision"),
        ({"cycles": [0, 2**70]}, "not a decision"),
        ({"implementations": None}, "not a decision"),
        ({"addresses": 3}, "not a decision"),
        ({"cycles": [[0, 1], [2, 3]]}, "not a decision"),
    ],
)
def test_what_is_no_decision_of_the_graph_is_refused(changed: dict[str, Any], problem: str) -> None:
    flat = sum_and_product()
    assert decision_from_json(flat, GOOD).schedule.length == 8
    with pytest.raises(UserError, match=problem):
        decision_from_json(flat, GOOD | changed)


@pytest.mark.parametrize("missing", list(GOOD))
def test_a_part_that_is_missing_is_named(missing: str) -> None:
    with pytest.raises(UserError, match=f"not a decision: .*{missing}"):
        decision_from_json(sum_and_product(), {name: part for name, part in GOOD.items() if name != missing})
