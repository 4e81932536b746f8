"""The rounds of one group of walkers: find the node, hash, take the path bit, step the address.

The live value ``u`` is the walker's value, encoded (see :mod:`problems.tree_hash.tables`), from the first hash on.
The encoding's constant is odd, so a path bit ``u & 1`` is 1 where the walker goes *left*.
"""

from collections.abc import Sequence

from machine.graph.builder import BinaryEngines, Kernel, VectorOperand
from machine.graph.operation import Buffer, Implementation, MemoryRange
from problems.tree_hash.addresses import Addresses
from problems.tree_hash.choices import Depth
from problems.tree_hash.hash import emit_hash_parts
from problems.tree_hash.live_value import BitForm, LiveValue
from problems.tree_hash.path import Path
from problems.tree_hash.plan import Plan, Service, Visit
from problems.tree_hash.record_tables import Linear
from problems.tree_hash.records import Loaded, Records
from problems.tree_hash.tables import Tables


class Walkers:
    """Emits the operations of one group, round by round.

    Attributes:
        value: the values as they are in the image, before the first round and after the last.
    """

    def __init__(self, kernel: Kernel, plan: Plan, tables: Tables, records: Records, group: int, value: Buffer) -> None:
        self._kernel = kernel
        self._plan = plan
        self._tables = tables
        self._records = records
        self._group = group
        self.value = value
        self._live: LiveValue | None = None
        self._start_pass()

    def _start_pass(self) -> None:
        self._path = Path()
        self._addresses = Addresses(self._kernel, self._plan, self._path, self._group)
        self._loaded: Loaded | None = None

    def round(self, number: int, *, with_indices: bool) -> None:
        """Emit one round; after the last, ``value`` is the walkers' value itself."""
        layout = self._plan.layout
        last = number == layout.rounds - 1
        level = layout.level_of_round(number)
        if level == 0:
            self._start_pass()
        name = self._name("hash")
        parts = emit_hash_parts(self._kernel, self._meet_node(number, level), name, self._plan.engines)
        self._live = LiveValue(self._kernel, self._plan, name, self._name("bit"), parts)
        if self._plan.depth is Depth.PLAIN:
            self._live.encoded()
        if level < layout.height and (with_indices or not last):
            self._path.add(self._live)
            self._path.bit(level, self._next_form(number, level))
        if last:
            self.value = self._live.decoded()

    def _next_form(self, number: int, level: int) -> BitForm:
        """The form in which the next round wants the newest path bit."""
        if number == self._plan.layout.rounds - 1:
            return BitForm.LEFT
        service = self._plan.service(Visit(self._group, number + 1))
        if service is Service.RECORD and self._plan.tables[level + 1].folding is not None:
            return BitForm.LEFT_LESS_TWO
        if service is Service.GATHER and level in self._plan.biases and level + 1 in self._plan.biases:
            return BitForm.RIGHT
        return BitForm.LEFT

    def index(self) -> Buffer:
        """The walkers' indices after the last round, below the root."""
        assert self._plan.final_indices is not None
        return self._addresses.linear(self._plan.final_indices)

    # The node

    def _meet_node(self, number: int, level: int) -> Buffer:
        """The XOR of the value with its node."""
        if level == 0:
            root = self._tables.root(encoded=number > 0)
            if self._live is None:
                return self._xor(self.value, root)
            # Lanes read the root itself: no need to broadcast it, but in the first round, when lanes are scarce.
            return self._live.met(
                root, BinaryEngines.ALU if self._plan.setup.adds_addresses else self._plan.engines["node"]
            )
        assert self._live is not None
        match self._plan.service(Visit(self._group, number)):
            case Service.SELECT:
                return self._select_and_meet(level)
            case Service.GATHER:
                return self._gather(level)
            case Service.RECORD:
                return self._load_records(number, level)
            case Service.CHILD:
                assert self._loaded is not None
                met = self._kernel.vector(self._name("met"))
                self._records.child(self._loaded, self._path.bit(level - 1), self._live.encoded(), met)
                return met

    def _select_and_meet(self, level: int) -> Buffer:
        assert self._live is not None
        return self._xor(self._live.encoded(), self._select(level))

    def _xor(self, value: Buffer, node: VectorOperand) -> Buffer:
        met = self._kernel.vector(self._name("met"))
        self._kernel.binary("^", met, value, node, engines=self._plan.engines["node"])
        return met

    def _load_records(self, number: int, level: int) -> Buffer:
        assert self._live is not None
        table = self._plan.tables[level]
        self._records.build(table)
        if table.folding is not None:
            address = self._addresses.folded(table.folding, level)
        else:
            address = self._addresses.linear(table.linear)
        target = self._plan.pointer_target(level)
        wanted = target is not None and self._needs_address(number + target.level - level, target)
        met = self._kernel.vector(self._name("met"))
        pointers = self._records.pointers(self._pointer_place(number)) if wanted else None
        self._loaded = self._records.load(table, address, self._live.encoded(), met, pointers)
        if target is not None and self._loaded.pointer is not None:
            self._addresses.point(target, level, self._loaded.pointer)
        return met

    def _pointer_place(self, number: int) -> int | None:
        """The vector of memory pointers pass through: one of a few in turn, for a last pass with indices others."""
        places = self._plan.vector_places
        if self._group in self._plan.lane_pointers:
            return None
        if self._plan.final_indices is None or len(places) < 2:
            return places[self._group % len(places)]
        layout, half = self._plan.layout, len(places) // 2
        is_last = layout.pass_of_round(number) == layout.pass_of_round(layout.rounds)
        return places[self._group % half + half * is_last]

    def _needs_address(self, number: int, target: Linear) -> bool:
        """Whether a round, if there is one, finds nodes by an address; after the last, indices may be wanted."""
        if number >= self._plan.layout.rounds:
            return number == self._plan.layout.rounds and target == self._plan.final_indices
        if target == self._plan.final_indices or self._plan.layout.level_of_round(number) == 0:
            return False
        return self._plan.service(Visit(self._group, number)) in (Service.RECORD, Service.GATHER)

    def _select(self, level: int) -> VectorOperand:
        """Select among a level's nodes, oldest path bit first, so that one select waits for the newest."""
        nodes: Sequence[VectorOperand] = [self._tables.node(level, number) for number in range(2**level)]
        for depth, bit in enumerate(self._path.bits(0, level)):
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
        """Gather a level's nodes, encoded in place or not; where not, they meet the decoded value."""
        assert self._live is not None
        is_encoded = self._plan.is_encoded_in_memory(level)
        if is_encoded:
            self._tables.encode_in_memory(level)
        address = self._addresses.linear(self._plan.gather_addresses(level))
        first = self._plan.layout.level_at(level)
        bias = self._plan.biases.get(level, 0)
        if bias == 0:
            node = self._kernel.vector(self._name("node"))
            self._kernel.gather(node, address, MemoryRange(first, first + 2**level))
            return self._xor(self._live.encoded() if is_encoded else self._live.decoded(), node)
        value = self._live.decoded()
        met = self._kernel.vector(self._name("met"))
        length = self._kernel.machine.vector_length
        memory = MemoryRange(first - bias, first - bias + 2**level - 1 + length)
        for lane in range(length):
            words = self._kernel.vector(self._name("node"))
            self._kernel.load_vector(words, address[lane], memory)
            self._kernel.scalar_binary("^", met[lane], value[lane], words[bias])
        return met

    def _name(self, what: str) -> str:
        return f"{what}.{self._group}"
