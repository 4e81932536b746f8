"""What was chosen for templates, put in place of their parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from machine.errors import GraphError
from rewriting.egraph import INPUT, EGraph
from rewriting.extraction import Extraction
from rewriting.greedy import in_order
from rewriting.templates import Part, Template, is_leaf
from rewriting.terms import CONST, LANE, Place, Term, TermGraph, TermTable

Chosen = tuple[Template, EGraph, Sequence[int], Extraction]
"""A template, its e-graph, the node of each of its terms, and the choice."""


@dataclass(frozen=True, slots=True)
class _Copy:
    chosen: int
    part: Part


def assemble(graph: TermGraph, chosen: Sequence[Chosen]) -> TermGraph:
    """The graph with every part made of its template's chosen terms.

    Raises:
        GraphError: parts wait for one another.
    """
    assembler = _Assembler(graph, chosen)
    stores = tuple(
        replace(store, address=assembler.translate(store.address), value=assembler.translate(store.value))
        for store in graph.stores
    )
    return replace(
        graph, table=assembler.table, stores=stores, places=assembler.places, alternatives=assembler.alternatives
    )


class _Assembler:
    def __init__(self, graph: TermGraph, chosen: Sequence[Chosen]) -> None:
        self.table = TermTable()
        self.places: dict[int, Place] = {}
        self.alternatives: dict[int, tuple[Term, ...]] = {}
        self._graph = graph
        self._chosen = chosen
        self._orders = [in_order(extraction.choice) for _, _, _, extraction in chosen]
        self._copies: dict[int, _Copy] = {}
        for number, (template, _, _, _) in enumerate(chosen):
            for part in template.parts:
                for root in part.roots:
                    self._copies[root] = _Copy(number, part)
        self._translated: dict[int, int] = {}
        self._open: set[_Copy] = set()

    def translate(self, number: int) -> int:
        """The new term for a root, a leaf or a constant."""
        if number in self._translated:
            return self._translated[number]
        op, args, data = self._graph.table[number]
        if op == CONST:
            self._translated[number] = self.table.add(op, (), data)
        elif is_leaf(self._graph.table[number]):
            translated = tuple(self.translate(arg) for arg in args)
            if op == LANE and not self.table.is_vector(translated[0]):
                self._translated[number] = translated[0]  # what was a vector is the same word in every lane
                return translated[0]
            new = self.table.add(op, translated, data)
            self._translated[number] = new
            self._keep_place(new, number)
        else:
            self._instantiate(self._copies[number])
        return self._translated[number]

    def _keep_place(self, new: int, old: int) -> None:
        place = self._graph.places.get(old)
        if place is not None:
            self.places[new] = min(place, self.places.get(new, place))

    def _instantiate(self, copy: _Copy) -> None:
        if copy in self._open:
            raise GraphError("parts of the rewritten graph wait for one another")
        self._open.add(copy)
        template, egraph, nodes, extraction = self._chosen[copy.chosen]
        terms: dict[int, int] = {}
        for number in self._orders[copy.chosen]:
            candidate = extraction.choice[number]
            if candidate.op == INPUT:
                assert isinstance(candidate.data, int)
                terms[number] = self.translate(copy.part.terms[candidate.data])
            else:
                args = tuple(terms[arg] for arg in candidate.args)
                terms[number] = self.table.add(candidate.op, args, candidate.data)
        for number, others in extraction.alternatives.items():
            made = (Term(other.op, tuple(terms[arg] for arg in other.args), other.data) for other in others)
            self.alternatives[terms[number]] = tuple(made)
        for position, old in enumerate(copy.part.terms):
            new = terms.get(egraph.find(nodes[position]))
            if new is not None:
                self._keep_place(new, old)
        for position, root in zip(template.roots, copy.part.roots, strict=True):
            self._translated[root] = terms[egraph.find(nodes[position])]
        self._open.discard(copy)
