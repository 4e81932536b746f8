"""Folded tables: records placed so that two path bits reach an address in one operation.

A bit ``p`` that is needed for an address alone is taken as ``P = u | ~1``, which is ``p - 2``.  With a factor ``m``
selected by the bit before it, ``P * m`` takes four values, ``-2 m0, -m0, -2 m1, -m1``: four places, for one operation
and one select that does not wait for the newest bit.  The records lie where these places are.

Tables two levels apart form a chain: with factors ``-E`` and ``E``, where ``E`` is the extent of the chain so far, the
four places are at ``-2E, -E, E, 2E`` around it.  So each table takes the chain to five times its extent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

RECORD_WORDS = 4
"""Of a folded record: both children, the node, a word for a pointer."""

_FIRST_FACTORS = (3, 2)
"""Of the first table, for a bit of 0 and of 1, in blocks: products 0, 3, 2 and 4 blocks above the least."""

_FIRST_EXTENT = 5
"""Blocks; the second is not used."""


@dataclass(frozen=True, slots=True)
class Folding:
    """A chain of folded tables; path bits are 1 for left, oldest first.

    Attributes:
        first: the level of the first table, at least 2.
        tables: how many, each two levels below the one before.
        start: address of the chain's first word.
    """

    first: int
    tables: int
    start: int

    @property
    def tops(self) -> range:
        """The levels of the tables."""
        return range(self.first, self.first + 2 * self.tables, 2)

    @property
    def block(self) -> int:
        """Words that hold the records of the first table that differ only in the bits before the last two."""
        return RECORD_WORDS << (self.first - 2)

    def extent(self, tables: int) -> int:
        """Words that the first ``tables`` tables spread over."""
        return int(self.block * _FIRST_EXTENT**tables)

    @property
    def words(self) -> range:
        """All addresses of the chain."""
        return range(self.start, self.start + self.extent(self.tables))

    def span(self, top: int) -> range:
        """Addresses of a table and those before it."""
        tables = (top - self.first) // 2 + 1
        margin = sum(2 * self.extent(before) for before in range(tables, self.tables))
        return range(self.start + margin, self.start + margin + self.extent(tables))

    def factors(self, top: int) -> tuple[int, int]:
        """What ``P`` of the newest bit is multiplied by, for 0 and 1 of the bit before it."""
        if top == self.first:
            return _FIRST_FACTORS[0] * self.block, _FIRST_FACTORS[1] * self.block
        extent = self.extent((top - self.first) // 2)
        return -extent, extent

    def first_addend(self, older: int) -> int:
        """What is added in the first table, where the bits before the last two spell ``older``."""
        return self.span(self.first).start + 2 * _FIRST_FACTORS[0] * self.block + RECORD_WORDS * older

    def address(self, top: int, bits: Sequence[int]) -> int:
        """The address of the record at the end of a path of ``top`` bits."""
        if top == self.first:
            older = 0
            for bit in bits[: top - 2]:
                older = 2 * older + bit
            start = self.first_addend(older)
        else:
            start = self.address(top - 2, bits[: top - 2])
        return start + (bits[top - 1] - 2) * self.factors(top)[bits[top - 2]]
