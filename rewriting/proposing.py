"""Graphs that equal one graph: choices of terms for its templates, by prices, by depth, or some of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from machine.errors import GraphError
from rewriting.aim import WHOLE, Aim, Objective
from rewriting.choice import Choice
from rewriting.extraction import Extraction, extract
from rewriting.graph_assembly import assemble
from rewriting.node_costs import Costs, Prices
from rewriting.replacement import Replacement, replacement_of
from rewriting.saturation import Limits
from rewriting.spans import within
from rewriting.template_saturation import Saturated
from rewriting.terms import Region, TermGraph
from rewriting.work import Measured, Mixture, measure, mix
from rewriting.writing import write_graph


@dataclass(frozen=True, slots=True)
class Effort:
    """How much may be spent on a graph.

    Attributes:
        limits: of the saturation of each template.
        extraction_work: of each choice of terms, in deterministic time of CP-SAT, which is about a second.
        iterations: choices with prices anew.
    """

    limits: Limits = field(default_factory=Limits)
    extraction_work: float = 5.0
    iterations: int = 3


@dataclass(frozen=True)
class Given:
    """A choice for some copies of a template.

    Attributes:
        template: its number.
        parts: the numbers of the copies.
        extraction: the choice.
    """

    template: int
    parts: tuple[int, ...]
    extraction: Extraction


@dataclass(frozen=True)
class Proposal:
    """A graph, and the choices that make it."""

    given: tuple[Given, ...]
    replacements: tuple[Replacement, ...]
    after: Measured


@dataclass(frozen=True)
class _Column:
    """One choice for all copies of each template."""

    extractions: tuple[Extraction, ...]
    proposal: Proposal


_SHALLOW = 4
"""Graphs of least depth that are made."""

_LEAST_SHARE = 0.01
"""Of a mixture, from which on a graph is a part of it."""


class Proposer:
    """Makes graphs of choices.

    Prices come by column generation: those of the best mixture of the graphs so far make the next choice, so that
    engines which are not scarce in the first graph, but would be in the next, have their price.
    """

    def __init__(self, before: Measured, terms: TermGraph, saturated: Sequence[Saturated], effort: Effort) -> None:
        self._terms = terms
        self._saturated = saturated
        self._effort = effort
        self._prices: Prices = before.work.prices
        self._earlier: list[list[Extraction]] = [[] for _ in saturated]
        self._optimal: dict[object, Extraction] = {}
        self._written: dict[tuple[Replacement, ...], Measured | None] = {}

    def proposals(self, aim: Aim) -> Iterator[Proposal]:
        """Graphs for an aim; for a point between work and depth, each is that point, or the last."""
        if aim.span != WHOLE:
            yield from self._spanning(aim.span)
            return
        if aim.objective is Objective.DEPTH and aim.is_between:
            yield from self._between(aim)
            return
        if aim.objective is not Objective.DEPTH:
            yield from self._by_prices()
        if aim.objective is not Objective.WORK:
            yield from self._shallow()

    def _by_prices(self) -> Iterator[Proposal]:
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

    def _generate(self, tables: Sequence[Sequence[Region]]) -> list[_Column]:
        """Column after column; the next prices are those of all columns so far mixed."""
        columns: list[_Column] = []
        for _ in range(self._effort.iterations):
            columns += self._next(tables)
            if columns:
                self._prices = _mixture(columns).prices
        return columns

    def _graphs(self, columns: Sequence[_Column]) -> Iterator[Proposal]:
        yield from (column.proposal for column in columns)
        if len(columns) > 1:
            yield from self._dealt(columns, _mixture(columns).shares)

    def _shallow(self) -> Iterator[Proposal]:
        """Graphs of least depth, each at the prices that come of the one before; an engine with a burst gets dearer."""
        slots = {engine.name: engine.slots for engine in self._terms.machine.scored_engines}
        dearer = dict.fromkeys(slots, 0.0)
        for _ in range(_SHALLOW):
            for column in self._by_depth([0] * len(self._saturated)):
                after = column.proposal.after
                yield column.proposal
                if after.cycles > max(after.depth, after.work.cycles):
                    dearer[after.burst.engine] += 1 / slots[after.burst.engine]
                self._prices = {name: price + dearer[name] for name, price in after.work.prices.items()}

    def _between(self, aim: Aim) -> Iterator[Proposal]:
        """Some copies by depth, with some slack, and the others by work."""
        cheap = self._generate([() for _ in self._saturated])[-1:]
        shallow = self._by_depth([0] * len(self._saturated))
        if aim.slack and cheap and shallow:
            depths = zip(cheap[0].extractions, shallow[0].extractions, strict=True)
            shallow = self._by_depth([round(aim.slack * max(0, most.depth - least.depth)) for most, least in depths])
        if aim.share == 1:
            yield from (column.proposal for column in shallow)
            return
        tables = [each.tables for column in shallow for each in column.extractions]
        if any(tables):  # copies that read a table as it was, while others change it, would err
            cheap = self._next(tables)
        if cheap and shallow:
            yield from self._dealt([*shallow, *cheap], [aim.share, 1 - aim.share])

    def _spanning(self, span: tuple[float, float]) -> Iterator[Proposal]:
        """Depth within a span of every chain, work elsewhere, at prices that follow from such graphs so far.

        The tables that the graph of least work changes in place are changed.  Where no other graph comes of it, that
        one is given.
        """
        cheapest = min(self._by_prices(), key=lambda proposal: proposal.after.work.cycles, default=None)
        if cheapest is None:
            return
        tables = [_tables(cheapest, number) for number in range(len(self._saturated))]
        columns: list[_Column] = []
        for _ in range(self._effort.iterations):
            columns += self._column([self._shallow_within(span, *each) for each in enumerate(tables)])
            if columns:
                self._prices = _mixture(columns).prices
        yield from self._graphs(columns) if columns else (cheapest,)

    def _shallow_within(self, span: tuple[float, float], number: int, tables: Sequence[Region]) -> Extraction:
        """The cheapest choice for a template that is, within a span, the choice of least depth."""
        shallow = self._extract(number, 0, tables)
        return self._extract(number, None, tables, kept=within(shallow.choice, self._roots(number), span))

    def _by_depth(self, slacks: Sequence[int]) -> list[_Column]:
        """The graph of least depth or so many cycles more, and among those of least price."""
        return self._column([self._extract(number, slack, None) for number, slack in enumerate(slacks)])

    def _next(self, tables: Sequence[Sequence[Region]] | None, like: _Column | None = None) -> list[_Column]:
        """The choice at the current prices, or one like that of a column; none, if the machine cannot compute it."""
        return self._column(
            [
                self._extract(number, None, None if tables is None else tables[number], like)
                for number in range(len(self._saturated))
            ]
        )

    def _column(self, extractions: Sequence[Extraction]) -> list[_Column]:
        counts = [len(one.template.parts) for one in self._saturated]
        given = [Given(number, tuple(range(count)), extractions[number]) for number, count in enumerate(counts)]
        return [_Column(tuple(extractions), proposal) for proposal in self._put_together(given)]

    def _dealt(self, columns: Sequence[_Column], shares: Sequence[float]) -> Iterator[Proposal]:
        """Copies of each template are given to columns by their shares."""
        given: list[Given] = []
        for number, one in enumerate(self._saturated):
            dealt = deal(len(one.template.parts), shares)
            given += [
                Given(number, parts, column.extractions[number])
                for column, parts in zip(columns, dealt, strict=True)
                if parts
            ]
        yield from self._put_together(given)

    def _extract(
        self,
        number: int,
        slack: int | None,
        tables: Sequence[Region] | None,
        like: _Column | None = None,
        kept: Choice | None = None,
    ) -> Extraction:
        """A choice for a template; one that is optimal is made once, as where prices have come to rest."""
        kept_nodes = frozenset((kept or {}).items())
        asked = number, slack, None if tables is None else tuple(tables), tuple(self._prices.items()), kept_nodes
        if like is None and asked in self._optimal:
            return self._optimal[asked]
        one = self._saturated[number]
        costs = Costs(self._terms.machine, self._prices, len(one.template.parts))
        roots = self._roots(number)
        starts = self._earlier[number] if like is None else [like.extractions[number]]
        earlier = [extraction.choice for extraction in starts]
        found = extract(one.egraph, roots, costs, self._effort.extraction_work, slack, tables, earlier, kept)
        self._earlier[number].append(found)
        if like is None and found.optimal:
            self._optimal[asked] = found
        return found

    def _roots(self, number: int) -> list[int]:
        """The classes that a template has to give."""
        one = self._saturated[number]
        return [one.egraph.find(one.nodes[root]) for root in one.template.roots]

    def _put_together(self, given: Sequence[Given]) -> Iterator[Proposal]:
        """The graph that these choices make; none where the machine cannot compute it or parts wait in a circle."""
        replacements = tuple(self._replacement(each) for each in given)
        if replacements not in self._written:
            self._written[replacements] = self._write(replacements)
        after = self._written[replacements]
        if after is not None:
            yield Proposal(tuple(given), replacements, after)

    def _write(self, replacements: Sequence[Replacement]) -> Measured | None:
        try:
            return measure(write_graph(assemble(self._terms, [one.template for one in self._saturated], replacements)))
        except GraphError:
            return None

    def _replacement(self, given: Given) -> Replacement:
        one = self._saturated[given.template]
        return replacement_of(given.template, given.parts, one.template.roots, one.egraph, one.nodes, given.extraction)


def _tables(proposal: Proposal, template: int) -> tuple[Region, ...]:
    """The regions that a graph changes in place for a template."""
    found = {table for given in proposal.given if given.template == template for table in given.extraction.tables}
    return tuple(sorted(found))


def _mixture(columns: Sequence[_Column]) -> Mixture:
    return mix([column.proposal.after.graph for column in columns])


def deal(count: int, shares: Sequence[float]) -> list[tuple[int, ...]]:
    """Deal so many parts out evenly by shares: the next goes to whoever is furthest behind."""
    dealt: list[list[int]] = [[] for _ in shares]
    for number in range(count):
        behind = [share * (number + 1) - len(own) for share, own in zip(shares, dealt, strict=True)]
        dealt[behind.index(max(behind))].append(number)
    return [tuple(own) for own in dealt]
