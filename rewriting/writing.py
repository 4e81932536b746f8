"""From terms to an operation graph."""

from collections.abc import Iterator, Sequence

from machine.definition import Kind
from machine.errors import GraphError
from machine.graph.builder import Kernel, Splat, VectorOperand
from machine.graph.operation import Buffer, Graph, Implementation, MemoryRange, Operand, SlotRun
from rewriting.constant_sums import Derivation, derive_constants
from rewriting.operator_names import LANE, PACK
from rewriting.ordering import (
    CircleError,
    Compute,
    CopyLane,
    LoadBlock,
    MapRegion,
    Step,
    WriteStore,
    find_blocks,
    order_steps,
)
from rewriting.stretches import NO_STRETCHES, find_stretches
from rewriting.terms import CONST, LOAD, MULTIPLY_ADD, SELECT, VLOAD, Place, Region, Term, TermGraph


def write_graph(graph: TermGraph) -> Graph:
    """An operation graph that computes what ``graph`` stores.

    Terms stand in the order of their places, as far as they can; what no store needs is left out.  Operations have an
    implementation on each engine that the term, or an alternative of it, can be computed on.

    Raises:
        GraphError: the machine has no opcode for a term.
    """
    writer = _Writer(graph)
    steps = writer.steps()
    writer.plan_constants([step for step, _ in steps])
    for step, place in steps:
        with writer.kernel.at(place.stream, place.step):
            writer.write(step)
    return writer.kernel.graph()


