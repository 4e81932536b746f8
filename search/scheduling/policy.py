"""Policies: the priorities of a list schedule."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine.errors import UserError
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.limits import MOST_ENGINES
from machine.model import Machine
from search.files.schema import integer, list_of, number, table

Keys = NDArray[np.float64]
"""A number for each slot: the least is the most urgent of its engine."""

_WEIGHT = number(-(2.0**64), 2.0**64)
_WEIGHTS = list_of(_WEIGHT, MOST_ENGINES)

check_policy = table(
    {
        **dict.fromkeys(("order", "stream", "tail", "noise"), _WEIGHT),
        **dict.fromkeys(("steps", "alternatives"), _WEIGHTS),
        "engine_order": list_of(integer(0, MOST_ENGINES - 1), MOST_ENGINES),
        "seed": integer(),
    }
)
"""The rule of a policy as data; whether it is for a machine, :meth:`Policy.require_for` says."""


@dataclass(frozen=True)
class Policy:
    """What makes an operation urgent, for each engine; weights in the unit "one step of a stream".

    Attributes:
        order: by position in the graph, from 0 for the first operation to this for the last.
        stream: for each further stream (group of walkers, say).
        tail: for each cycle of the longest chain that still follows, by which urgency grows.
        noise: of a random part, from 0 to this.
        steps: by engine, for each further step (round, say), by which urgency grows.
        alternatives: by engine, by which an operation is less urgent that could issue elsewhere.
        engine_order: the order in which engines choose in a cycle.
        seed: of the random part.
    """

    order: float
    stream: float
    tail: float
    noise: float
    steps: tuple[float, ...]
    alternatives: tuple[float, ...]
    engine_order: tuple[int, ...]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """The policy as plain data."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Policy":
        """Read what :meth:`to_json` gave.

        Raises:
            SchemaError: it is no policy.
        """
        check_policy(data, "")
        lists = {name: tuple(data[name]) for name in ("steps", "alternatives", "engine_order")}
        return Policy(**{**data, **lists})

    def require_for(self, machine: Machine) -> None:
        """Check that it has what it takes for each engine of a machine: compiled code relies on it.

        Raises:
            UserError: it is for a machine with other engines.
        """
        engines = len(machine.scored_engines)
        is_order = sorted(self.engine_order) == list(range(engines))
        if not is_order or not len(self.steps) == len(self.alternatives) == engines:
            raise UserError(f"the policy is not for the {engines} engines of machine {machine.name}")


def default_policy(machine: Machine) -> Policy:
    """Earlier streams first, in a stream what has the longest way to go; valu is for what nothing else can do.

    The weights are the best of a grid of 72 over four shapes of ``tree_hash``.
    """
    engines = machine.scored_engines
    return Policy(
        order=20.0,
        stream=1.0,
        tail=0.1,
        noise=0.0,
        steps=(0.0,) * len(engines),
        alternatives=tuple(2.0 if engine.has_vector_arithmetic else 0.0 for engine in engines),
        engine_order=_loads_last(machine),
        seed=0,
    )


def sample_policy(machine: Machine, random: Random) -> Policy:
    """A policy drawn at random."""
    engines = len(machine.scored_engines)
    step = random.choice((0.0, random.uniform(0.0, 1.0)))
    order = list(_loads_last(machine))
    if random.random() < 0.5:
        random.shuffle(order)
    return Policy(
        order=random.choice((0.0, 0.0, 10 ** random.uniform(0, 3))),
        stream=random.choice((1.0, 1.0, random.uniform(0.0, 2.0))),
        tail=random.choice((0.0, 10 ** random.uniform(-2, -0.3))),
        noise=random.choice((0.0, 10 ** random.uniform(-2, 0.5))),
        steps=tuple(step * random.uniform(0.5, 1.5) if random.random() < 0.5 else step for _ in range(engines)),
        alternatives=tuple(random.choice((0.0, random.uniform(-1.0, 3.0))) for _ in range(engines)),
        engine_order=tuple(order),
        seed=random.getrandbits(32),
    )


def mutate_policy(policy: Policy, random: Random) -> Policy:
    """A policy near another."""

    def near(weight: float, scale: float) -> float:
        if random.random() < 0.6:
            return weight
        return weight * random.uniform(0.7, 1.4) + random.gauss(0.0, scale) * (random.random() < 0.3)

    order = list(policy.engine_order)
    if random.random() < 0.2:
        a, b = random.randrange(len(order)), random.randrange(len(order))
        order[a], order[b] = order[b], order[a]
    return Policy(
        order=abs(near(policy.order, 3.0)),
        stream=abs(near(policy.stream, 0.1)),
        tail=abs(near(policy.tail, 0.01)),
        noise=abs(near(policy.noise, 0.1)),
        steps=tuple(near(weight, 0.1) for weight in policy.steps),
        alternatives=tuple(near(weight, 0.3) for weight in policy.alternatives),
        engine_order=tuple(order),
        seed=policy.seed if random.random() < 0.5 else random.getrandbits(32),
    )


def urgencies(policy: Policy, machine: Machine, flat: FlatGraph, tails: Ints) -> Keys:
    """A key for each slot, least first among those of its engine.

    Args:
        policy: the policy.
        machine: the machine, for its number of engines.
        flat: the graph.
        tails: cycles of the longest chain from the start of each operation.
    """
    noise = np.random.default_rng(policy.seed).random(flat.operations)
    common = (
        policy.order * np.arange(flat.operations) / max(1, flat.operations)
        + policy.stream * flat.streams
        - policy.tail * tails
        + policy.noise * noise
    )
    counts = np.diff(flat.implementation_starts[flat.operation_starts])  # of slots, which stand beside each other
    has_alternative = np.repeat(np.diff(flat.operation_starts) > 1, counts)
    steps = np.array(policy.steps)[flat.slot_engines]
    alternatives = np.array(policy.alternatives)[flat.slot_engines]
    keys: Keys = np.repeat(common, counts) - steps * np.repeat(flat.steps, counts) + alternatives * has_alternative
    return keys


def _loads_last(machine: Machine) -> tuple[int, ...]:
    """Engines with few slots first, but those that load last: what others read in a cycle a load may overwrite."""
    engines = machine.scored_engines

    def rank(number: int) -> tuple[bool, int]:
        return any(opcode.reads_memory for opcode in engines[number].opcodes.values()), engines[number].slots

    return tuple(sorted(range(len(engines)), key=rank))
