"""The same graph in another form: its operations in another order, some of their implementations left away."""

from dataclasses import dataclass, replace

import numpy as np

from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.graph.operation import Graph, Implementation, Operand, Operation

_SPARE_WORDS = 1
"""Words beyond the thriftiest that an implementation may touch: the zero of flow's constants is worth an engine."""

Kept = tuple[tuple[int, ...], ...]
"""By operation, the numbers of the implementations that the form has."""


@dataclass(frozen=True)
class Form:
    """A form of a graph.  ``slots`` has, for each slot of the form, the slot of the graph that it is."""

    graph: Graph
    slots: Ints


def all_implementations(graph: Graph) -> Kept:
    """Every implementation of every operation."""
    return tuple(tuple(range(len(operation.implementations))) for operation in graph.operations)


def lean_implementations(graph: Graph) -> Kept:
    """By operation, the implementations that touch the fewest words of buffers, or hardly more.

    The buffers that only others touch close earlier: the broadcast of a constant, say, that alu lanes do not read.
    """
    return tuple(_lean(graph, operation) for operation in graph.operations)


def rearrange(graph: Graph, flat: FlatGraph, order: Ints, kept: Kept) -> Form:
    """The operations of ``graph`` in ``order``, which must keep every dependence, with the implementations kept."""
    operations, slots = [], []
    starts, firsts = flat.implementation_starts.tolist(), flat.operation_starts.tolist()
    for number in order.tolist():
        operation = graph.operations[number]
        operations.append(replace(operation, implementations=tuple(operation.implementations[k] for k in kept[number])))
        for implementation in (firsts[number] + k for k in kept[number]):
            slots.append(np.arange(starts[implementation], starts[implementation + 1]))
    numbers = np.concatenate(slots) if slots else np.zeros(0, dtype=np.int64)
    return Form(replace(graph, operations=tuple(operations)), numbers)


def _lean(graph: Graph, operation: Operation) -> tuple[int, ...]:
    touched = [_buffers(implementation) for implementation in operation.implementations]
    least = min(touched, key=lambda buffers: _words(graph, buffers))
    return tuple(number for number, buffers in enumerate(touched) if _words(graph, buffers - least) <= _SPARE_WORDS)


def _buffers(implementation: Implementation) -> set[int]:
    operands = (operand for run in implementation.runs for operand in run.operands)
    return {operand.buffer for operand in operands if isinstance(operand, Operand)}


def _words(graph: Graph, buffers: set[int]) -> int:
    return sum(graph.buffers[buffer].words for buffer in buffers)
