"""Tables of records: a node with its two children, so that one load serves a walker for two levels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from problems.tree_hash.folding import Folding
from problems.tree_hash.layout import Layout

CHILDREN, NODE, POINTER = 0, 2, 3
"""Words of a record: the right child and the left one, the node, the pointer of a folded record."""


class Arrangement(Enum):
    """How the records of a table lie in memory."""

    NATURAL = "natural"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Linear:
    """Addresses ``origin + unit * n`` of a level, where ``n`` is what the path bits spell, oldest first, 1 for left."""

    level: int
    origin: int
    unit: int

    @staticmethod
    def of_nodes(level: int) -> "Linear":
        """The addresses of a level's nodes in the image: the leftmost, whose bits are all 1, comes first."""
        return Linear(level, Layout.level_at(level) + 2**level - 1, -1)

    def moved(self, words: int) -> "Linear":
        """The same, ``words`` further on."""
        return Linear(self.level, self.origin + words, self.unit)


@dataclass(frozen=True, slots=True)
class RecordTable:
    """The records of level ``top``.

    Attributes:
        top: the level of the nodes; their children are at the next.
        folding: the chain that the table belongs to; ``None`` for natural order, from the leftmost node on.
        start: address of the first word, where the order is natural.
    """

    top: int
    folding: Folding | None
    start: int

    @property
    def arrangement(self) -> Arrangement:
        """How the records lie."""
        return Arrangement.NATURAL if self.folding is None else Arrangement.FOLDED

    @property
    def record_words(self) -> int:
        """Words that a record has."""
        return NODE + 1 if self.folding is None else POINTER + 1

    @property
    def linear(self) -> Linear:
        """The addresses of records in natural order."""
        assert self.folding is None
        last = self.start + self.record_words * (2**self.top - 1)
        return Linear(self.top, last, -self.record_words)

    @property
    def span(self) -> range:
        """Addresses between the first word of a record and the last."""
        if self.folding is not None:
            return self.folding.span(self.top)
        return range(self.start, self.start + self.record_words * 2**self.top)

    def address(self, number: int) -> int:
        """Where the record of node ``number`` of the level is."""
        if self.folding is None:
            return self.start + self.record_words * number
        return self.folding.address(self.top, path_bits(self.top, number))


def path_bits(level: int, number: int) -> list[int]:
    """The path to node ``number`` of a level, oldest first, 1 for left."""
    return [1 - (number >> level - 1 - depth & 1) for depth in range(level)]


def arrange(wanted: Sequence[tuple[int, Arrangement]]) -> Iterator[tuple[int, Arrangement]]:
    """The tables that can be had of those wanted, by level: none that overlaps another, one chain of folded ones."""
    chain_ends: int | None = None
    taken = -1
    for top, arrangement in sorted(wanted, key=lambda pair: pair[0]):
        if top <= taken:
            continue
        taken = top + 1
        can_fold = 2 <= top <= 4 if chain_ends is None else top == chain_ends + 2
        if arrangement is Arrangement.FOLDED and can_fold:
            chain_ends = top
            yield top, Arrangement.FOLDED
        else:
            yield top, Arrangement.NATURAL
