"""What takes the place of a template's terms: the data of a rewritten graph, apart from its e-graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewriting.egraph import EGraph
from rewriting.extraction import Extraction
from rewriting.greedy import in_order
from rewriting.operator_names import INPUT
from rewriting.terms import Region, Term


@dataclass(frozen=True)
class Replacement:
    """Terms in place of a template's, for some of its parts.

    Attributes:
        template: the number of the template in its graph.
        parts: the numbers of its parts that are replaced.
        terms: operands come first and are positions among these; an ``input`` is the template's term of that position.
        roots: for each root of the template, the position of what takes its place.
        kept: terms of the template that are still computed: its position, and the position here.
        alternatives: terms that may be computed in the place of the one at a position.
    """

    template: int
    parts: tuple[int, ...]
    terms: tuple[Term, ...]
    roots: tuple[int, ...]
    kept: tuple[tuple[int, int], ...]
    alternatives: tuple[tuple[int, tuple[Term, ...]], ...] = ()


def replacement_of(
    template: int,
    parts: Sequence[int],
    roots: Sequence[int],
    egraph: EGraph,
    nodes: Sequence[int],
    extraction: Extraction,
) -> Replacement:
    """What was chosen for a template, ``nodes`` being the e-graph's nodes of its terms."""
    positions: dict[int, int] = {}
    terms: list[Term] = []
    for number in in_order(extraction.choice):
        chosen = extraction.choice[number]
        positions[number] = len(terms)
        terms.append(_term(chosen.op, chosen.args, chosen.data, positions))
    kept = ((position, positions.get(egraph.find(node))) for position, node in enumerate(nodes))
    return Replacement(
        template,
        tuple(parts),
        tuple(terms),
        tuple(positions[egraph.find(nodes[root])] for root in roots),
        tuple((old, new) for old, new in kept if new is not None),
        tuple(
            (positions[number], tuple(_term(each.op, each.args, each.data, positions) for each in others))
            for number, others in extraction.alternatives.items()
        ),
    )


def _term(op: str, args: Sequence[int], data: int | Region | None, positions: Mapping[int, int]) -> Term:
    return Term(op, () if op == INPUT else tuple(positions[arg] for arg in args), data)
