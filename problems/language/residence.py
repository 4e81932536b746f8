"""Which words of memory are in scratch: loaded once and kept, by vectors or by rows of an array, or loaded again."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from machine.graph.builder import Kernel
from machine.graph.operation import Buffer, MemoryRange, Operand
from problems.knobs import ChoiceKnob, Knob, KnobSettings
from problems.language.addresses_of import Addresses
from problems.language.constants_of import Constants
from problems.language.declarations import Placed

KEPT, ROWS, AGAIN = "kept", "rows", "again"


class Residence:
    """Loads words at addresses that are known, as knobs say.

    ``kept``: each vector once.  ``rows``: a row (words that differ in the last subscript) is one piece of scratch,
    loaded vector by vector on first need; shifted vectors are parts of it.  ``again``: once in each iteration.
    """

    def __init__(
        self, kernel: Kernel, constants: Constants, arrays: Mapping[str, Placed], settings: KnobSettings
    ) -> None:
        self._kernel = kernel
        self.addresses = Addresses(kernel, constants, settings)
        self._arrays = arrays
        self._settings = settings
        self._kept: dict[str, dict[tuple[int, int], Operand | Buffer]] = defaultdict(dict)
        self._rows: dict[int, Buffer] = {}
        self._parts: set[int] = set()
        self._iteration = 0
        self._touched: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self._stored: set[str] = set()

    def load(self, array: Placed, start: int, count: int) -> Operand | Buffer:
        """The words from ``start`` on: one, or a vector."""
        if count > 1:
            self._touched[array.name].add((self._iteration, start))
        if self._settings.get(f"{array.name}.loads") == ROWS and self._row(array, start).stop - start >= count:
            return self._part_of_row(array, start, count)
        kept = self._kept[array.name]
        if (start, count) not in kept:
            kept[start, count] = self._load(array, start, count)
        return kept[start, count]

    def begin_iteration(self) -> None:
        """Forget the vectors of arrays that are to be loaded again."""
        self._iteration += 1
        for name, kept in self._kept.items():
            if self._settings.get(f"{name}.loads") == AGAIN:
                self._kept[name] = {key: handle for key, handle in kept.items() if key[1] == 1}

    def forget(self, array: Placed) -> None:
        """The array is stored to: what was loaded before is no longer what it holds."""
        self._stored.add(array.name)
        self._kept.pop(array.name, None)
        self._rows = {start: row for start, row in self._rows.items() if start not in array.words}
        self._parts = {start for start in self._parts if start not in array.words}

    def _load(self, array: Placed, start: int, count: int) -> Operand | Buffer:
        kernel = self._kernel
        if count == 1:
            word = kernel.scalar(array.name)
            kernel.load(word, self.addresses.word(start), MemoryRange(start, start + 1))
            return word
        vector = kernel.vector(array.name)
        self._fill(vector, 0, range(start, start + count))
        return vector

    def _fill(self, buffer: Buffer, offset: int, words: range) -> None:
        """Load a vector of words, or fewer one by one."""
        kernel = self._kernel
        if len(words) == kernel.machine.vector_length and kernel.has("vload"):
            kernel.load_vector(buffer[offset], self.addresses.word(words.start), MemoryRange(words.start, words.stop))
            return
        for number, address in enumerate(words):
            kernel.load(buffer[offset + number], self.addresses.word(address), MemoryRange(address, address + 1))

    def _row(self, array: Placed, address: int) -> range:
        length = array.lengths[-1]
        start = address - (address - array.start) % length
        return range(start, start + length)

    def _part_of_row(self, array: Placed, start: int, count: int) -> Operand:
        """Words of a row's piece of scratch, the parts of the row that they are in being loaded."""
        row, lanes = self._row(array, start), self._kernel.machine.vector_length
        if row.start not in self._rows:
            self._rows[row.start] = self._kernel.buffer(array.name, len(row))
        buffer = self._rows[row.start]
        for part in _parts(row, lanes, range(start, start + count)):
            if part.start not in self._parts:
                self._parts.add(part.start)
                self._fill(buffer, part.start - row.start, part)
        return buffer[start - row.start]

    def knobs(self) -> Iterator[Knob]:
        """The choices that the loads so far leave to a search."""
        scratch, lanes = self._kernel.machine.scratch_words, self._kernel.machine.vector_length
        for name, touched in self._touched.items():
            starts = {start for _, start in touched}
            overlap = any(start + shift in starts for start in starts for shift in range(1, lanes))
            if name in self._stored or (len(touched) == len(starts) and not overlap):
                continue
            choices = (KEPT, ROWS, AGAIN) if overlap else (KEPT, AGAIN)
            is_small = len(self._arrays[name].words) <= scratch // 3
            default = (ROWS if overlap else KEPT) if is_small else AGAIN
            yield ChoiceKnob(f"{name}.loads", default, "what becomes of words that are needed again", choices)


def _parts(row: range, lanes: int, words: range) -> Iterator[range]:
    """The vectors of a row in which ``words`` are, its last words one by one if they fill none."""
    whole = row.start + len(row) // lanes * lanes
    for start in range(row.start, whole, lanes):
        if start < words.stop and words.start < start + lanes:
            yield range(start, start + lanes)
    for start in range(max(whole, words.start), words.stop):
        yield range(start, start + 1)
