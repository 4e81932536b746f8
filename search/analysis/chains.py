"""Heads and tails: the longest chains of dependences before and after each slot, whatever is chosen."""

from typing import NamedTuple

import numpy as np

from machine.compiling import INT64, compiled
from machine.graph.dependences import EdgeKind, Ints
from machine.graph.flat import FlatGraph
from search.analysis.relations import Relations

_NEVER = INT64(1) << 40
_RAW = int(EdgeKind.READ_AFTER_WRITE)


class Chains(NamedTuple):
    """Heads and tails in cycles, valid for every choice of implementations.

    Attributes:
        slot_heads: by slot, a lower bound of its issue cycle.
        slot_tails: by slot, a lower bound of the cycles from its issue to the end of the program, latency included.
        operation_tails: by operation, the longest tail of a slot in the implementation for which that is shortest.
        critical_path: a lower bound of the length of any schedule.
    """

    slot_heads: Ints
    slot_tails: Ints
    operation_tails: Ints
    critical_path: int


def find_chains(flat: FlatGraph, relations: Relations) -> Chains:
    """Heads and tails over reads of versions and reads of memory."""
    heads = _heads(flat)
    tails, operation_tails = _tails(flat, relations)
    return Chains(heads, tails, operation_tails, critical_path(flat, heads, tails))


@compiled
def _heads(flat: FlatGraph) -> Ints:
    """Earliest issue of each slot: after the versions it reads, each by its fastest implementation."""
    heads = np.zeros(len(flat.slot_implementations), dtype=np.int64)
    landed = np.zeros(len(flat.version_words), dtype=np.int64)
    edge = 0
    for operation in range(len(flat.operation_starts) - 1):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        start, stop = flat.implementation_starts[first], flat.implementation_starts[last]
        for slot in range(start, stop):
            heads[slot] = max(heads[slot], all_landed(flat, slot, landed))
        land(flat, start, stop, heads, landed)
        while edge < len(flat.edges) and flat.edges[edge, 0] < stop:
            source, target = flat.edges[edge, 0], flat.edges[edge, 1]
            if flat.edges[edge, 2] == _RAW and is_of_only(flat, source):
                heads[target] = max(heads[target], heads[source] + flat.slot_latencies[source])
            edge += 1
    return heads


@compiled
def all_landed(flat: FlatGraph, slot: int, landed: Ints) -> int:
    """The cycle by which all versions that a slot reads have landed, given that of each."""
    cycle = INT64(0)
    for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
        cycle = max(cycle, landed[flat.reads[k]])
    return int(cycle)


@compiled
def land(flat: FlatGraph, start: int, stop: int, heads: Ints, landed: Ints) -> None:
    """Note in ``landed`` by which cycle the versions land that an operation's slots, ``start`` to ``stop - 1``, write.

    Each is written by the fastest implementation, and no slot issues before its head.
    """
    for slot in range(start, stop):
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            landed[flat.writes[k]] = _NEVER
    for slot in range(start, stop):
        for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
            version = flat.writes[k]
            landed[version] = min(landed[version], heads[slot] + flat.slot_latencies[slot])


@compiled
def _tails(flat: FlatGraph, relations: Relations) -> tuple[Ints, Ints]:
    tails = np.zeros(len(flat.slot_implementations), dtype=np.int64)
    operations = len(flat.operation_starts) - 1
    operation_tails = np.zeros(operations, dtype=np.int64)
    needed = np.zeros(len(flat.version_words), dtype=np.int64)  # cycles that follow each version's landing
    best = np.zeros(len(flat.version_words), dtype=np.int64)
    reached = np.full(len(flat.version_words), -1, dtype=np.int64)
    for operation in range(operations - 1, -1, -1):
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        for implementation in range(first, last):
            longest = 0
            for slot in range(
                flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]
            ):
                latency = flat.slot_latencies[slot]
                tails[slot] = latency
                for k in range(flat.write_starts[slot], flat.write_starts[slot + 1]):
                    tails[slot] = max(tails[slot], latency + needed[flat.writes[k]])
                for k in range(relations.edge_starts[slot], relations.edge_starts[slot + 1]):
                    target = flat.edges[k, 1]
                    if flat.edges[k, 2] == _RAW and is_of_only(flat, target):
                        tails[slot] = max(tails[slot], latency + tails[target])
                longest = max(longest, tails[slot])
            if implementation == first or longest < operation_tails[operation]:
                operation_tails[operation] = longest
        # A version is needed for the least, over implementations, of the most, over their slots that read it;
        # an implementation that does not read it needs it for nothing.
        for implementation in range(first, last):
            start, stop = flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]
            for slot in range(start, stop):
                for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                    version = flat.reads[k]
                    if reached[version] != implementation:
                        reached[version] = implementation
                        best[version] = tails[slot]
                    else:
                        best[version] = max(best[version], tails[slot])
            if last - first == 1:
                for slot in range(start, stop):
                    for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
                        version = flat.reads[k]
                        needed[version] = max(needed[version], best[version])
        if last - first > 1:
            _need_of_alternatives(flat, tails, needed, first, last)
    return tails, operation_tails


@compiled
def _need_of_alternatives(flat: FlatGraph, tails: Ints, needed: Ints, first: int, last: int) -> None:
    """Raise what versions are needed for that every implementation from ``first`` to ``last - 1`` reads."""
    start, stop = flat.implementation_starts[first], flat.implementation_starts[first + 1]
    for slot in range(start, stop):
        for k in range(flat.read_starts[slot], flat.read_starts[slot + 1]):
            version = flat.reads[k]
            least = _NEVER
            for implementation in range(first, last):
                most = 0
                for other in range(
                    flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]
                ):
                    for j in range(flat.read_starts[other], flat.read_starts[other + 1]):
                        if flat.reads[j] == version:
                            most = max(most, tails[other])
                least = min(least, most)
            needed[version] = max(needed[version], least)


@compiled
def is_only(flat: FlatGraph, operation: int) -> bool:
    """Whether an operation has one implementation."""
    return bool(flat.operation_starts[operation + 1] - flat.operation_starts[operation] == 1)


@compiled
def is_of_only(flat: FlatGraph, slot: int) -> bool:
    """Whether a slot's operation has one implementation."""
    return is_only(flat, flat.implementation_operations[flat.slot_implementations[slot]])


@compiled
def critical_path(flat: FlatGraph, heads: Ints, tails: Ints) -> int:
    """The longest chain of dependences through any operation, given heads and tails of slots."""
    longest = 0
    for operation in range(len(flat.operation_starts) - 1):
        least = _NEVER
        for implementation in range(flat.operation_starts[operation], flat.operation_starts[operation + 1]):
            most = 0
            for slot in range(
                flat.implementation_starts[implementation], flat.implementation_starts[implementation + 1]
            ):
                most = max(most, heads[slot] + tails[slot])
            least = min(least, most)
        longest = max(longest, least)
    return int(longest)
