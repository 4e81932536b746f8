"""Where tables and passing words go in memory: index words, if they are no output, and nodes that nobody gathers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from problems.tree_hash.folding import Folding
from problems.tree_hash.layout import Layout
from problems.tree_hash.record_tables import Arrangement, RecordTable


@dataclass(frozen=True)
class Places:
    """What lies where.

    Attributes:
        tables: by the level of their nodes.
        vectors: addresses of places for a vector each, free from the time their nodes have been loaded.
    """

    tables: Mapping[int, RecordTable]
    vectors: Sequence[int]


class _Free:
    """Free stretches of memory, from which words are taken at the front."""

    def __init__(self, stretches: Sequence[range]) -> None:
        self._stretches = list(stretches)

    def take(self, words: int) -> int | None:
        """The address of ``words`` words, if a stretch has them."""
        for number, stretch in enumerate(self._stretches):
            if len(stretch) >= words:
                self._stretches[number] = stretch[words:]
                return stretch.start
        return None


def find_places(
    layout: Layout,
    arranged: Sequence[tuple[int, Arrangement]],
    first_gathered: int,
    vector_length: int,
    *,
    indices_are_free: bool,
) -> Places:
    """Place tables and vectors.

    A natural table takes the place of the very nodes it holds, three words for each of the upper level.  Folded ones
    go to free memory; where there is none for them, they are natural.

    Args:
        layout: the image.
        arranged: the tables, in order.
        first_gathered: the least level whose nodes are gathered from where the image has them.
        vector_length: words of a vector; the last record is followed by at least as many.
        indices_are_free: whether index words are no output.
    """
    folded = [top for top, arrangement in arranged if arrangement is Arrangement.FOLDED]
    while True:
        natural = [top for top, _ in arranged if top not in folded]
        lowest = min([first_gathered, *natural])
        stretches = [range(layout.indices_at, layout.values_at)] if indices_are_free else []
        if lowest > 0:
            stretches.append(range(Layout.level_at(lowest)))
        free = _Free(stretches)
        tables: dict[int, RecordTable] = {}
        if folded:
            words = Folding(folded[0], len(folded), 0).extent(len(folded))
            start = free.take(-(-(words + vector_length) // vector_length) * vector_length)
            if start is None:
                folded.pop()
                continue
            folding = Folding(folded[0], len(folded), start)
            tables |= {top: RecordTable(top, folding, start) for top in folded}
        for top in natural:
            table = RecordTable(top, None, Layout.level_at(top))
            if table.span.stop + vector_length <= layout.memory_words:
                tables[top] = table
        return Places(tables, _vectors(free, vector_length))


def _vectors(free: _Free, vector_length: int) -> list[int]:
    found: list[int] = []
    while (address := free.take(vector_length)) is not None:
        found.append(address)
    return found
