"""An e-graph: terms in classes of equal ones, hash-consed, with a log of why classes became one.

After Willsey et al., "egg: fast and extensible equality saturation" (2021): unions are collected and congruence is
restored by :meth:`EGraph.rebuild`.  A class is known by the number of any node in it.  Every class carries
:class:`~rewriting.facts.Facts`, and whether it is *uniform*: the same word in every lane and every copy of a template.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from machine.opcodes import ARITHMETIC, WORD_MASK
from rewriting import facts as known
from rewriting.facts import ANYTHING, Facts
from rewriting.operator_names import AFFINE, INPUT, PACK
from rewriting.terms import CONST, Region

Data = int | Region | tuple[int, int] | None

CONGRUENCE = "operands are equal"
KNOWN_VALUE = "value is known"
_COMMUTATIVE = frozenset("+*^&|") | {"=="}


class Node(NamedTuple):
    """An operator over classes; :class:`~rewriting.terms.Term` says what data it has."""

    op: str
    args: tuple[int, ...] = ()
    data: Data = None


class Union(NamedTuple):
    """Two nodes were found equal, by a rule."""

    a: int
    b: int
    rule: str


@dataclass(slots=True)
class _Class:
    nodes: list[int]
    users: list[int] = field(default_factory=list)
    facts: Facts = ANYTHING
    uniform: bool = False


class NodeLimitError(Exception):
    """The e-graph has as many nodes as it may have."""


class EGraph:
    """Nodes and their classes.

    Attributes:
        nodes: every node, with operands as they were when it was added.
        reasons: the rule that each node was added by.
        unions: why classes became one, in order.
        limit: how many nodes there may be.
    """

    def __init__(self, limit: int = 50_000) -> None:
        self.nodes: list[Node] = []
        self.reasons: list[str] = []
        self.unions: list[Union] = []
        self.limit = limit
        self._uniform_inputs: dict[int, bool] = {}
        self._parents: list[int] = []
        self._classes: dict[int, _Class] = {}
        self._numbers: dict[Node, int] = {}
        self._merged: list[int] = []
        self._narrowed: list[int] = []
        self._changed: set[int] = set()

    # Asking

    def find(self, number: int) -> int:
        """The number that stands for the class of a node."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def classes(self) -> Iterator[int]:
        """All classes."""
        return iter(list(self._classes))

    def members(self, number: int) -> list[int]:
        """The nodes of a class; where its value is known, the constant alone."""
        return self._classes[self.find(number)].nodes

    def facts(self, number: int) -> Facts:
        """What is known of a class."""
        return self._classes[self.find(number)].facts

    def value(self, number: int) -> int | None:
        """The word that a class is, if it is known."""
        return self.facts(number).value

    def uniform(self, number: int) -> bool:
        """Whether a class is the same word in every lane and copy."""
        return self._classes[self.find(number)].uniform

    def canonical(self, number: int) -> Node:
        """A node with its operands' classes as they are now."""
        return self._canonical(self.nodes[number])

    def take_changed(self) -> set[int]:
        """The classes that are new, or have new nodes, facts or operands, since this was last asked."""
        changed = {self.find(number) for number in self._changed}
        self._changed = set()
        return changed

    def users(self, number: int) -> list[int]:
        """The nodes that a class is an operand of."""
        return self._classes[self.find(number)].users

    # Adding

    def input(self, number: int, uniform: bool) -> int:
        """A leaf."""
        self._uniform_inputs[number] = uniform
        return self.add(INPUT, (), number)

    def constant(self, value: int, reason: str = "") -> int:
        """The word ``value``."""
        return self.add(CONST, (), value & WORD_MASK, reason)

    def affine(self, factor: int, a: int, addend: int, reason: str = "") -> int:
        """``factor * a + addend``; ``a`` itself where that is what it says."""
        factor, addend = factor & WORD_MASK, addend & WORD_MASK
        return self.find(a) if (factor, addend) == (1, 0) else self.add(AFFINE, (a,), (factor, addend), reason)

    def add(self, op: str, args: tuple[int, ...] = (), data: Data = None, reason: str = "") -> int:
        """The number of a node, which is new unless an equal one is there.

        Raises:
            NodeLimitError: it would be one node too many.
        """
        node = self._canonical(Node(op, args, data))
        known_number = self._numbers.get(node)
        if known_number is not None:
            return known_number
        if len(self.nodes) >= self.limit:
            raise NodeLimitError
        number = len(self.nodes)
        self.nodes.append(node)
        self.reasons.append(reason)
        self._parents.append(number)
        self._numbers[node] = number
        self._classes[number] = _Class([number])
        self._changed.add(number)
        for arg in set(node.args):
            self._classes[arg].users.append(number)
        self._learn(number, self._facts_of(node), self._uniform_of(node))
        return number

    def union(self, a: int, b: int, rule: str) -> bool:
        """Make the classes of two nodes one; whether they were two."""
        kept, gone = self.find(a), self.find(b)
        if kept == gone:
            return False
        self.unions.append(Union(a, b, rule))
        if len(self._classes[kept].users) < len(self._classes[gone].users):
            kept, gone = gone, kept
        self._parents[gone] = kept
        lost, held = self._classes.pop(gone), self._classes[kept]
        held.nodes.extend(lost.nodes)
        held.users.extend(lost.users)
        self._merged.append(kept)
        self._changed.add(kept)
        facts, uniform = held.facts, held.uniform
        held.facts, held.uniform = facts.meet(lost.facts), uniform or lost.uniform
        self._narrowed.append(kept)
        return True

    def rebuild(self) -> None:
        """Restore congruence, and let facts travel to where they have an effect."""
        while self._merged or self._narrowed:
            while self._merged:
                merged = {self.find(number) for number in self._merged}
                self._merged = []
                for number in merged:
                    self._restore(number)
            narrowed = {self.find(number) for number in self._narrowed}
            self._narrowed = []
            for number in narrowed:
                self._spread(number)

    def _restore(self, number: int) -> None:
        """Nodes that use the class and have become equal are made one."""
        held = self._classes.get(number)
        if held is None:
            return
        users = list(dict.fromkeys(held.users))
        held.users = users
        for user in users:
            node = self._canonical(self.nodes[user])
            other = self._numbers.setdefault(node, user)
            self._changed.add(user)
            if other != user:
                self.union(other, user, CONGRUENCE)

    def _spread(self, number: int) -> None:
        held = self._classes.get(number)
        if held is None:
            return
        value = held.facts.value
        if value is not None and not any(self.nodes[node].op == CONST for node in held.nodes):
            self.union(number, self.constant(value, KNOWN_VALUE), KNOWN_VALUE)
            return
        if value is not None:
            held.nodes = [node for node in held.nodes if self.nodes[node].op == CONST]
            held.uniform = True
        for user in list(held.users):
            node = self._canonical(self.nodes[user])
            self._learn(user, self._facts_of(node), self._uniform_of(node))

    def _learn(self, number: int, facts: Facts, uniform: bool) -> None:
        held = self._classes[self.find(number)]
        together = held.facts.meet(facts)
        if together != held.facts or (uniform and not held.uniform) or held.facts.value is not None:
            if together != held.facts or (uniform and not held.uniform):
                self._narrowed.append(number)
                self._changed.add(number)
            held.facts, held.uniform = together, held.uniform or uniform

    # Nodes

    def _canonical(self, node: Node) -> Node:
        args = tuple(self.find(arg) for arg in node.args)
        if node.op in _COMMUTATIVE and args[0] > args[1]:
            args = (args[1], args[0])
        return Node(node.op, args, node.data)

    def _facts_of(self, node: Node) -> Facts:
        operands = [self._classes[arg].facts for arg in node.args]
        match node.op:
            case "const":
                assert isinstance(node.data, int)
                return known.exactly(node.data)
            case op if op == AFFINE:
                assert isinstance(node.data, tuple)
                return known.affine(node.data[0], node.data[1], operands[0])
            case "select":
                return known.select(operands[0], operands[1], operands[2])
            case "multiply_add":
                return known.multiply_add(operands)
            case op if op in ARITHMETIC:
                return known.binary(op, operands[0], operands[1])
            case _:
                return ANYTHING

    def _uniform_of(self, node: Node) -> bool:
        if node.op == INPUT:
            assert isinstance(node.data, int)
            return self._uniform_inputs[node.data]
        return node.op != PACK and all(self._classes[arg].uniform for arg in node.args)
