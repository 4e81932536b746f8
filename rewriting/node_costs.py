"""What the nodes of an e-graph cost on a machine, and as which opcodes they are computed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from machine.model import Machine
from machine.opcodes import WORD_MASK
from rewriting.egraph import AFFINE, INPUT, EGraph
from rewriting.terms import CONST, LOAD, MULTIPLY_ADD, PACK, SELECT, Region

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
            if cost is not None:
                yield Candidate(node, op, args, data, cost, self._latency(op, uniform))

    def region(self, region: Region) -> float:
        """The cost of changing a region's words in place."""
        blocks = (region.stop - region.start) / self._machine.vector_length
        step = sum(self._vector_cost(op) or 0.0 for op, _ in region.maps)
        memory = self._price("load", "vload") + self._price("store", "vstore")
        return blocks * (step + memory) / self.copies

    def _vector_cost(self, op: str) -> float | None:
        if op == INPUT:
            return 0.0
        if op in (LOAD, PACK):
            engine, opcode = ("load", "load") if op == LOAD else ("alu", "|")
            return self._machine.vector_length * self._price(engine, opcode)
        if op == SELECT:
            return self._price("flow", "vselect") if self._machine.offers("flow", "vselect") else None
        costs = []
        if self._machine.offers("valu", op):
            costs.append(self._price("valu", op))
        if self._machine.offers("alu", op):
            costs.append(self._machine.vector_length * self._price("alu", op))
        return min(costs, default=None)

    def _uniform_cost(self, op: str) -> float | None:
        """A word, and its broadcast."""
        broadcast = self._price("valu", "vbroadcast")
        if op == INPUT:
            own = 0.0
        elif op == CONST:
            own = self._price("load", "const")
        elif op == LOAD:
            own = 2 * self._price("load", "vload") / self._machine.vector_length
        elif op == SELECT and self._machine.offers("flow", "select"):
            own = self._price("flow", "select")
        elif op == MULTIPLY_ADD:
            own = 2 * self._price("alu", "*")
        elif self._machine.offers("alu", op):
            own = self._price("alu", op)
        else:
            return None
        return (own + broadcast) / self.copies

    def _price(self, engine: str, opcode: str) -> float:
        return self._prices[engine] if self._machine.offers(engine, opcode) else 1.0

    def _latency(self, op: str, uniform: bool) -> int:
        """Of the engine that a vector is computed on first, or of alu for a word; a gather issues lane by lane."""
        if op in (INPUT, CONST):
            return 0
        engines = ("alu", "load", "flow") if uniform else ("valu", "load", "flow", "alu")
        name = "vselect" if op == SELECT and not uniform else op
        latencies = [
            self._machine.latency(self._machine.opcode(engine, name))
            for engine in engines
            if self._machine.offers(engine, name)
        ]
        lanes = self._machine.vector_length if op == LOAD and not uniform else 1
        issuing = (lanes - 1) // self._machine.engines["load"].slots if lanes > 1 else 0
        return (latencies[0] if latencies else 1) + issuing


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
