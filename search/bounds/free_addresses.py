"""A relaxation of a graph whose loads and stores wait for no address that is a constant.

Groups of walkers, or blocks of a loop, are alike but for their addresses: one is a constant, the next is computed from
it, and so on, so that no two loads have the same way behind them.  Without these dependences groups are alike, and a
program over classes of alike slots is up to thirteen times smaller (ChaCha20: 119 classes of slots for 1550); the slots
in which addresses are computed still count.  A schedule of the graph is one of the relaxation, so that what bounds all
schedules of the relaxation bounds those of the graph.
"""

import numpy as np
from numpy.typing import NDArray

from machine.graph.flat import FlatGraph

_Flags = NDArray[np.bool_]


def free_addresses(flat: FlatGraph) -> FlatGraph:
    """The graph without reads of constants by slots that access memory, and without what only led to such reads."""
    slots = flat.read_slots
    readers = flat.implementation_operations[flat.slot_implementations][slots]
    writers = flat.version_operations[flat.reads]
    is_constant = _constants(flat, readers, writers)
    accesses_memory = flat.slot_memory[slots, 0] >= 0
    stays = ~(accesses_memory & _of(is_constant, writers))
    while True:
        is_read = np.zeros(flat.operations, dtype=np.bool_)
        is_read[writers[stays & (writers >= 0)]] = True
        idle = stays & is_constant[readers] & ~is_read[readers]
        if not idle.any():
            return _with_reads(flat, stays)
        stays &= ~idle


def _constants(flat: FlatGraph, readers: NDArray[np.int64], writers: NDArray[np.int64]) -> _Flags:
    """By operation, whether it accesses no memory, and reads only what such operations have written."""
    touched = flat.implementation_operations[flat.slot_implementations[flat.slot_memory[:, 0] >= 0]]
    is_constant = np.ones(flat.operations, dtype=np.bool_)
    is_constant[touched] = False
    for reader, writer in zip(readers.tolist(), writers.tolist(), strict=True):  # writers come before their readers
        if writer >= 0 and not is_constant[writer]:
            is_constant[reader] = False
    return is_constant


def _of(flags: _Flags, operations: NDArray[np.int64]) -> _Flags:
    """The flags of some operations; none of an initial word, whose operation is -1."""
    return (operations >= 0) & flags[operations]


def _with_reads(flat: FlatGraph, stays: _Flags) -> FlatGraph:
    numbers = np.bincount(flat.read_slots[stays], minlength=len(flat.read_starts) - 1)
    starts = np.concatenate([[0], np.cumsum(numbers)]).astype(np.int64)
    return flat._replace(reads=flat.reads[stays], read_starts=starts)
