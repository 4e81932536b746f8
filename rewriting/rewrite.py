"""Rewriting a graph: its templates are saturated, and what is cheapest under the engines' prices is put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from machine.errors import GraphError
from machine.graph.operation import Graph
from rewriting.chain import Step, chain_of
from rewriting.egraph import EGraph
from rewriting.extraction import Extraction, extract
from rewriting.graph_assembly import assemble
from rewriting.node_costs import Costs, Prices
from rewriting.reading import read_terms
from rewriting.rule import Rule
from rewriting.saturation import Limits, Saturation, saturate
from rewriting.templates import LEAF, Part, Template, find_templates
from rewriting.terms import LOAD, VLOAD, Region, TermGraph
from rewriting.word_samples import check_egraph
from rewriting.work import Mixture, Work, measure_depth, measure_work, mix
from rewriting.writing import write_graph


class Objective(Enum):
    """What a rewritten graph is to have little of."""

    WORK = "work"
    DEPTH = "depth"
    CYCLES = "cycles"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much may be spent on a template.

    Attributes:
        limits: of saturation.
        extraction_seconds: for each extraction.
        iterations: extractions with prices anew.
    """

    limits: Limits = field(default_factory=Limits)
    extraction_seconds: float = 20.0
    iterations: int = 3


@dataclass(frozen=True)
class Measured:
    """A graph with what it takes."""

    graph: Graph
    work: Work
    depth: int

    @property
    def cycles(self) -> float:
        """No schedule is shorter, as far as work as a whole and the longest chain tell."""
        return max(self.work.cycles, self.depth)


@dataclass(frozen=True)
class RewrittenTemplate:
    """What became of a template: how many copies it has, how its e-graph ended, and what was chosen."""

    copies: int
    terms: int
    saturation: Saturation
    extraction: Extraction
    chain: tuple[Step, ...]


@dataclass(frozen=True)
class Rewritten:
    """The outcome: the graph before and after (the same, if nothing better was found), and why they are equal."""

    before: Measured
    after: Measured
    templates: tuple[RewrittenTemplate, ...]

    @property
    def changed(self) -> bool:
        """Whether something better was found."""
        return self.after is not self.before


@dataclass
class _Saturated:
    template: Template
    egraph: EGraph
    nodes: tuple[int, ...]
    saturation: Saturation


_LEAST_SHARE = 0.01
"""Of a mixture, from which on a graph is a part of it."""

_Given = tuple[_Saturated, tuple[Part, ...], Extraction]
"""A choice for some copies of a template."""


def rewrite(
    graph: Graph,
    rules: Sequence[Rule],
    objective: Objective = Objective.CYCLES,
    effort: Effort | None = None,
    outputs: Sequence[range] | None = None,
) -> Rewritten:
    """An equal graph that needs fewer cycles, if one is found; see :func:`candidates`."""
    before = measure(graph)
    best = Rewritten(before, before, ())
    for found in candidates(before, rules, objective, effort or Effort(), outputs):
        if _key(found.after, objective) < _key(best.after, objective):
            best = found
    return best


def candidates(
    before: Measured,
    rules: Sequence[Rule],
    objective: Objective,
    effort: Effort,
    outputs: Sequence[range] | None = None,
) -> Iterator[Rewritten]:
    """Graphs that equal the one given: by prices, which follow from the graph before, and by depth.

    Args:
        before: what to rewrite.
        rules: what may be used beside normal forms.
        objective: work alone, depth alone, or whichever of them decides.
        effort: limits.
        outputs: the memory words that count; all of them where not given.

    Raises:
        GraphError: the graph is none, or an e-graph did not pass its check.
    """
    terms = read_terms(before.graph)
    offered = {opcode for engine in terms.machine.scored_engines for opcode in engine.opcodes}
    rules = [rule for rule in rules if rule.source.unless not in offered]
    saturated = [_saturate(template, terms, rules, effort.limits, outputs) for template in find_templates(terms)]
    proposer = _Proposer(before, terms, saturated, effort)
    if objective is not Objective.DEPTH:
        yield from proposer.by_prices()
    if objective is not Objective.WORK:
        yield from proposer.by_depth()


