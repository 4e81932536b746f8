"""Seeded generator of graphs, and of schedules that keep their dependences and nothing more."""

from collections.abc import Callable
from random import Random

from machine.definition import Kind
from machine.graph.builder import Kernel, Splat, VectorOperand
from machine.graph.dependences import EdgeKind
from machine.graph.flat import FlatGraph, edge_distance, opcode_table
from machine.graph.operation import Buffer, Graph, Implementation, MemoryRange, Operand
from machine.model import Machine
from machine.program import Program, Slot

MEMORY_WORDS = 64


class GraphWriter:
    """Emits random operations over a few buffers, written again and again, and over memory ranges that alias."""

    def __init__(self, random: Random, machine: Machine) -> None:
        self.random = random
        self.kernel = Kernel(machine, MEMORY_WORDS)
        self.length = machine.vector_length
        self.buffers = [self.kernel.buffer(f"b{n}", 2 * self.length, zero=random.random() < 0.5) for n in range(3)]
        for buffer in self.buffers:
            if not buffer.zero:
                for first in (0, self.length):
                    self._load_vector(buffer[first])

    def graph(self, operations: int) -> Graph:
        emits: list[Callable[[], None]] = [
            self._binary,
            self._binary,
            self._select,
            self._multiply_add,
            self._scalar,
            self._broadcast,
            self._load,
            self._store,
            self._gather,
            self._store_vector,
            lambda: self._load_vector(self._vector()),
        ]
        if self.kernel.machine.definitions:
            emits += [self._own] * 6
        for _ in range(operations):
            self.random.choice(emits)()
        return self.kernel.graph()

    def _buffer(self) -> Buffer:
        return self.random.choice(self.buffers)

    def _vector(self) -> Operand:
        return self._buffer()[self.random.randint(0, self.length)]

    def _word(self) -> Operand:
        return self._buffer()[self.random.randrange(2 * self.length)]

    def _source(self) -> VectorOperand:
        kind = self.random.random()
        if kind < 0.2:
            return self.kernel.splat(self.random.randrange(6))
        return Splat(self._word()) if kind < 0.3 else self._vector()

    def _range(self, words: int) -> tuple[Operand, MemoryRange]:
        """An address and a range, wider than need be, that it lies in."""
        address = self.random.randint(0, MEMORY_WORDS - words)
        start = self.random.randint(max(0, address - 4), address)
        stop = self.random.randint(address + words, min(MEMORY_WORDS, address + words + 4))
        return self.kernel.constant(address), MemoryRange(start, stop)

    def _binary(self) -> None:
        self.kernel.binary(self.random.choice("+-*^&|<"), self._vector(), self._source(), self._source())

    def _own(self) -> None:
        """One of the machine's own opcodes, on vectors where an engine has it so, else lane by lane, or on words."""
        definition = self.random.choice(list(self.kernel.machine.definitions.values()))
        kinds = [kind for _, kind in definition.operands]
        others = {Kind.WORD: self._word, Kind.NUMBER: lambda: self.random.randrange(-5, 2**32)}
        if self.kernel.has(definition.name, vector=False) and self.random.random() < 0.3:
            words = [{**others, Kind.LANE: self._word}[kind]() for kind in kinds]
            self.kernel.scalar_apply(definition.name, self._word(), *words)
        else:
            operands = [{**others, Kind.LANE: self._source}[kind]() for kind in kinds]
            self.kernel.apply(definition.name, self._vector(), *operands)

    def _scalar(self) -> None:
        self.kernel.scalar_binary(self.random.choice("+-^"), self._word(), self._word(), self._word())

    def _multiply_add(self) -> None:
        self.kernel.multiply_add(self._vector(), self._source(), self._source(), self._source())

    def _broadcast(self) -> None:
        self.kernel.broadcast(self._vector(), self._word())

    def _select(self) -> None:
        """Between two vectors by a bit, or as ``bit * (a - b) + b`` with the difference made apart."""
        bit, difference = self.kernel.vector("bit"), self.kernel.vector("difference")
        self.kernel.binary("&", bit, self._source(), self.kernel.splat(1))
        d, a, b = self._vector(), self._vector(), self._vector()
        self.kernel.binary("-", difference, a, b)
        product = self.kernel.multiply_add_implementation(d, bit, difference, b)
        other = Implementation(product.name, product.runs, ((bit[0], self.length),))
        self.kernel.select(d, bit, a, b, [other])

    def _load(self) -> None:
        self.kernel.load(self._word(), *self._range(1))

    def _store(self) -> None:
        address, memory = self._range(1)
        self.kernel.store(address, self._word(), memory)

    def _load_vector(self, d: Operand) -> None:
        self.kernel.load_vector(d, *self._range(self.length))

    def _store_vector(self) -> None:
        address, memory = self._range(self.length)
        self.kernel.store_vector(address, self._vector(), memory)

    def _gather(self) -> None:
        addresses, masked = self.kernel.vector("addresses"), self.kernel.vector("masked")
        base = self.random.randrange(MEMORY_WORDS - 8)
        self.kernel.binary("&", masked, self._source(), self.kernel.splat(7))
        self.kernel.binary("+", addresses, masked, self.kernel.splat(base))
        self.kernel.gather(self._vector(), addresses, MemoryRange(base, base + 8))


