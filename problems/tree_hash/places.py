"""Where tables and passing words go in memory: index words, and nodes that nobody gathers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from machine.model import Machine
from problems.tree_hash.folding import Folding
from problems.tree_hash.layout import Layout
from problems.tree_hash.record_tables import Arrangement, RecordTable

MOST_VECTORS = 4
"""Vectors of memory through which words of a pass may go; each takes a constant a lane, for its addresses."""


@dataclass(frozen=True)
class Places:
    """What lies where.

    Attributes:
        tables: by the level of their nodes.
        vectors: addresses of places for a vector each, free from the time their nodes have been loaded.
        borrowed: the index words among all these: where indices are output, they are stored when all else is done.
    """

    tables: Mapping[int, RecordTable]
    vectors: Sequence[int]
    borrowed: range


_HELD_INDICES = 5
"""Indices may wait in scratch, until the words that hold tables are free, if they take no more than this part of it."""


def borrowable(layout: Layout, machine: Machine, *, with_indices: bool) -> range:
    """Index words that may hold something else: all if they are no output, or so many as can wait in scratch."""
    words = machine.scratch_words // _HELD_INDICES if with_indices else layout.batch
    return range(layout.indices_at, layout.indices_at + min(words, layout.batch))


def find_places(
    layout: Layout,
    arranged: Sequence[tuple[int, Arrangement]],
    first_gathered: int,
    vector_length: int,
    *,
    vectors: int,
    index_words: range,
    vectors_among_nodes: bool = False,
) -> Places:
    """Place tables and vectors.

    A natural table takes the place of the very nodes it holds, three words for each of the upper level.  Folded ones
    go to free memory; where there is none for them, they are natural.

    Args:
        layout: the image.
        arranged: the tables, in order.
        first_gathered: the least level whose nodes are gathered from where the image has them.
        vector_length: words of a vector; the last record is followed by at least as many.
        vectors: at most so many places for a vector.
        index_words: those that may be used.
        vectors_among_nodes: whether vectors are rather placed in the first words of the image, the header included,
            whose addresses are small.
    """
    folded = [top for top, arrangement in arranged if arrangement is Arrangement.FOLDED]
    while True:
        natural = [top for top, _ in arranged if top not in folded]
        indices, nodes = _Free(index_words), _Free(range(Layout.level_at(min([first_gathered, *natural]))))
        start: int | None = 0
        tables = {top: RecordTable(top, None, Layout.level_at(top)) for top in natural}
        if folded:
            words = Folding(folded[0], len(folded), 0).extent(len(folded)) + vector_length
            start = _take((indices, nodes), -(-words // vector_length) * vector_length)
        if start is None:
            folded.pop()
            continue
        folding = Folding(folded[0], len(folded), start) if folded else None
        tables |= {top: RecordTable(top, folding, start) for top in folded}
        taken: list[int] = []
        places = (nodes, indices) if vectors_among_nodes else (indices, nodes)
        while len(taken) < vectors and (found := _take(places, vector_length)) is not None:
            taken.append(found)
        return Places(tables, taken, range(index_words.start, indices.start))


@dataclass
class _Free:
    """Words not taken yet, which are taken from the front."""

    words: range

    @property
    def start(self) -> int:
        return self.words.start

    def take(self, words: int) -> int | None:
        if len(self.words) < words:
            return None
        start, self.words = self.words.start, self.words[words:]
        return start


def _take(places: Sequence[_Free], words: int) -> int | None:
    return next((start for place in places if (start := place.take(words)) is not None), None)