class _Proposer:
    """Makes graphs of choices.

    Prices come by column generation: those of the best mixture of the graphs so far make the next choice, so that
    engines which are not scarce in the first graph, but would be in the next, have their price.
    """

    def __init__(self, before: Measured, terms: TermGraph, saturated: Sequence[_Saturated], effort: Effort) -> None:
        self._before = before
        self._terms = terms
        self._saturated = saturated
        self._effort = effort
        self._prices: Prices = before.work.prices
        self._earlier: list[list[Extraction]] = [[] for _ in saturated]

    def by_prices(self) -> Iterator[Rewritten]:
        """Graphs of one choice for all copies of a template, and of the best mixture of choices.

        First no table is changed in place; then the prices that have come of that say which are.
        """
        plain = self._generate([() for _ in self._saturated])
        yield from self._graphs(plain)
        for column in self._next(None):
            tables = [extraction.tables for extraction in column.extractions]
            if any(tables):
                used = [one for one, share in zip(plain, _mixture(plain).shares, strict=True) if share > _LEAST_SHARE]
                yield from self._graphs([column, *(new for one in used for new in self._next(tables, one))])

    def _generate(self, tables: Sequence[Sequence[Region]]) -> list["_Column"]:
        """Column after column; the next prices are those of all columns so far mixed."""
        columns: list[_Column] = []
        for _ in range(self._effort.iterations):
            columns += self._next(tables)
            if columns:
                self._prices = _mixture(columns).prices
        return columns

    def _graphs(self, columns: Sequence["_Column"]) -> Iterator[Rewritten]:
        yield from (column.rewritten for column in columns)
        if len(columns) > 1:
            yield from self._mixed(columns)

    def by_depth(self) -> Iterator[Rewritten]:
        """The graph of least depth, and among those of least price."""
        extractions = [self._extract(number, 0, None) for number in range(len(self._saturated))]
        found = self._put_together(self._for_all(extractions))
        if found is not None:
            yield found

    def _next(self, tables: Sequence[Sequence[Region]] | None, like: "_Column | None" = None) -> list["_Column"]:
        """The choice at the current prices, or one like that of a column; none, if the machine cannot compute it."""
        extractions = [
            self._extract(number, None, None if tables is None else tables[number], like)
            for number in range(len(self._saturated))
        ]
        found = self._put_together(self._for_all(extractions))
        return [] if found is None else [_Column(extractions, found)]

    def _mixed(self, columns: Sequence["_Column"]) -> Iterator[Rewritten]:
        """Copies of each template are given to columns by their shares in the best mixture."""
        shares = _mixture(columns).shares
        chosen: list[_Given] = []
        for number, one in enumerate(self._saturated):
            for column, parts in zip(columns, deal(one.template.parts, shares), strict=True):
                if parts:
                    chosen.append((one, parts, column.extractions[number]))
        found = self._put_together(chosen)
        if found is not None:
            yield found

    def _for_all(self, extractions: Sequence[Extraction]) -> list[_Given]:
        return [(one, one.template.parts, e) for one, e in zip(self._saturated, extractions, strict=True)]

    def _extract(
        self, number: int, slack: int | None, tables: Sequence[Region] | None, like: "_Column | None" = None
    ) -> Extraction:
        one = self._saturated[number]
        costs = Costs(self._terms.machine, self._prices, len(one.template.parts))
        roots = [one.nodes[root] for root in one.template.roots]
        starts = self._earlier[number] if like is None else [like.extractions[number]]
        earlier = [extraction.choice for extraction in starts]
        found = extract(one.egraph, roots, costs, self._effort.extraction_seconds, slack, tables, earlier)
        self._earlier[number].append(found)
        return found

    def _put_together(self, given: Sequence["_Given"]) -> Rewritten | None:
        """The graph that these choices make; ``None`` where the machine cannot compute it or parts wait in a circle."""
        chosen = [(replace(one.template, parts=parts), one.egraph, one.nodes, e) for one, parts, e in given]
        try:
            after = measure(write_graph(assemble(self._terms, chosen)))
        except GraphError:
            return None
        return Rewritten(self._before, after, tuple(_report(one, parts, e) for one, parts, e in given))


@dataclass(frozen=True)
class _Column:
    extractions: list[Extraction]
    rewritten: Rewritten


def _mixture(columns: Sequence[_Column]) -> Mixture:
    return mix([column.rewritten.after.graph for column in columns])


def deal(parts: Sequence[Part], shares: Sequence[float]) -> list[tuple[Part, ...]]:
    """Deal parts out evenly by shares: the next goes to whoever is furthest behind."""
    dealt: list[list[Part]] = [[] for _ in shares]
    for number, part in enumerate(parts):
        behind = [share * (number + 1) - len(own) for share, own in zip(shares, dealt, strict=True)]
        dealt[behind.index(max(behind))].append(part)
    return [tuple(own) for own in dealt]


def measure(graph: Graph) -> Measured:
    """A graph with what it takes."""
    return Measured(graph, measure_work(graph), measure_depth(graph))


def _key(measured: Measured, objective: Objective) -> tuple[float, float]:
    work, depth = round(measured.work.cycles, 3), float(measured.depth)
    if objective is Objective.CYCLES:
        return max(work, depth), work + depth
    return (work, depth) if objective is Objective.WORK else (depth, work)


def _saturate(
    template: Template, terms: TermGraph, rules: Sequence[Rule], limits: Limits, outputs: Sequence[range] | None
) -> _Saturated:
    egraph = EGraph()
    nodes: list[int] = []
    for position, term in enumerate(template.terms):
        if term.op == LEAF:
            nodes.append(egraph.input(position, position in template.uniform))
        else:
            nodes.append(egraph.add(term.op, tuple(nodes[arg] for arg in term.args), term.data))
    mappable = _Mappable(template, terms, outputs)
    saturation = saturate(egraph, rules, limits, mappable)
    check_egraph(egraph)
    return _Saturated(template, egraph, tuple(nodes), saturation)


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


def _report(saturated: _Saturated, parts: Sequence[Part], extraction: Extraction) -> RewrittenTemplate:
    chain = chain_of(saturated.egraph, saturated.nodes, extraction)
    return RewrittenTemplate(len(parts), len(saturated.template.terms), saturated.saturation, extraction, chain)
