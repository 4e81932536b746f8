"""What was chosen for templates, put in place of their parts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from machine.errors import GraphError
from rewriting.operator_names import INPUT, LANE
from rewriting.replacement import Replacement
from rewriting.templates import Part, Template, is_leaf
from rewriting.terms import CONST, Landing, Place, Term, TermGraph, TermTable


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
    assembler.add_alternatives()
    return replace(
        graph,
        table=assembler.table,
        stores=stores,
        places=assembler.places,
        alternatives=assembler.alternatives,
        landings=assembler.landings,
    )


class _Assembler:
    def __init__(self, graph: TermGraph, templates: Sequence[Template], replacements: Sequence[Replacement]) -> None:
        self.table = TermTable()
        self.places: dict[int, Place] = {}
        self.landings: dict[int, Landing] = {}
        self.alternatives: dict[int, tuple[Term, ...]] = {}
        self._graph = graph
        self._replacements = replacements
        self._closed = [_closed_terms(replacement) for replacement in replacements]
        self._copies: dict[int, tuple[_Copy, int]] = {}
        for number, replacement in enumerate(replacements):
            parts = templates[replacement.template].parts
            for part in (parts[place] for place in replacement.parts):
                copy = _Copy(number, part)
                self._copies |= {root: (copy, at) for root, at in zip(part.roots, replacement.roots, strict=True)}
        self._made: dict[_Copy, dict[int, int]] = {}
        self._translated: dict[int, int] = {}
        self._open: set[int] = set()

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
            self._translated[number] = self._instantiate(number)
        return self._translated[number]

    def _keep_place(self, new: int, old: int) -> None:
        place = self._graph.places.get(old)
        if place is not None:
            self.places[new] = min(place, self.places.get(new, place))
        landing = self._graph.landings.get(old)
        if landing is not None:
            self.landings.setdefault(new, landing)

    def _instantiate(self, root: int) -> int:
        """The new term for a root, with what it needs of its copy.

        Other roots of the copy may wait for what needs this one, by way of other parts.
        """
        copy, position = self._copies[root]
        if root in self._open:
            raise GraphError("parts of the rewritten graph wait for one another")
        self._open.add(root)
        made = self._make(copy, [position])
        self._open.discard(root)
        return made[position]

    def _make(self, copy: _Copy, positions: Sequence[int]) -> Mapping[int, int]:
        """Terms of a copy, by position, once some of them have been made with what they need."""
        replacement, made = self._replacements[copy.replacement], self._made.setdefault(copy, {})
        for number in _missing(replacement, self._closed[copy.replacement], positions, made):
            op, args, data = replacement.terms[number]
            if op == INPUT:
                assert isinstance(data, int)
                made[number] = self.translate(copy.part.terms[data])
            else:
                made[number] = self.table.add(op, tuple(made[arg] for arg in args), data)
        return made

    def add_alternatives(self) -> None:
        """Add what may be computed instead, and keep the places of what still is, once all roots are made."""
        for copy in list(self._made):
            replacement = self._replacements[copy.replacement]
            for place, others in replacement.alternatives:
                made = self._make(copy, [place, *(arg for other in others for arg in other.args)])
                terms = tuple(Term(op, tuple(made[arg] for arg in args), data) for op, args, data in others)
                if not any(self._needs(arg, made[place]) for term in terms for arg in term.args):
                    self.alternatives[made[place]] = terms
            for old, new in replacement.kept:
                if new in self._made[copy]:
                    self._keep_place(self._made[copy][new], copy.part.terms[old])

    def _needs(self, number: int, other: int) -> bool:
        """Whether a term is made of another, which can only be if it has the higher number."""
        pending, seen = [number], set[int]()
        while pending:
            number = pending.pop()
            if number == other:
                return True
            if number > other and number not in seen:
                seen.add(number)
                pending += self.table[number].args
        return False


def _closed_terms(replacement: Replacement) -> frozenset[int]:
    """The positions of terms that need nothing from outside their copy."""
    closed: set[int] = set()
    for number, (op, args, _) in enumerate(replacement.terms):
        if op != INPUT and closed.issuperset(args):
            closed.add(number)
    return frozenset(closed)


def _missing(
    replacement: Replacement, closed: Collection[int], positions: Sequence[int], made: Collection[int]
) -> list[int]:
    """The positions below some that are still to be made, operands first; closed operands of alternatives with them."""
    others = {place: [arg for each in terms for arg in each.args] for place, terms in replacement.alternatives}
    found: set[int] = set()
    pending = list(positions)
    while pending:
        number = pending.pop()
        if number not in found and number not in made:
            found.add(number)
            op, args, _ = replacement.terms[number]
            pending += () if op == INPUT else args
            pending += [arg for arg in others.get(number, ()) if arg in closed]
    return sorted(found)
