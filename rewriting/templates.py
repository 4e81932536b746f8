"""Parts of a graph that are alike share a template, which is rewritten once.

A part is a set of vectors that depend on one another, with the words that they read.  Words do not join parts: they are
what parts have in common.  A part's leaves are vector loads, and lanes of vectors of other parts; a template numbers
them, so parts that differ in their leaves alone are copies of one template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewriting.operator_names import LANE, LEAF
from rewriting.terms import CONST, VLOAD, Term, TermGraph


@dataclass(frozen=True, slots=True)
class Part:
    """Terms of a graph that stand for a template's, by position there.

    Attributes:
        roots: the terms that are needed from outside.
        terms: the graph's terms, in the template's order.
    """

    roots: tuple[int, ...]
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Terms whose operands are positions among them; leaves have their number as data, and ``uniform`` says which are.

    Attributes:
        terms: in an order in which operands come first.
        roots: positions of what is needed.
        uniform: positions of the leaves that are words.
        parts: the copies.
    """

    terms: tuple[Term, ...]
    roots: tuple[int, ...]
    uniform: frozenset[int]
    parts: tuple[Part, ...]


def find_templates(graph: TermGraph) -> list[Template]:
    """The templates of all that a graph computes."""
    by_shape: dict[tuple[tuple[Term, ...], tuple[int, ...], frozenset[int]], list[Part]] = {}
    for roots in _roots_of_parts(graph):
        part = Part(tuple(roots), tuple(_cone(graph, roots)))
        by_shape.setdefault(_shape(graph, part), []).append(part)
    return [Template(*shape, tuple(parts)) for shape, parts in by_shape.items()]


def is_leaf(term: Term) -> bool:
    """Whether a part takes a term as given."""
    return term.op in (VLOAD, LANE)


def _roots_of_parts(graph: TermGraph) -> list[list[int]]:
    """For each part, the terms in it that stores, other parts or leaves need; words that are needed are a part."""
    table = graph.table
    needed = table.reachable(graph.roots())
    leaders: dict[int, int] = {}

    def find(number: int) -> int:
        while leaders.setdefault(number, number) != number:
            number = leaders[number]
        return number

    wanted = {root for root in graph.roots() if not is_leaf(table[root])}
    for number in needed:
        op, args, _ = table[number]
        if op in (LANE, VLOAD):
            wanted |= {arg for arg in args if not is_leaf(table[arg])}
        elif table.is_vector(number):
            for arg in args:
                if table.is_vector(arg) and not is_leaf(table[arg]):
                    leaders[find(arg)] = find(number)
    parts: dict[int, list[int]] = {}
    for root in sorted(wanted):
        if table[root].op != CONST:
            parts.setdefault(find(root) if table.is_vector(root) else -1, []).append(root)
    return list(parts.values())


def _cone(graph: TermGraph, roots: Sequence[int]) -> list[int]:
    """The terms below the roots, down to leaves, operands first, in the order in which a walk meets them."""
    met: dict[int, None] = {}
    for root in roots:
        stack = [(root, False)]
        while stack:
            number, expanded = stack.pop()
            if number in met:
                continue
            args = () if is_leaf(graph.table[number]) else graph.table[number].args
            if expanded or not args:
                met[number] = None
            else:
                stack.append((number, True))
                stack.extend((arg, False) for arg in reversed(args))
    return list(met)


def _shape(graph: TermGraph, part: Part) -> tuple[tuple[Term, ...], tuple[int, ...], frozenset[int]]:
    positions: Mapping[int, int] = {number: position for position, number in enumerate(part.terms)}
    terms, uniform, leaves = [], set(), 0
    for position, number in enumerate(part.terms):
        term = graph.table[number]
        if is_leaf(term):
            terms.append(Term(LEAF, (), leaves))
            leaves += 1
            if not graph.table.is_vector(number):
                uniform.add(position)
        else:
            terms.append(Term(term.op, tuple(positions[arg] for arg in term.args), term.data))
    return tuple(terms), tuple(positions[root] for root in part.roots), frozenset(uniform)
