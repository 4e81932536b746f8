"""Policies: what their weights do, and that draws from them are policies."""

import json
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from machine.errors import UserError
from machine.graph.builder import BinaryEngines, Kernel
from machine.graph.flat import FlatGraph, flatten
from search.files.schema import SchemaError
from search.scheduling.policy import Policy, default_policy, mutate_policy, sample_policy, urgencies
from tests.search.cases import TAKEHOME, random_prepared

ENGINES = len(TAKEHOME.scored_engines)
INDIFFERENT = replace(default_policy(TAKEHOME), order=0.0, stream=0.0, tail=0.0, alternatives=(0.0,) * ENGINES)


def three_operations() -> FlatGraph:
    """Streams 0, 1, 1 and steps 0, 0, 1; only the first has two implementations."""
    kernel = Kernel(TAKEHOME, 0)
    zero = kernel.vector("zero", zero=True)
    for stream, step in ((0, 0), (1, 0), (1, 1)):
        with kernel.at(stream, step):
            kernel.binary(
                "+",
                kernel.vector("sum"),
                zero,
                zero,
                engines=BinaryEngines.EITHER if stream == 0 else BinaryEngines.VALU,
            )
    return flatten(kernel.graph())


def keys(policy: Policy, tails: tuple[int, ...] = (1, 1, 1)) -> list[float]:
    """Keys of the three valu slots, rounded."""
    flat = three_operations()
    found = urgencies(policy, TAKEHOME, flat, np.array(tails, dtype=np.int64))
    slots = [flat.implementation_starts[flat.operation_starts[operation]] for operation in range(3)]
    return [round(float(found[slot]), 6) for slot in slots]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, [0, 0, 0]),
        ({"stream": 2.0}, [0, 2, 2]),
        ({"order": 3.0}, [0, 1, 2]),
        ({"tail": 0.5}, [-0.5, -2, -1]),
        ({"steps": (1.5,) * ENGINES}, [0, 0, -1.5]),
        ({"alternatives": (4.0,) * ENGINES}, [4, 0, 0]),
    ],
)
def test_each_weight_does_what_it_says(changed: dict[str, Any], expected: list[float]) -> None:
    assert keys(replace(INDIFFERENT, **changed), (1, 4, 2)) == expected


def test_weights_by_engine_are_those_of_a_slots_own_engine() -> None:
    flat = three_operations()
    weights = tuple(float(number) for number in range(ENGINES))
    found = urgencies(replace(INDIFFERENT, alternatives=weights), TAKEHOME, flat, np.zeros(3, dtype=np.int64))
    first = flat.slots_of(0)[0], flat.slots_of(1)[0]
    assert [found[slot] for slot in first] == [flat.slot_engines[slot] for slot in first]


def test_noise_depends_on_the_seed_and_is_the_same_for_all_slots_of_an_operation() -> None:
    flat = random_prepared(1).flat
    tails = np.zeros(flat.operations, dtype=np.int64)
    one, same, other = (
        urgencies(replace(INDIFFERENT, noise=2.0, seed=seed), TAKEHOME, flat, tails) for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()
    assert one.min() >= 0 and one.max() <= 2
    owners = flat.implementation_operations[flat.slot_implementations]
    assert all(len(set(one[owners == operation].tolist())) == 1 for operation in range(flat.operations))


def assert_valid(policy: Policy) -> None:
    assert sorted(policy.engine_order) == list(range(ENGINES))
    assert len(policy.steps) == len(policy.alternatives) == ENGINES
    assert min(policy.order, policy.stream, policy.tail, policy.noise) >= 0
    assert np.isfinite([policy.order, policy.stream, policy.tail, policy.noise, *policy.steps]).all()


def test_draws_and_their_mutations_are_policies() -> None:
    random = Random(0)
    assert_valid(default_policy(TAKEHOME))
    for _ in range(100):
        policy = sample_policy(TAKEHOME, random)
        assert_valid(policy)
        for _ in range(5):
            policy = mutate_policy(policy, random)
            assert_valid(policy)


def test_the_same_seed_draws_the_same_policies() -> None:
    first, second = (sample_policy(TAKEHOME, Random(7)) for _ in range(2))
    assert first == second
    assert mutate_policy(first, Random(3)) == mutate_policy(second, Random(3))


def test_a_mutation_is_near_what_it_comes_from() -> None:
    policy = sample_policy(TAKEHOME, Random(1))
    mutations = [mutate_policy(policy, Random(seed)) for seed in range(50)]
    assert sum(mutation.stream == policy.stream for mutation in mutations) > 20
    assert len(set(mutations)) > 40


def test_policies_survive_json() -> None:
    policy = sample_policy(TAKEHOME, Random(5))
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"order": "20"}, "order must be a number"),
        ({"order": True}, "order must be a number"),
        ({"tail": float("nan")}, "tail must be a number"),
        ({"noise": 1e300}, "noise must be a number"),
        ({"steps": 3}, "steps must be a list"),
        ({"steps": [0.0] * 33}, "steps must be a list of at most 32"),
        ({"engine_order": [0, 1.0]}, r"engine_order\[1\] must be an integer"),
        ({"engine_order": [-1]}, r"engine_order\[0\] must be an integer from 0"),
        ({"seed": -1}, "seed must be an integer from 0"),
        ({"more": 1}, "more must be left out"),
    ],
)
def test_what_is_no_policy_is_not_read(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        Policy.from_json({**default_policy(TAKEHOME).to_json(), **changed})


@pytest.mark.parametrize(
    "changed", [{"steps": ()}, {"alternatives": (0.0,)}, {"engine_order": (0,) * ENGINES}, {"engine_order": (31,)}]
)
def test_a_policy_is_for_the_engines_of_a_machine(changed: dict[str, Any]) -> None:
    default_policy(TAKEHOME).require_for(TAKEHOME)
    with pytest.raises(UserError, match="the policy is not for the 5 engines of machine takehome"):
        replace(default_policy(TAKEHOME), **changed).require_for(TAKEHOME)


def test_a_policys_data_is_what_json_gives_back() -> None:
    data = default_policy(TAKEHOME).to_json()
    assert json.loads(json.dumps(data)) == data


def test_engines_with_few_slots_choose_first_by_default_but_loads_last() -> None:
    names = [TAKEHOME.scored_engines[engine].name for engine in default_policy(TAKEHOME).engine_order]
    assert names == ["flow", "store", "valu", "alu", "load"]
