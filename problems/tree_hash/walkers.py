"""The rounds of one group of walkers: find the node, hash, take the path bit, step the address.

The live value ``u`` is the walker's value, encoded (see :mod:`problems.tree_hash.tables`), from the first hash on.
The encoding's constant is odd, so a path bit ``u & 1`` is 1 where the walker goes *left*.
"""

from collections.abc import Sequence

from machine.graph.builder import Kernel, VectorOperand
from machine.graph.operation import Buffer, Implementation, MemoryRange
from problems.tree_hash.hash import emit_hash
from problems.tree_hash.layout import HEADER_WORDS
from problems.tree_hash.plan import Plan, Service, Visit
from problems.tree_hash.tables import ENCODING, Tables


class Walkers:
    """Emits the operations of one group, round by round.

    Attributes:
        value: the live value, encoded after the first round.
        bits: path bits of this pass over the tree, oldest first.
        address: the address of the node at level ``address_level`` of this pass, if known.
    """

    def __init__(self, kernel: Kernel, plan: Plan, tables: Tables, group: int, value: Buffer) -> None:
        self._kernel = kernel
        self._plan = plan
        self._tables = tables
        self._group = group
        self.value = value
        self.bits: list[Buffer] = []
        self.address: Buffer | None = None
        self.address_level = 0

    def round(self, number: int, *, with_indices: bool) -> None:
        """Emit one round; after the last, ``value`` is the walkers' value itself."""
        layout = self._plan.layout
        last = number == layout.rounds - 1
        level = layout.level_of_round(number)
        if level == 0:
            self.bits, self.address, self.address_level = [], None, 0
        self._hash(self._meet_node(number, level))
        if level < layout.height and (with_indices or not last):
            bit = self._kernel.vector(self._name("bit"))
            self._kernel.binary("&", bit, self.value, self._kernel.splat(1), leave_valu=self._movable("parity"))
            self.bits.append(bit)
        if last:
            self.value = self._decoded()

    def index(self, level: int) -> Buffer:
        """The walkers' indices, at a level below the root reached in this pass."""
        return self._step_to(level, bias=-HEADER_WORDS)

    # The node

    def _meet_node(self, number: int, level: int) -> Buffer:
        """The XOR of the value with its node."""
        value = self.value
        node: VectorOperand
        if level == 0:
            node = self._tables.root(encoded=number > 0)
        elif self._plan.service(Visit(self._group, number)) is Service.SELECT:
            node = self._select(level)
        else:
            node = self._gather(level)
            if not self._tables.is_encoded_in_memory(level):
                value = self._decoded()
        met = self._kernel.vector(self._name("met"))
        self._kernel.binary("^", met, value, node, leave_valu=self._movable("node"))
        return met

    def _select(self, level: int) -> VectorOperand:
        """Select among a level's nodes, oldest path bit first, so that one select waits for the newest."""
        nodes: Sequence[VectorOperand] = [self._tables.node(level, number) for number in range(2**level)]
        for depth, bit in enumerate(self.bits[:level]):
            half = len(nodes) // 2
            chosen = []
            for number in range(half):
                selected = self._kernel.vector(self._name("selected"))
                left, right = nodes[number], nodes[half + number]
                if depth == 0:
                    self._select_leaf(selected, bit, level, number, half + number)
                else:
                    self._kernel.select(selected, bit, left, right)
                chosen.append(selected)
            nodes = chosen
        return nodes[0]

    def _select_leaf(self, selected: Buffer, bit: Buffer, level: int, left: int, right: int) -> None:
        """Select between two table nodes: on flow, or as ``bit * (left - right) + right``."""
        engines = self._plan.leaf_selects[level]
        others = []
        if engines != "flow":
            difference = self._tables.difference(level, left, right)
            multiply_add = self._kernel.multiply_add_implementation(
                selected, bit, difference, self._tables.node(level, right)
            )
            boolean = ((bit[0], self._kernel.machine.vector_length),)
            others.append(Implementation(multiply_add.name, multiply_add.runs, boolean))
        if engines == "multiply_add":
            self._kernel.operation("select", others)
        else:
            self._kernel.select(selected, bit, self._tables.node(level, left), self._tables.node(level, right), others)

    def _gather(self, level: int) -> Buffer:
        if self._tables.is_encoded_in_memory(level):
            self._tables.encode_in_memory(level)
        self.address = self._step_to(level)
        self.address_level = level
        node = self._kernel.vector(self._name("node"))
        first = self._plan.layout.level_at(level)
        self._kernel.gather(node, self.address, MemoryRange(first, first + 2**level))
        return node

    # The address: a child's is 2a - 6 for the left, 2a - 5 for the right, that is 2a - 5 - bit

    def _step_to(self, level: int, bias: int = 0) -> Buffer:
        """The address of the node at ``level`` of this pass, plus ``bias``."""
        address, at = self.address, self.address_level
        while at < level:
            bits = 2 if self._plan.paired_steps and level - at >= 2 else 1
            extra = bias if at + bits == level else 0
            address = self._step(address, self.bits[at : at + bits], extra)
            at += bits
        assert address is not None
        return address

    def _step(self, address: Buffer | None, bits: Sequence[Buffer], bias: int) -> Buffer:
        """The address ``len(bits)`` levels below ``address``, or below the root."""
        scale = 2 ** len(bits)
        displacement = -5 * (scale - 1) + bias
        if address is None:
            return self._displaced(displacement + scale * HEADER_WORDS, bits)
        stepped = self._kernel.vector(self._name("address"))
        self._kernel.multiply_add(stepped, address, self._kernel.splat(scale), self._displaced(displacement, bits))
        return stepped

    def _displaced(self, constant: int, bits: Sequence[Buffer]) -> Buffer:
        """``constant`` minus the number that the bits spell, oldest first."""
        result = self._kernel.vector(self._name("step"))
        if len(bits) == 1:
            self._subtract_bit(result, constant, bits[0])
            return result
        weight = 2 ** (len(bits) - 1)
        ones = self._displaced(constant - weight, bits[1:])
        zeros = self._displaced(constant, bits[1:])
        self._kernel.select(result, bits[0], ones, zeros)
        return result

    def _subtract_bit(self, result: Buffer, constant: int, bit: Buffer) -> None:
        """``constant - bit``: a select between two constants on flow, or a subtraction."""
        kernel = self._kernel
        others = kernel.binary_implementations(
            "-", result, kernel.splat(constant), bit, leave_valu=self._movable("step")
        )
        others = [Implementation(other.name, other.runs, ((bit[0], bit.words),)) for other in others]
        kernel.select(result, bit, kernel.splat(constant - 1), kernel.splat(constant), others)

    # The hash

    def _hash(self, word: Buffer) -> None:
        """Ten operations; leaves the encoded hash in ``value``."""
        self.value = emit_hash(self._kernel, word, self._name("hash"), self._plan.movable, encoded=True)

    def _decoded(self) -> Buffer:
        encoding = self._kernel.splat(ENCODING)
        decoded = self._kernel.vector(self._name("hash"))
        self._kernel.binary("^", decoded, self.value, encoding, leave_valu=self._movable("decode"))
        return decoded

    def _movable(self, operation: str) -> bool:
        return operation in self._plan.movable

    def _name(self, what: str) -> str:
        return f"{what}.{self._group}"
