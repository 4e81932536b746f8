"""Nodes in scratch, for rounds that select, and encoded in memory, for rounds that gather.

*Encoded* means XORed with the constant of hash stage 5.  A walker's live value is kept encoded too, so that the
constant cancels and stage 5 costs two operations and not three.
"""

from machine.graph.builder import Kernel, Splat
from machine.graph.operation import Buffer, MemoryRange, Operand
from problems.tree_hash.layout import HEADER_WORDS
from problems.tree_hash.plan import Plan
from problems.tree_hash.reference import HASH_STAGES
from problems.tree_hash.setup import Setup

ENCODING = HASH_STAGES[5][1]
"""Stage 5's constant."""


class Tables:
    """Loads and encodes nodes on first need."""

    def __init__(self, kernel: Kernel, plan: Plan, setup: Setup) -> None:
        self._kernel = kernel
        self._plan = plan
        self._setup = setup
        self._raw: dict[int, Buffer] = {}
        self._encoded: dict[int, Buffer] = {}
        self._differences: dict[tuple[int, int, int], Operand] = {}
        self._encoded_in_memory: set[int] = set()

    def root(self, *, encoded: bool) -> Splat:
        """The root, in every lane."""
        if not encoded and self._setup.root is not None:
            return Splat(self._setup.root)
        return Splat(self._word(HEADER_WORDS, encoded=encoded))

    def node(self, level: int, number: int) -> Splat:
        """Node ``number`` of a level, encoded, in every lane."""
        return Splat(self._word(self._plan.layout.level_at(level) + number, encoded=True))

    def difference(self, level: int, number: int, other: int) -> Splat:
        """Encoded node ``number`` minus encoded node ``other``, in every lane."""
        key = level, number, other
        if key not in self._differences:
            word = self._kernel.scalar(f"difference {level}:{number}-{other}")
            a, b = self.node(level, number), self.node(level, other)
            self._kernel.scalar_binary("-", word, a.scalar, b.scalar)
            self._differences[key] = word
        return Splat(self._differences[key])

    def encode_in_memory(self, level: int) -> None:
        """Encode a level in place, unless that has been done."""
        if level in self._encoded_in_memory:
            return
        self._encoded_in_memory.add(level)
        length = self._kernel.machine.vector_length
        first = self._plan.layout.level_at(level)
        for start in range(first, first + 2**level, length):
            block = self._encoded_block(start)
            self._kernel.store_vector(self._setup.word(start), block, MemoryRange(start, start + length))

    def raw(self, level: int, number: int) -> Operand:
        """Node ``number`` of a level, as it is."""
        return self._word(self._plan.layout.level_at(level) + number, encoded=False)

    def load_before_overwriting(self, start: int) -> None:
        """Load those nodes that are wanted and have not been loaded, of the vector of memory at ``start``."""
        for address in range(start, start + self._kernel.machine.vector_length):
            if HEADER_WORDS <= address < self._plan.layout.indices_at and self._plan.is_kept(level_of(address)):
                self._raw_block(self._block_start(address))

    def _word(self, address: int, *, encoded: bool) -> Operand:
        start = self._block_start(address)
        block = self._encoded_block(start) if encoded else self._raw_block(start)
        return block[address - start]

    def _block_start(self, address: int) -> int:
        """Where the block that holds a node starts: blocks of a level tile it, the short levels share the first."""
        length = self._kernel.machine.vector_length
        first = HEADER_WORDS + length - 1  # the first level of at least one vector starts here
        if address >= first:
            return first + (address - first) // length * length
        return min(HEADER_WORDS - 1, max(0, self._plan.layout.memory_words - length))

    def _raw_block(self, start: int) -> Buffer:
        if start not in self._raw:
            block = self._kernel.vector(f"nodes at {start}")
            memory = MemoryRange(start, start + self._kernel.machine.vector_length)
            self._kernel.load_vector(block, self._setup.word(start), memory)
            self._raw[start] = block
        return self._raw[start]

    def _encoded_block(self, start: int) -> Buffer:
        if start not in self._encoded:
            raw = self._raw_block(start)
            block = self._kernel.vector(f"encoded nodes at {start}")
            self._kernel.binary("^", block, raw, self._kernel.splat(ENCODING), engines=self._plan.engines["encode"])
            self._encoded[start] = block
        return self._encoded[start]


def level_of(address: int) -> int:
    """The level of the node at an address of the image."""
    return (address - HEADER_WORDS + 1).bit_length() - 1