class _Writer:
    """Where terms are: vectors in buffers, words in a buffer of their own or in a pack's or block's."""

    def __init__(self, graph: TermGraph) -> None:
        self.kernel = Kernel(graph.machine, graph.memory_words, broadcast_by_lanes=True)
        self._graph = graph
        self._table = graph.table
        self._needed = self._find_needed()
        self._homes = self._find_homes()
        self._blocks = find_blocks(graph, [number for number in self._needed if number not in self._homes])
        self._stretches = NO_STRETCHES
        self._stretch_buffers: dict[int, Buffer] = {}
        self._vectors: dict[int, Operand] = {}
        self._words: dict[int, Operand] = {}
        self._block_buffers: dict[int, Buffer] = {}
        self._constants: dict[int, Operand] = {}
        self._derivations: dict[int, Derivation] = {}

    def _find_needed(self) -> list[int]:
        roots = set(self._graph.roots())
        while True:
            needed = self._table.reachable(roots)
            operands = {arg for n in needed for term in self._graph.alternatives.get(n, ()) for arg in term.args}
            if operands <= set(needed):
                return needed
            roots |= operands

    def _find_homes(self) -> dict[int, tuple[int, int]]:
        """Words that are computed straight into a pack: the pack and the lane of each."""
        homes: dict[int, tuple[int, int]] = {}
        for number in self._needed:
            if self._table[number].op == PACK:
                for lane, word in enumerate(self._table[number].args):
                    if self._table[word].op not in (CONST, LANE):
                        homes.setdefault(word, (number, lane))
        return homes

    def steps(self) -> list[tuple[Step, Place]]:
        """What is to be written, in order; stretches that no order is right for are given up."""
        operands = {number: self._operands_of(number) for number in self._needed}
        given_up: frozenset[int] = frozenset()
        while True:
            self._stretches = find_stretches(self._graph, self._needed, given_up)
            try:
                return order_steps(self._graph, self._needed, self._blocks, operands, self._stretches)
            except CircleError as circle:
                given_up |= circle.stretches

    def _operands_of(self, number: int) -> list[int]:
        """What a term or an alternative of it reads."""
        terms = (self._table[number], *self._graph.alternatives.get(number, ()))
        return [arg for term in terms for arg in term.args]

    def write(self, step: Step) -> None:
        """Append the operations of one step."""
        match step:
            case Compute(term):
                self._compute(term)
            case CopyLane(pack, lane):
                self._copy(self._table[pack].args[lane], _lane(self._pack_buffer(pack), lane))
            case LoadBlock(start):
                block = self.kernel.vector(f"block {start}")
                memory = MemoryRange(start, start + self.kernel.machine.vector_length)
                self.kernel.load_vector(block, self._constant(start), memory)
                self._block_buffers[start] = block
            case MapRegion(region):
                self._map_region(region)
            case WriteStore(number):
                self._store(number)

    # Constants

    def plan_constants(self, steps: Sequence[Step]) -> None:
        """Find out which constants are sums or differences of others."""
        used = dict.fromkeys(value for step in steps for value in self._constants_of(step) if value)
        opcodes = frozenset(op for op in "+-" if self.kernel.has(op, vector=False))
        self._derivations = derive_constants(list(used), opcodes)

    def _constants_of(self, step: Step) -> Iterator[int]:
        """The constants that a step reads as words."""
        match step:
            case Compute(term):
                args = self._operands_of(term)
            case LoadBlock(start):
                yield start
                return
            case MapRegion(region):
                yield from range(region.start, region.stop, self.kernel.machine.vector_length)
                yield from (constant for _, constant in region.maps)
                return
            case CopyLane():
                return
            case WriteStore(number):
                args = [self._graph.stores[number].address, self._graph.stores[number].value]
        for arg in args:
            op, _, data = self._table[arg]
            if op == CONST:
                assert isinstance(data, int)
                yield data

    def _constant(self, value: int) -> Operand:
        """A word that holds ``value``: loaded or, if others give it, computed from them."""
        if value == 0:
            return self.kernel.zero()
        if value not in self._constants:
            word, others = self.kernel.scalar(f"const {value:#x}"), list[Implementation]()
            if value in self._derivations:
                op, a, b = self._derivations[value]
                operands = word, self._constant(a), self._constant(b)
                engines = self.kernel.machine.having(op, vector=False)
                others = [Implementation(each.engine, (SlotRun(each, operands),)) for each in engines]
            self.kernel.load_constant(word, value, others)
            self._constants[value] = word
        return self._constants[value]

    # Operands

    def _word(self, term: int) -> Operand:
        op, args, data = self._table[term]
        if op == CONST:
            assert isinstance(data, int)
            return self._constant(data)
        if op == LANE:
            assert isinstance(data, int)
            return _lane(self._vector(args[0]), data)
        if term in self._blocks:
            address = self._table[args[0]].data
            assert isinstance(address, int)
            return self._block_buffers[self._blocks[term]][address - self._blocks[term]]
        return self._words[term]

    def _vector(self, term: int) -> Operand:
        return self._vectors[term]

    def _place_vector(self, term: int, name: str) -> Operand:
        """The first word of a vector: where it lands on others, or in a buffer of its own."""
        landing = self._stretches.landings.get(term)
        if landing is None:
            return self.kernel.vector(name)[0]
        if landing.stretch not in self._stretch_buffers:
            words = self._stretches.sizes[landing.stretch]
            self._stretch_buffers[landing.stretch] = self.kernel.buffer(
                "stretch", words, zero=landing.stretch in self._stretches.zero
            )
        return self._stretch_buffers[landing.stretch][landing.offset]

    def _operand(self, term: int) -> VectorOperand:
        return self._vector(term) if self._table.is_vector(term) else Splat(self._word(term))

    def _kinds(self, term: Term) -> Sequence[Kind]:
        """What each operand is to an opcode: lanes, but for some of the machine's own."""
        definition = self.kernel.machine.definitions.get(term.op)
        return (Kind.LANE,) * len(term.args) if definition is None else [kind for _, kind in definition.operands]

    def _own_operand(self, kind: Kind, term: int) -> VectorOperand | int:
        if kind is Kind.LANE:
            return self._operand(term)
        return self._number(term) if kind is Kind.NUMBER else self._word(term)

    def _number(self, term: int) -> int:
        """A number that stands in the slot itself.

        Raises:
            GraphError: it is not known.
        """
        op, _, data = self._table[term]
        if op != CONST:
            raise GraphError("an opcode takes a number where a word is not known")
        assert isinstance(data, int)
        return data

    # Terms

    def _compute(self, number: int) -> None:
        term = self._table[number]
        if term.op == PACK and number in self._stretches.landings:
            self._vectors[number] = self._place_vector(number, "pack")
        elif term.op == PACK:
            self._pack(number)
        elif self._table.is_vector(number):
            vector = self._place_vector(number, term.op)
            self._compute_vector(vector, term, number)
            self._vectors[number] = vector
        else:
            home = self._homes.get(number)
            word = self.kernel.scalar(term.op) if home is None else _lane(self._pack_buffer(home[0]), home[1])
            self._compute_word(word, term)
            self._words[number] = word

    def _compute_vector(self, d: Operand, term: Term, number: int) -> None:
        if term.op == VLOAD:
            self.kernel.load_vector(d, self._word(term.args[0]), _memory(term))
        elif term.op == LOAD:
            self.kernel.gather(d, self._vector(term.args[0]), _memory(term))
        else:
            terms = (term, *self._graph.alternatives.get(number, ()))
            implementations = [made for each in terms for made in self._implementations(d, each)]
            self.kernel.operation(term.op, implementations)

    def _implementations(self, d: Operand, term: Term) -> list[Implementation]:
        kernel = self.kernel
        operands = [self._own_operand(kind, arg) for kind, arg in zip(self._kinds(term), term.args, strict=True)]
        if term.op == SELECT:
            whole = kernel.apply_implementations("vselect", d, *operands)
            return whole or kernel.apply_implementations("select", d, *operands)
        return kernel.apply_implementations(term.op, d, *operands)

    def _compute_word(self, d: Operand, term: Term) -> None:
        if term.op == LOAD:
            self.kernel.load(d, self._word(term.args[0]), _memory(term))
        elif term.op == MULTIPLY_ADD and not self.kernel.has(MULTIPLY_ADD, vector=False):
            a, b, c = (self._word(arg) for arg in term.args)
            product = self.kernel.scalar("product")
            self.kernel.scalar_binary("*", product, a, b)
            self.kernel.scalar_binary("+", d, product, c)
        else:
            kinds = zip(self._kinds(term), term.args, strict=True)
            operands = [self._number(arg) if kind is Kind.NUMBER else self._word(arg) for kind, arg in kinds]
            self.kernel.scalar_apply(term.op, d, *operands)

    def _pack_buffer(self, number: int) -> Operand:
        if number not in self._vectors:
            starts_zero = self.kernel.machine.scratch_starts_zero
            zero = starts_zero and self._table.constant(0) in self._table[number].args
            self._vectors[number] = self.kernel.vector("pack", zero=zero)[0]
        return self._vectors[number]

    def _pack(self, number: int) -> None:
        buffer = self._pack_buffer(number)
        for lane, word in enumerate(self._table[number].args):
            op, args, data = self._table[word]
            is_there = op == CONST and data == 0 and self.kernel.machine.scratch_starts_zero
            is_copied = op == LANE and args[0] in self._stretches.landings
            if self._homes.get(word) != (number, lane) and not is_there and not is_copied:
                self._copy(word, _lane(buffer, lane))

    def _copy(self, word: int, target: Operand) -> None:
        source = self._word(word)
        self.kernel.scalar_binary("|", target, source, source)

    # Memory

    def _store(self, number: int) -> None:
        store = self._graph.stores[number]
        memory = MemoryRange(store.start, store.stop)
        address = self._word(store.address)
        if store.whole_vector:
            self.kernel.store_vector(address, self._operand(store.value), memory)
        else:
            self.kernel.store(address, self._word(store.value), memory)

    def _map_region(self, region: Region) -> None:
        length = self.kernel.machine.vector_length
        if (region.stop - region.start) % length:
            raise GraphError(f"region {region.start}..{region.stop - 1} is no whole number of vectors")
        for start in range(region.start, region.stop, length):
            memory = MemoryRange(start, start + length)
            block = self.kernel.vector(f"block {start}")
            self.kernel.load_vector(block, self._constant(start), memory)
            for opcode, constant in region.maps:
                mapped = self.kernel.vector(f"mapped {start}")
                self.kernel.binary(opcode, mapped, block, Splat(self._constant(constant)))
                block = mapped
            self.kernel.store_vector(self._constant(start), block, memory)


def _lane(vector: Operand, lane: int) -> Operand:
    return Operand(vector.buffer, vector.offset + lane)


def _memory(term: Term) -> MemoryRange:
    assert isinstance(term.data, Region)
    return MemoryRange(term.data.start, term.data.stop)
