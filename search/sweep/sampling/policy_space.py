"""The policies that a sweep searches: dimensions of the list scheduler's priorities, and what a point makes of them.

A trial walks from the policy of its point, so that fine steps and differences between engines are the walk's affair;
the dimensions are what a walk is slow to find.  Ranges are those of :func:`search.scheduling.policy.sample_policy`.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from machine.model import Engine, Machine
from machine.opcodes import Effect
from search.scheduling.policy import Policy, default_policy
from search.sweep.sampling.dimension import Choices, Coordinate, Dimension, Reals

_LEAST = {"order": 1.0, "tail": 0.01, "noise": 0.01}
"""Of weights that are searched by size: below lies one decade in which they count as 0."""

_MOST = {"order": 1000.0, "tail": 0.5, "noise": 3.0}

_STORES = (Effect.STORE, Effect.STORE_VECTOR)


def policy_dimensions(machine: Machine) -> dict[str, Dimension]:
    """The dimensions of policies for a machine, by name; each begins where the default policy is."""
    policy = default_policy(machine)
    dimensions: dict[str, Dimension] = {
        "policy.order": _by_size("order", policy.order),
        "policy.stream": Reals(policy.stream, 0.0, 2.0),
        "policy.tail": _by_size("tail", policy.tail),
        "policy.noise": _by_size("noise", policy.noise),
        "policy.step": Reals(policy.steps[0], 0.0, 1.0),
    }
    for engine, weight in zip(machine.scored_engines, policy.alternatives, strict=True):
        if _has_alternatives(engine):
            dimensions[f"policy.alternatives.{engine.name}"] = Reals(weight, -1.0, 3.0)
    names = tuple(engine.name for engine in machine.scored_engines)
    dimensions["policy.first"] = Choices(names[policy.engine_order[0]], names)
    return dimensions


def policy_of(machine: Machine, point: Mapping[str, Coordinate], seed: str) -> Policy:
    """The policy of a point; as by default where the point says nothing.

    Args:
        machine: the machine.
        point: coordinates by dimension; those that are not of policies are passed over.
        seed: of the policy's random part.
    """
    policy, engines = default_policy(machine), machine.scored_engines

    def weight(name: str, default: float) -> float:
        found = float(point.get(f"policy.{name}", default))
        return found if found >= _LEAST.get(name, found) else 0.0

    first = next((n for n, engine in enumerate(engines) if engine.name == point.get("policy.first")), None)
    return replace(
        policy,
        order=weight("order", policy.order),
        stream=weight("stream", policy.stream),
        tail=weight("tail", policy.tail),
        noise=weight("noise", policy.noise),
        steps=tuple(weight("step", step) for step in policy.steps),
        alternatives=tuple(
            weight(f"alternatives.{engine.name}", default)
            for engine, default in zip(engines, policy.alternatives, strict=True)
        ),
        engine_order=_with_first(policy.engine_order, first),
        seed=Random(seed).getrandbits(32),
    )


def _by_size(name: str, default: float) -> Reals:
    low, high = _LEAST[name] / 10, _MOST[name]
    return Reals(min(max(default, low), high), low, high, by_size=True)


def _has_alternatives(engine: Engine) -> bool:
    """Whether an operation of the engine may be one that can issue elsewhere; a store cannot."""
    return any(opcode.effect not in _STORES for opcode in engine.opcodes.values())


def _with_first(order: tuple[int, ...], first: int | None) -> tuple[int, ...]:
    """An order of engines in which one has come to the front."""
    return order if first is None else (first, *(number for number in order if number != first))
