"""Heads and tails of a graph, reckoned for the checker of certificates alone, in plain Python.

They are what the definition of a schedule gives: an operation issues all slots of one of its implementations; a slot
that reads a word issues no earlier than the last write of the word before it has landed, and one that reads memory no
earlier than every store before it that may touch the same words has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from machine.certificates.certificate import CertificateError, Lift
from machine.certificates.lifting import lifted_head
from machine.certificates.slots import Flow, Result, Slot
from machine.graph.operation import Graph


@dataclass(frozen=True, slots=True)
class Span:
    """Of a slot: it issues in no cycle before ``head``, and ``tail`` cycles before the end at the latest."""

    head: int
    tail: int


class Times:
    """The slots of a graph, by operation and implementation, with their heads and tails.

    Args:
        graph: any graph.
        lifts: of heads; each is verified.
    """

    def __init__(self, graph: Graph, lifts: Sequence[Lift] = ()) -> None:
        self._machine = graph.machine
        self._lifts: dict[int, list[Lift]] = {}
        for lift in lifts:
            self._lifts.setdefault(lift.operation, []).append(lift)
        self.flow = Flow(graph)
        self.slots = self.flow.slots

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

    def _heads(self) -> list[list[list[int]]]:
        available: dict[Result, int] = {}
        found: list[list[list[int]]] = []
        for number, implementations in enumerate(self.slots):
            heads = [
                [max((available.get(read, 0) for read in slot.reads), default=0) for slot in slots]
                for slots in implementations
            ]
            found.append(heads)
            self._lift(number, found)
            landed: dict[Result, int] = {}
            for slot, head in zip(chain(*implementations), chain(*heads), strict=True):
                for result in slot.writes:
                    landed[result] = min(landed.get(result, head + slot.latency), head + slot.latency)
            available.update(landed)
        return found

    def _lift(self, operation: int, heads: list[list[list[int]]]) -> None:
        """Lift the heads of an operation, the last in ``heads``."""
        for lift in self._lifts.get(operation, ()):
            if lift.implementation >= len(heads[-1]) or lift.slot >= len(heads[-1][lift.implementation]):
                raise CertificateError(f"operation {operation} has no slot {lift.slot} of {lift.implementation}")
            row = heads[-1][lift.implementation]
            row[lift.slot] = max(row[lift.slot], lifted_head(self.flow, self._machine, heads, lift))

    def _tails(self) -> list[list[list[int]]]:
        needed: dict[Result, int] = {}
        found = []
        for implementations in reversed(self.slots):
            tails = [
                [slot.latency + max((needed.get(result, 0) for result in slot.writes), default=0) for slot in slots]
                for slots in implementations
            ]
            for result in chain.from_iterable(slot.writes for slot in chain(*implementations)):
                needed.pop(result, None)
            # A result is needed only for what every implementation does with it.
            for result, tail in _common(implementations, tails).items():
                needed[result] = max(needed.get(result, 0), tail)
            found.append(tails)
        return found[::-1]


def _common(implementations: list[list[Slot]], tails: list[list[int]]) -> dict[Result, int]:
    """By word that every implementation reads, the least over them of the longest tail of a slot that reads it."""
    by_implementation = []
    for slots, own in zip(implementations, tails, strict=True):
        longest: dict[Result, int] = {}
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