def random_choice(random: Random, graph: Graph) -> list[int]:
    return [random.randrange(len(operation.implementations)) for operation in graph.operations]


def constraints(flat: FlatGraph, choice: list[int]) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """The slots of the chosen implementations, and (slot, other slot, least distance, kind) by the laws of ``flat``."""
    slots = [slot for n, k in enumerate(choice) for slot in flat.slots_of(int(flat.operation_starts[n]) + k)]
    latency = flat.slot_latencies.tolist()
    writer: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    for slot in slots:
        for version in flat.writes[flat.write_starts[slot] : flat.write_starts[slot + 1]].tolist():
            writer[version] = slot
        for version in flat.reads[flat.read_starts[slot] : flat.read_starts[slot + 1]].tolist():
            readers.setdefault(version, []).append(slot)
    pairs: set[tuple[int, int, EdgeKind]] = set()
    for version, slot in writer.items():
        pairs |= {(slot, reader, EdgeKind.READ_AFTER_WRITE) for reader in readers.get(version, [])}
        previous = int(flat.version_previous[version])
        if previous >= 0:
            pairs |= {(reader, slot, EdgeKind.WRITE_AFTER_READ) for reader in readers.get(previous, [])}
            if previous in writer:
                pairs.add((writer[previous], slot, EdgeKind.WRITE_AFTER_WRITE))
    chosen = set(slots)
    pairs |= {(a, b, EdgeKind(kind)) for a, b, kind in flat.edges.tolist() if a in chosen and b in chosen}
    found = []
    for a, b, kind in pairs:
        distance = edge_distance(kind, latency[a], latency[b])
        if kind is EdgeKind.WRITE_AFTER_WRITE and flat.slot_engines[a] != flat.slot_engines[b]:
            distance += latency[a] == latency[b]  # engines have no order of their own here
        if a != b:
            found.append((a, b, distance, int(kind)))
    return slots, found


def random_schedule(
    random: Random, flat: FlatGraph, choice: list[int], spread: int, ignored: EdgeKind | None = None
) -> dict[int, int]:
    """Issue cycles by slot: random ones, made later where a dependence needs it, and no later than that."""
    slots, pairs = constraints(flat, choice)
    pairs = [pair for pair in pairs if pair[3] != ignored]
    cycles = {slot: random.randrange(spread) for slot in slots}
    moved = True
    while moved:
        moved = False
        for a, b, distance, _ in pairs:
            if cycles[b] < cycles[a] + distance:
                cycles[b] = cycles[a] + distance
                moved = True
    first = min(cycles.values(), default=0)
    return {slot: cycle - first for slot, cycle in cycles.items()}


def scheduled_program(graph: Graph, flat: FlatGraph, cycles: dict[int, int]) -> Program:
    """Each buffer at an address of its own; slots of a bundle in graph order within their engine."""
    opcodes = opcode_table(graph)
    bundles: list[dict[str, list[Slot]]] = [{"alu": []} for _ in range(max(cycles.values(), default=-1) + 1)]
    for slot in sorted(cycles):
        opcode = opcodes[flat.slot_opcodes[slot]]
        operands = flat.slot_operands[slot, : len(opcode.operands)].tolist()
        bundles[cycles[slot]].setdefault(opcode.engine, []).append((opcode.name, *operands))
    return Program(tuple(bundles))


def random_memory(random: Random) -> list[int]:
    return [random.randrange(2**32) for _ in range(MEMORY_WORDS)]
