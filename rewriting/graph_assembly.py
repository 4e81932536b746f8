"""What was chosen for templates, put in place of their parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from machine.errors import GraphError
from rewriting.egraph import INPUT
from rewriting.replacement import Replacement
from rewriting.templates import Part, Template, is_leaf
from rewriting.terms import CONST, LANE, Place, Term, TermGraph, TermTable


@dataclass(frozen=True, slots=True)
class _Copy:
    replacement: int
    part: Part


def assemble(graph: TermGraph, templates: Sequence[Template], replacements: Sequence[Replacement]) -> TermGraph:
    """The graph with the parts of its templates made of the terms that replace them.

    Raises:
        GraphError: parts wait for one another, or a part is not replaced.
    """
    assembler = _Assembler(graph, templates, replacements)
    stores = tuple(
        replace(store, address=assembler.translate(store.address), value=assembler.translate(store.value))
        for store in graph.stores
    )
    return replace(
        graph, table=assembler.table, stores=stores, places=assembler.places, alternatives=assembler.alternatives
    )


class _Assembler:
    def __init__(self, graph: TermGraph, templates: Sequence[Template], replacements: Sequence[Replacement]) -> None:
        self.table = TermTable()
        self.places: dict[int, Place] = {}
        self.alternatives: dict[int, tuple[Term, ...]] = {}
        self._graph = graph
        self._replacements = replacements
        self._copies: dict[int, _Copy] = {}
        for number, replacement in enumerate(replacements):
            parts = templates[replacement.template].parts
            for part in (parts[place] for place in replacement.parts):
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
        elif number not in self._copies:
            raise GraphError("a part of the graph is not replaced by anything")
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
        replacement, part = self._replacements[copy.replacement], copy.part
        terms: list[int] = []
        for op, args, data in replacement.terms:
            if op == INPUT:
                assert isinstance(data, int)
                terms.append(self.translate(part.terms[data]))
            else:
                terms.append(self.table.add(op, tuple(terms[arg] for arg in args), data))
        for place, others in replacement.alternatives:
            made = (Term(other.op, tuple(terms[arg] for arg in other.args), other.data) for other in others)
            self.alternatives[terms[place]] = tuple(made)
        for old, new in replacement.kept:
            self._keep_place(terms[new], part.terms[old])
        for place, root in zip(replacement.roots, part.roots, strict=True):
            self._translated[root] = terms[place]
        self._open.discard(copy)
