"""Heads and tails of a graph, reckoned for the checker of certificates alone, in plain Python.

They are what the definition of a schedule gives: an operation issues all slots of one of its implementations; a slot
that reads a word issues no earlier than the last write of the word before it has landed, and one that reads memory no
earlier than every store before it that may touch the same words has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from machine.graph.operation import Graph, Implementation, Operand

Word = tuple[int, int]
"""A buffer and a word of it."""

Range = tuple[int, int]
"""Addresses from the first to before the second."""


@dataclass(frozen=True, slots=True)
class _Slot:
    engine: str
    latency: int
    reads: tuple[Word, ...]
    writes: tuple[Word, ...]
    loads: Range | None
    stores: Range | None


@dataclass(frozen=True, slots=True)
class Span:
    """Of a slot: it issues in no cycle before ``head``, and ``tail`` cycles before the end at the latest."""

    head: int
    tail: int


class Times:
    """The slots of a graph, by operation and implementation, with their heads and tails.

    Args:
        graph: any graph.
    """

    def __init__(self, graph: Graph) -> None:
        self.slots: list[list[list[_Slot]]] = [
            [list(_slots(graph, implementation)) for implementation in operation.implementations]
            for operation in graph.operations
        ]

    @cached_property
    def spans(self) -> list[list[list[Span]]]:
        """Of each slot, by operation and implementation."""
        return [
            [[Span(h, t) for h, t in zip(*both, strict=True)] for both in zip(heads, tails, strict=True)]
            for heads, tails in zip(self._heads(), self._tails(), strict=True)
        ]

    def least_head(self, operation: int) -> int:
        """No slot of the operation issues before."""
        return min(span.head for spans in self.spans[operation] for span in spans)

    def least_tail(self, operation: int) -> int:
        """Every slot of the operation issues so many cycles before the end."""
        return min(span.tail for spans in self.spans[operation] for span in spans)

    def latest_head(self, operation: int) -> int:
        """Some slot of the operation does not issue before, whichever implementation is chosen."""
        return min(max((span.head for span in spans), default=0) for spans in self.spans[operation])

    def length(self, operation: int) -> int:
        """No schedule is shorter, for the chains through the operation alone."""
        return min(max((span.head + span.tail for span in spans), default=0) for spans in self.spans[operation])

    @cached_property
    def sources(self) -> list[set[int]]:
        """By operation, those whose results it may read: the last to write a word of scratch, all to write memory."""
        writers: dict[Word, int] = {}
        stored: list[tuple[Range, int]] = []
        found = []
        for number, implementations in enumerate(self.slots):
            slots = list(chain.from_iterable(implementations))
            sources = {writers[word] for slot in slots for word in slot.reads if word in writers}
            loads = {slot.loads for slot in slots if slot.loads}
            sources |= {other for addresses, other in stored if any(_overlap(addresses, load) for load in loads)}
            writers.update((word, number) for slot in slots for word in slot.writes)
            stored += [(slot.stores, number) for slot in slots if slot.stores]
            found.append(sources)
        return found

    def _heads(self) -> list[list[list[int]]]:
        available: dict[Word, int] = {}
        stored: list[tuple[Range, int]] = []
        found = []
        for implementations in self.slots:
            heads = [[_head(slot, available, stored) for slot in slots] for slots in implementations]
            landed: dict[Word, int] = {}
            for slot, head in zip(chain(*implementations), chain(*heads), strict=True):
                for word in slot.writes:
                    landed[word] = min(landed.get(word, head + slot.latency), head + slot.latency)
            available.update(landed)
            if len(implementations) == 1:
                both = zip(implementations[0], heads[0], strict=True)
                stored += [(slot.stores, head + slot.latency) for slot, head in both if slot.stores]
            found.append(heads)
        return found

    def _tails(self) -> list[list[list[int]]]:
        needed: dict[Word, int] = {}
        loaded: list[tuple[Range, int]] = []
        found = []
        for implementations in reversed(self.slots):
            tails = [[_tail(slot, needed, loaded) for slot in slots] for slots in implementations]
            for word in chain.from_iterable(slot.writes for slot in chain(*implementations)):
                needed.pop(word, None)
            # A word is needed only for what every implementation does with it.
            for word, tail in _common(implementations, tails).items():
                needed[word] = max(needed.get(word, 0), tail)
            if len(implementations) == 1:
                both = zip(implementations[0], tails[0], strict=True)
                loaded += [(slot.loads, tail) for slot, tail in both if slot.loads]
            found.append(tails)
        return found[::-1]


def _head(slot: _Slot, available: dict[Word, int], stored: list[tuple[Range, int]]) -> int:
    head = max((available.get(word, 0) for word in slot.reads), default=0)
    if slot.loads is not None:
        loads = slot.loads
        head = max(head, max((landed for addresses, landed in stored if _overlap(addresses, loads)), default=0))
    return head


def _tail(slot: _Slot, needed: dict[Word, int], loaded: list[tuple[Range, int]]) -> int:
    after = max((needed.get(word, 0) for word in slot.writes), default=0)
    if slot.stores is not None:
        stores = slot.stores
        after = max(after, max((tail for addresses, tail in loaded if _overlap(addresses, stores)), default=0))
    return slot.latency + after


def _common(implementations: list[list[_Slot]], tails: list[list[int]]) -> dict[Word, int]:
    """By word that every implementation reads, the least over them of the longest tail of a slot that reads it."""
    by_implementation = []
    for slots, own in zip(implementations, tails, strict=True):
        longest: dict[Word, int] = {}
        for slot, tail in zip(slots, own, strict=True):
            for word in slot.reads:
                longest[word] = max(longest.get(word, 0), tail)
        by_implementation.append(longest)
    first = by_implementation[0]
    return {
        word: min(each[word] for each in by_implementation)
        for word in first
        if all(word in each for each in by_implementation)
    }


def _slots(graph: Graph, implementation: Implementation) -> Iterator[_Slot]:
    for run in implementation.runs:
        opcode, latency = run.opcode, graph.machine.latency(run.opcode)
        for lane in range(run.count):
            reads: list[Word] = []
            writes: list[Word] = []
            for role, operand in zip(opcode.roles, run.operands, strict=True):
                if isinstance(operand, Operand):
                    first = operand.offset + lane * operand.stride
                    words = range(first, first + (graph.machine.vector_length if role.is_vector else 1))
                    (writes if role.is_written else reads).extend((operand.buffer, word) for word in words)
            memory: Range | None = None
            if run.memory is not None:
                shift = lane * run.memory.stride
                memory = run.memory.start + shift, run.memory.stop + shift
            loads = memory if opcode.reads_memory else None
            stores = memory if opcode.writes_memory else None
            yield _Slot(opcode.engine, latency, tuple(reads), tuple(writes), loads, stores)


def _overlap(one: Range, other: Range) -> bool:
    return one[0] < other[1] and other[0] < one[1]
