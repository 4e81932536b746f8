"""A template with all that its terms equal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rewriting.egraph import EGraph
from rewriting.meanings import meanings_of
from rewriting.operator_names import LEAF
from rewriting.rule import Rule
from rewriting.saturation import Limits, Saturation, saturate
from rewriting.templates import Template, find_templates
from rewriting.terms import LOAD, VLOAD, Region, TermGraph
from rewriting.word_samples import check_egraph


@dataclass(frozen=True)
class Saturated:
    """A template, its e-graph, the node of each of its terms, and how saturation ended."""

    template: Template
    egraph: EGraph
    nodes: tuple[int, ...]
    saturation: Saturation


def saturate_templates(
    terms: TermGraph, rules: Sequence[Rule], limits: Limits, outputs: Sequence[range] | None
) -> list[Saturated]:
    """The templates of a graph; ``outputs`` are the memory words that count, all where not given.

    Raises:
        GraphError: an e-graph did not pass its check.
    """
    offered = {opcode for engine in terms.machine.scored_engines for opcode in engine.opcodes}
    own = meanings_of(terms.machine.definitions)
    useful = [
        rule
        for rule in rules
        if rule.source.unless not in offered and all(own.get(each.name) == each for each in rule.meanings)
    ]
    return [_saturate(template, terms, useful, limits, outputs) for template in find_templates(terms)]


def _saturate(
    template: Template, terms: TermGraph, rules: Sequence[Rule], limits: Limits, outputs: Sequence[range] | None
) -> Saturated:
    egraph = EGraph(limit=len(template.terms))
    nodes: list[int] = []
    for position, term in enumerate(template.terms):
        if term.op == LEAF:
            nodes.append(egraph.input(position, position in template.uniform))
        else:
            nodes.append(egraph.add(term.op, tuple(nodes[arg] for arg in term.args), term.data))
    mappable = _Mappable(template, terms, outputs)
    saturation = saturate(egraph, rules, limits, mappable)
    check_egraph(egraph, meanings_of(terms.machine.definitions))
    return Saturated(template, egraph, tuple(nodes), saturation)


class _Mappable:
    """Whether a region may be changed in place: only this template loads from it, no store and no output is there."""

    def __init__(self, template: Template, terms: TermGraph, outputs: Sequence[range] | None) -> None:
        self._length = terms.machine.vector_length
        self._taken = [(store.start, store.stop) for store in terms.stores]
        self._taken += [(0, terms.memory_words)] if outputs is None else [(out.start, out.stop) for out in outputs]
        own = {number for part in template.parts for number in part.terms}
        for number in terms.table.reachable(terms.roots()):
            op, _, region = terms.table[number]
            if op == VLOAD or (op == LOAD and number not in own):
                assert isinstance(region, Region)
                self._taken.append((region.start, region.stop))

    def __call__(self, region: Region) -> bool:
        whole = (region.stop - region.start) % self._length == 0
        return whole and not any(start < region.stop and region.start < stop for start, stop in self._taken)
