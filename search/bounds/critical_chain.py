"""The critical path of a graph as a chain of operations, for a certificate."""

import numpy as np

from machine.certificates.certificate import Lift, PathCertificate
from machine.graph.dependences import EdgeKind, Ints
from search.analysis.prepared_graph import PreparedGraph


def critical_chain(prepared: PreparedGraph, lifts: tuple[Lift, ...] = ()) -> PathCertificate | None:
    """Operations of which each waits for the one before, up to the last through which the critical path leads.

    ``None`` for a graph without operations.  ``lifts`` are those of the heads in its chains.
    """
    flat, chains = prepared.flat, prepared.chains
    if flat.operations == 0:
        return None
    lengths = _least_of_most(prepared, chains.slot_heads + chains.slot_tails)
    latest = _least_of_most(prepared, chains.slot_heads)
    operation = int(np.flatnonzero(lengths == chains.critical_path)[-1])
    slot = _longest_slot(prepared, operation)
    links = [(operation, int(latest[operation]))]
    while (source := _source(prepared, slot)) is not None:
        slot = source
        operation = int(flat.implementation_operations[flat.slot_implementations[slot]])
        head = min(int(latest[operation]), links[-1][1] - 1)
        if head < 0:
            break
        links.append((operation, head))
    return PathCertificate(tuple(reversed(links)), lifts)


def _least_of_most(prepared: PreparedGraph, values: Ints) -> Ints:
    """By operation, the least over its implementations of the most over their slots."""
    flat = prepared.flat
    most = np.zeros(len(flat.implementation_operations), dtype=np.int64)
    np.maximum.at(most, flat.slot_implementations, values)
    least = np.full(flat.operations, np.iinfo(np.int64).max)
    np.minimum.at(least, flat.implementation_operations, most)
    return least


def _longest_slot(prepared: PreparedGraph, operation: int) -> int:
    """Of the implementation for which the longest chain through the operation is shortest, a slot that has it."""
    flat, chains = prepared.flat, prepared.chains
    first, last = int(flat.operation_starts[operation]), int(flat.operation_starts[operation + 1])
    longest = [
        max(((int(chains.slot_heads[s] + chains.slot_tails[s]), -s) for s in flat.slots_of(k)), default=(0, 0))
        for k in range(first, last)
    ]
    return -min(longest)[1]


def _source(prepared: PreparedGraph, slot: int) -> int | None:
    """The slot whose result is the last that ``slot`` waits for; ``None`` if it waits for none."""
    flat, relations, heads = prepared.flat, prepared.relations, prepared.chains.slot_heads
    sources: list[tuple[int, int]] = []
    for version in flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]]:
        writers = relations.writers[relations.writer_starts[version] : relations.writer_starts[version + 1]]
        if len(writers):
            landed = heads[writers] + flat.slot_latencies[writers]
            sources.append((int(landed.min()), int(writers[landed.argmin()])))
    stores = flat.edges[(flat.edges[:, 1] == slot) & (flat.edges[:, 2] == EdgeKind.READ_AFTER_WRITE), 0]
    sources += [(int(heads[store] + flat.slot_latencies[store]), int(store)) for store in stores]
    return max(sources, default=(0, None))[1]
