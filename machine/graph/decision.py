"""Decisions: everything a search decides about a graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine.compiling import INT64, compiled_lean
from machine.errors import UserError
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.limits import MOST_CYCLES, MOST_SCRATCH_WORDS

OMITTED = -1
"""Stands for the implementation of an operation that is left out, and for the cycle of a slot not issued."""


@dataclass(frozen=True)
class Schedule:
    """Which implementation of each operation issues, and when.

    Attributes:
        implementations: by operation, which of its implementations, from 0, or ``OMITTED``.
        cycles: by slot of the flat graph, its issue cycle from 0, or ``OMITTED`` for those not chosen.
        length: cycles until the last write has landed.
    """

    implementations: Ints
    cycles: Ints
    length: int


@dataclass(frozen=True)
class Decision:
    """A schedule and the scratch address of each buffer (``OMITTED`` for buffers that nothing uses)."""

    schedule: Schedule
    addresses: Ints


def schedule_of(flat: FlatGraph, cycles: Ints) -> Schedule:
    """The schedule in which slots issue at ``cycles``; implementations follow from which slots issue at all."""
    implementations = np.full(flat.operations, OMITTED, dtype=np.int64)
    length = _read_cycles(flat, cycles, implementations)
    return Schedule(implementations, cycles, int(length))


@compiled_lean
def _read_cycles(flat: FlatGraph, cycles: Ints, implementations: Ints) -> int:
    """Fill in the implementations, from 0, and return when the last write has landed."""
    length: int = INT64(0)
    for slot in range(len(cycles)):
        if cycles[slot] >= 0:
            implementation = flat.slot_implementations[slot]
            operation = flat.implementation_operations[implementation]
            implementations[operation] = implementation - flat.operation_starts[operation]
            length = max(length, cycles[slot] + flat.slot_latencies[slot])
    return length


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """The decision as plain lists; only the cycles of issued slots are kept, in slot order."""
    cycles = decision.schedule.cycles
    return {
        "implementations": decision.schedule.implementations.tolist(),
        "cycles": cycles[cycles >= 0].tolist(),
        "addresses": decision.addresses.tolist(),
    }


def decision_from_json(flat: FlatGraph, data: Mapping[str, Any]) -> Decision:
    """Read what :func:`decision_to_json` wrote.

    Raises:
        UserError: the decision is not one of this graph.
    """
    try:
        implementations, stored, addresses = (
            np.array(data[name], dtype=np.int64).reshape(len(data[name]))
            for name in ("implementations", "cycles", "addresses")
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"not a decision: {error}") from None
    if (stored < 0).any() or (addresses < OMITTED).any():
        raise UserError("not a decision: cycles or addresses below 0")
    if (stored >= MOST_CYCLES).any() or (addresses >= MOST_SCRATCH_WORDS).any():
        raise UserError(f"not a decision: cycles from {MOST_CYCLES} or addresses from {MOST_SCRATCH_WORDS} on")
    if len(implementations) != flat.operations or len(addresses) != len(flat.buffer_words):
        raise UserError("the decision belongs to another graph: it was made by another version or with other knobs")
    counts = np.diff(flat.operation_starts)
    if (implementations < OMITTED).any() or (implementations >= counts).any():
        raise UserError("the decision chooses implementations that the graph does not have")
    chosen = np.zeros(len(flat.implementation_operations), dtype=np.bool_)
    made = implementations >= 0
    chosen[flat.operation_starts[:-1][made] + implementations[made]] = True
    issued = np.flatnonzero(chosen[flat.slot_implementations])
    if len(stored) != len(issued):
        raise UserError("the decision has another number of slots than the graph")
    cycles = np.full(len(flat.slot_implementations), OMITTED, dtype=np.int64)
    cycles[issued] = stored
    return Decision(schedule_of(flat, cycles), addresses)
