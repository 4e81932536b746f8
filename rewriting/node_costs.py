"""What the nodes of an e-graph cost on a machine, and as which opcodes they are computed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from machine.definition import Kind
from machine.model import Machine
from machine.opcodes import WORD_MASK, Opcode
from rewriting.egraph import EGraph
from rewriting.operator_names import AFFINE, INPUT, PACK
from rewriting.terms import CONST, LOAD, MULTIPLY_ADD, SELECT, Region

_LEAST_PRICE = 0.002
"""Of a slot, in parts of what it would cost if its engine alone were scarce: what is free is not to be wasted."""

Prices = Mapping[str, float]
"""What a slot of each engine costs, by name."""


@dataclass(frozen=True)
class Candidate:
    """A node as one opcode: what it reads, what it costs, and after how many cycles its result can be read."""

    node: int
    op: str
    args: tuple[int, ...]
    data: int | Region | None
    cost: float
    latency: int


class Costs:
    """Costs for one machine and prices; what is uniform is computed once for ``copies`` copies of a template."""

    def __init__(self, machine: Machine, prices: Prices, copies: int) -> None:
        self._machine = machine
        self.copies = copies
        engines = {engine.name: engine.slots for engine in machine.scored_engines}
        self._prices = {name: prices.get(name, 0.0) + _LEAST_PRICE / slots for name, slots in engines.items()}

    def candidates(self, egraph: EGraph, number: int) -> Iterator[Candidate]:
        """The nodes of a class as opcodes of the machine.

        Constants that an opcode needs are added to the e-graph.
        """
        uniform = egraph.uniform(number)
        for node in list(egraph.members(number)):
            op, args, data = egraph.canonical(node)
            if uniform and not all(egraph.uniform(arg) for arg in args):
                continue
            if op == AFFINE:
                assert isinstance(data, tuple)
                op, args = affine_opcode(egraph, args[0], *data)
                data = None
            assert data is None or isinstance(data, int | Region)
            cost = self._uniform_cost(op) if uniform else self._vector_cost(op)
            if cost is not None and self._takes(egraph, op, args):
                yield Candidate(node, op, args, data, cost, self._latency(op, uniform))

    def _takes(self, egraph: EGraph, op: str, args: Sequence[int]) -> bool:
        """Whether the operands are what an opcode of the machine's own takes: words, or known numbers."""
        definition = self._machine.definitions.get(op)
        kinds = () if definition is None else (kind for _, kind in definition.operands)
        return all(
            kind is Kind.LANE or (egraph.uniform(arg) if kind is Kind.WORD else egraph.value(arg) is not None)
            for kind, arg in zip(kinds, args, strict=False)
        )

    def region(self, region: Region) -> float:
        """The cost of changing a region's words in place."""
        blocks = (region.stop - region.start) / self._machine.vector_length
        step = sum(self._vector_cost(op) or 0.0 for op, _ in region.maps)
        return blocks * (step + self._slot("vload") + self._slot("vstore")) / self.copies

    def _vector_cost(self, op: str) -> float | None:
        if op == INPUT:
            return 0.0
        if op in (LOAD, PACK):
            return self._machine.vector_length * self._slot("load" if op == LOAD else "|")
        lanes = self._machine.vector_length
        costs = [self._prices[each.engine] * (1 if each.is_vector else lanes) for each in self._vector_opcodes(op)]
        return min(costs, default=None)

    def _vector_opcodes(self, op: str) -> list[Opcode]:
        """The opcodes that compute a term lane by lane."""
        if op == SELECT:
            return self._having("vselect") or self._having(SELECT)
        return self._having(op)

    def _uniform_cost(self, op: str) -> float | None:
        """A word, and its broadcast."""
        if op == INPUT:
            own = 0.0
        elif op == LOAD:
            own = 2 * self._slot("vload") / self._machine.vector_length
        else:
            opcodes = self._having(op, vector=False)
            if not opcodes and op == MULTIPLY_ADD and self._having("*", vector=False):
                own = 2 * self._slot("*", vector=False)
            elif not opcodes and op != CONST:
                return None
            else:
                own = self._slot(op, vector=False)
        return (own + self._slot("vbroadcast")) / self.copies

    def _having(self, op: str, *, vector: bool | None = None) -> list[Opcode]:
        return list(self._machine.having(op, vector=vector))

    def _slot(self, op: str, *, vector: bool | None = None) -> float:
        """The cheapest slot of an opcode; dear, where no engine has it."""
        return min((self._prices[opcode.engine] for opcode in self._having(op, vector=vector)), default=1.0)

    def _latency(self, op: str, uniform: bool) -> int:
        """Of the opcode that a vector is computed by first, or a word; a gather issues lane by lane."""
        if op in (INPUT, CONST):
            return 0
        opcodes = self._having(op, vector=False) if uniform or op in (LOAD, PACK) else self._vector_opcodes(op)
        latency = min(map(self._machine.latency, opcodes), default=1)
        if op != LOAD or uniform or not opcodes:
            return latency
        return latency + (self._machine.vector_length - 1) // self._machine.engines[opcodes[0].engine].slots


def affine_opcode(egraph: EGraph, a: int, factor: int, addend: int) -> tuple[str, tuple[int, ...]]:
    """The opcode that computes ``factor * a + addend``, and its operands."""
    if factor == 1:
        return "+", (a, egraph.constant(addend))
    if factor == WORD_MASK:
        return "-", (egraph.constant(addend), a)
    if addend == 0 and factor & (factor - 1) == 0:
        return "<<", (a, egraph.constant(factor.bit_length() - 1))
    if addend == 0:
        return "*", (a, egraph.constant(factor))
    return MULTIPLY_ADD, (a, egraph.constant(factor), egraph.constant(addend))
