"""The variables of a model, and the expressions that constraints are written in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from machine.graph.flat import FlatGraph
from search.analysis.chains import Chains
from search.cpsat.lane_groups import ImplementationLanes, OperationLanes

Affine = cp_model.LinearExprT


@dataclass(frozen=True)
class Horizon:
    """The makespan lies between ``least`` and ``most``."""

    least: int
    most: int


@dataclass(frozen=True)
class Variables:
    """Everything the solver decides, and what is fixed around it.

    Attributes:
        starts: by operation that is free, the start of each lane.
        choices: by implementation of those, the literal that it is used; ``None`` where there is no choice.
        slot_starts: by slot, when it issues if it does; constants for slots of operations that are fixed.
        available: by version, the first cycle in which it can be read; 0 for the initial version of a zero buffer.
        buffer_starts, buffer_ends, buffer_sizes: by buffer, its lifetime, where scratch is modelled.
    """

    starts: dict[int, list[cp_model.IntVar]] = field(default_factory=dict)
    choices: dict[int, cp_model.IntVar | None] = field(default_factory=dict)
    slot_starts: dict[int, cp_model.IntVar | int] = field(default_factory=dict)
    available: dict[int, Affine] = field(default_factory=dict)
    buffer_starts: dict[int, cp_model.IntVar] = field(default_factory=dict)
    buffer_ends: dict[int, cp_model.IntVar] = field(default_factory=dict)
    buffer_sizes: dict[int, cp_model.IntVar] = field(default_factory=dict)

    def choice_of(self, implementation: int) -> cp_model.IntVar | None:
        """The literal that an implementation is used; ``None`` where it is no choice or fixed."""
        return self.choices.get(implementation)


Window = Callable[[int, int], tuple[int, int]]
"""The least and most start of an operation's lane."""


def make_variables(
    model: cp_model.CpModel, flat: FlatGraph, lanes: list[OperationLanes], window: Window, latest: int
) -> Variables:
    """Starts and choices of the free operations, and when what they write is available, ``latest`` at most."""
    variables = Variables()
    for operation in lanes:
        number = operation.operation
        starts = [model.new_int_var(*window(number, lane), f"s{number}.{lane}") for lane in range(operation.lanes)]
        variables.starts[number] = starts
        made = operation.implementations
        literals = [model.new_bool_var(f"i{lane.implementation}") for lane in made] if len(made) > 1 else [None]
        variables.choices.update({lane.implementation: literal for lane, literal in zip(made, literals, strict=True)})
        for implementation in made:
            variables.slot_starts.update({s: starts[lane] for s, lane in implementation.lane_of_slot.items()})
        variables.available.update(_availability(model, flat, variables, operation, latest))
    return variables


def chain_window(chains: Chains, lanes: list[OperationLanes], length: int) -> Window:
    """Starts between the least head and what the least tail leaves of ``length`` cycles."""
    by_operation = {operation.operation: operation for operation in lanes}

    def window(operation: int, lane: int) -> tuple[int, int]:
        slots = [made.slots_of_lane(lane) for made in by_operation[operation].implementations]
        head = min(max(int(chains.slot_heads[slot]) for slot in each) for each in slots)
        return head, max(head, length - least_tail(chains, by_operation[operation], lane))

    return window


def least_tail(chains: Chains, operation: OperationLanes, lane: int) -> int:
    """Cycles from a lane's start to the end of the program, at least, whatever is chosen."""
    return min(_tail(chains, made, lane) for made in operation.implementations)


def longer_tails(
    chains: Chains, variables: Variables, operation: OperationLanes, lane: int
) -> Iterator[tuple[cp_model.IntVar, int]]:
    """Tails of a lane's start above the least, each with the literal of the implementation that has it."""
    least = least_tail(chains, operation, lane)
    for made in operation.implementations:
        literal, tail = variables.choices[made.implementation], _tail(chains, made, lane)
        if literal is not None and tail > least:
            yield literal, tail


def _tail(chains: Chains, made: ImplementationLanes, lane: int) -> int:
    return max(int(chains.slot_tails[slot]) for slot in made.slots_of_lane(lane))


def _availability(
    model: cp_model.CpModel, flat: FlatGraph, variables: Variables, operation: OperationLanes, latest: int
) -> dict[int, Affine]:
    """When each version that the operation writes can be read, as start of its writing lane plus latency."""
    starts = variables.starts[operation.operation]
    available: dict[int, Affine] = {}
    writers: dict[int, list[tuple[ImplementationLanes, int]]] = {}
    for made in operation.implementations:
        for slot in made.lane_of_slot:
            for k in range(int(flat.write_starts[slot]), int(flat.write_starts[slot + 1])):
                writers.setdefault(int(flat.writes[k]), []).append((made, slot))
    for version, made_by in writers.items():
        first, first_slot = made_by[0]
        lane, latency = first.lane_of_slot[first_slot], int(flat.slot_latencies[first_slot])
        if all(same_lane(made, made.lane_of_slot[slot], lane) for made, slot in made_by):
            extra: cp_model.LinearExpr | int = 0
            for made, slot in made_by[1:]:
                literal, more = variables.choices[made.implementation], int(flat.slot_latencies[slot]) - latency
                if literal is not None and more:
                    extra = extra + more * literal
            available[version] = starts[lane] + latency + extra
            continue
        when = model.new_int_var(0, latest, f"v{version}")
        for made, slot in made_by:
            literal = variables.choices[made.implementation]
            landing = starts[made.lane_of_slot[slot]] + int(flat.slot_latencies[slot])
            model.add(when == landing).only_enforce_if(literal)
        available[version] = when
    return available


def same_lane(made: ImplementationLanes, lane: int, other: int) -> bool:
    """Whether two lanes start together under an implementation, one being tied to the other."""
    return lane == other or (lane == 0 and other >= made.used)
