"""The slots of a graph and what flows between them, for the checker of certificates alone, in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from machine.graph.operation import Graph, Implementation, Operand

Result = tuple[int, int]
"""A word of a buffer; or -1 less the number of an operation, and the number of its slot, for what that slot stores."""

Range = tuple[int, int]
"""Addresses from the first to before the second."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot, with the words that it reads and writes; the addresses that it may load from and store to."""

    engine: str
    latency: int
    reads: tuple[Result, ...]
    writes: tuple[Result, ...]
    loads: Range | None
    stores: Range | None


class Flow:
    """Who makes what is read.

    Attributes:
        slots: by operation and implementation.  Those that load read what was certainly stored before where they may
            load it.
        sources: by operation, of what it reads, the operation that made it last.
        storing: by operation, those before it that may store what it loads.
    """

    def __init__(self, graph: Graph) -> None:
        self.slots: list[list[list[Slot]]] = []
        self.sources: list[dict[Result, int]] = []
        self.storing: list[set[int]] = []
        made: dict[Result, int] = {}
        stores: list[tuple[Range, int]] = []
        certain: list[tuple[Range, Result]] = []
        for number, operation in enumerate(graph.operations):
            each = [list(_slots(graph, k, number, certain)) for k in operation.implementations]
            slots = list(chain.from_iterable(each))
            self.slots.append(each)
            self.sources.append({read: made[read] for slot in slots for read in slot.reads if read in made})
            ranges = {slot.loads for slot in slots}
            self.storing.append({earlier for loads in ranges for a, earlier in stores if overlap(a, loads)})
            made.update((result, number) for slot in slots for result in slot.writes)
            stores += [(slot.stores, number) for slot in slots if slot.stores]
            if len(each) == 1:
                certain += [(slot.stores, slot.writes[-1]) for slot in slots if slot.stores]


def overlap(one: Range, other: Range | None) -> bool:
    """Whether two ranges of addresses have one in common."""
    return other is not None and one[0] < other[1] and other[0] < one[1]


def _slots(
    graph: Graph, implementation: Implementation, operation: int, certain: list[tuple[Range, Result]]
) -> Iterator[Slot]:
    number = 0
    loaded: dict[Range | None, list[Result]] = {}
    for run in implementation.runs:
        opcode, latency = run.opcode, graph.machine.latency(run.opcode)
        for lane in range(run.count):
            reads: list[Result] = []
            writes: list[Result] = []
            for role, operand in zip(opcode.roles, run.operands, strict=True):
                if isinstance(operand, Operand):
                    first = operand.offset + lane * operand.stride
                    words = range(first, first + (graph.machine.vector_length if role.is_vector else 1))
                    (writes if role.is_written else reads).extend((operand.buffer, word) for word in words)
            memory: Range | None = None
            if run.memory is not None:
                memory = run.memory.start + lane * run.memory.stride, run.memory.stop + lane * run.memory.stride
            loads = memory if opcode.reads_memory else None
            stores = memory if opcode.writes_memory else None
            if loads not in loaded:
                loaded[loads] = [result for addresses, result in certain if overlap(addresses, loads)] if loads else []
            reads += loaded[loads]
            writes += [(-1 - operation, number)] if stores else []
            number += 1
            yield Slot(opcode.engine, latency, tuple(reads), tuple(writes), loads, stores)
