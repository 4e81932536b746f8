"""Terms: what a graph computes, as expressions over words in which equal ones are shared.

A term is a *word*, or a *vector* with a word for each lane.  Arithmetic applies lane by lane; where an operand of it is
a word, every lane reads that word, so a vector with the same word in every lane is that word and broadcasts vanish.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from machine.model import Machine
from machine.opcodes import WORD_MASK
from rewriting.operator_names import LANE, PACK

CONST = "const"
LOAD = "load"
VLOAD = "vload"
SELECT = "select"
MULTIPLY_ADD = "multiply_add"


class Region(NamedTuple):
    """The addresses ``start`` to ``stop - 1``, as they are after the first ``version`` stores that touch them.

    ``maps`` are changes since, each an opcode and the constant that every word has been combined with.
    """

    version: int
    start: int
    stop: int
    maps: tuple[tuple[str, int], ...] = ()


class Term(NamedTuple):
    """An operator, the numbers of its operands, and what else it needs.

    ``const`` has a value; ``load`` an address and a :class:`Region`, ``vload`` likewise, of consecutive words;
    :data:`~rewriting.operator_names.LANE` a vector and a lane; :data:`~rewriting.operator_names.PACK` a word for each
    lane.  All others are opcodes of :data:`machine.opcodes.ARITHMETIC` or of the machine's own, ``multiply_add``
    (a, b, c) and ``select`` (condition, a, b).
    """

    op: str
    args: tuple[int, ...] = ()
    data: int | Region | None = None


class Place(NamedTuple):
    """Where in a graph something stands: its position among the operations, its stream and step."""

    position: int
    stream: int = 0
    step: int = 0


class Landing(NamedTuple):
    """Where a vector stands in scratch that others share: in which stretch, and how many words into it."""

    stretch: int
    offset: int


@dataclass(frozen=True, slots=True)
class Store:
    """``value``, a word or a vector, goes to memory at ``address``, which lies in ``start`` to ``stop - 1``."""

    address: int
    value: int
    start: int
    stop: int
    whole_vector: bool
    place: Place


class TermTable:
    """Terms by number; operands have lower numbers than what they are operands of."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self._vectors: list[bool] = []
        self._numbers: dict[Term, int] = {}

    def __getitem__(self, number: int) -> Term:
        return self.terms[number]

    def __len__(self) -> int:
        return len(self.terms)

    def add(self, op: str, args: tuple[int, ...] = (), data: int | Region | None = None) -> int:
        """The number of a term, which is new unless an equal one is there."""
        term = Term(op, args, data)
        number = self._numbers.setdefault(term, len(self.terms))
        if number == len(self.terms):
            self.terms.append(term)
            self._vectors.append(op in (VLOAD, PACK) or (op != LANE and any(self._vectors[arg] for arg in args)))
        return number

    def constant(self, value: int) -> int:
        """The word ``value``."""
        return self.add(CONST, (), value & WORD_MASK)

    def is_vector(self, number: int) -> bool:
        """Whether lanes may differ."""
        return self._vectors[number]

    def lanes(self) -> dict[tuple[int, int], int]:
        """The terms that are lanes, by vector and lane."""
        found = {}
        for number, (op, args, lane) in enumerate(self.terms):
            if op == LANE:
                assert isinstance(lane, int)
                found[args[0], lane] = number
        return found

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """The terms that ``roots`` are made of, themselves included, in ascending order."""
        found: set[int] = set()
        pending = list(roots)
        while pending:
            number = pending.pop()
            if number not in found:
                found.add(number)
                pending.extend(self.terms[number].args)
        return sorted(found)


@dataclass(frozen=True)
class TermGraph:
    """The arithmetic of a graph: what it stores, in order.

    Attributes:
        machine, memory_words: of the graph.
        table: the terms.
        stores: all stores, in order.
        places: where terms come from; those that no operation of a graph computes are not in it.
        alternatives: other terms that are equal to a term and may be computed in its stead.
        landings: vectors that landed on one another, and windows on what they left.
    """

    machine: Machine
    memory_words: int
    table: TermTable
    stores: tuple[Store, ...]
    places: Mapping[int, Place]
    alternatives: Mapping[int, tuple[Term, ...]] = field(default_factory=dict)
    landings: Mapping[int, Landing] = field(default_factory=dict)

    def roots(self) -> Iterator[int]:
        """What stores read."""
        for store in self.stores:
            yield store.address
            yield store.value

    def last_store(self, start: int, stop: int, before: int) -> int:
        """1 + the number of the last of the first ``before`` stores that may touch an address of the range; 0: none."""
        for number in range(before, 0, -1):
            store = self.stores[number - 1]
            if store.start < stop and start < store.stop:
                return number
        return 0
