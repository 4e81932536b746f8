"""Rewriting a graph: its templates are saturated, and what is cheapest under the engines' prices is put together."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from machine.graph.operation import Graph
from rewriting.aim import AIMS, WHOLE, Aim, Objective
from rewriting.chain import Step, chain_of
from rewriting.constant_sums import SUMMED
from rewriting.extraction import Extraction
from rewriting.proposing import Effort, Given, Proposal, Proposer
from rewriting.reading import read_terms
from rewriting.recipe import Recipe, digest_of
from rewriting.rule import Rule
from rewriting.saturation import Outcome, Saturation
from rewriting.template_saturation import Saturated, saturate_templates
from rewriting.work import Measured, measure


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
    """The outcome: the graph before and after (the same, if nothing better was found), and why they are equal.

    Attributes:
        before, after: the graphs.
        given: the digest of the terms of the graph before.
        saturated: its templates.
        proposal: the best that was chosen for them, better than the graph before or not; ``None`` where nothing was.
        changed: whether it is better, and so the graph after.
    """

    before: Measured
    after: Measured
    given: str
    saturated: tuple[Saturated, ...]
    proposal: Proposal | None
    changed: bool

    @cached_property
    def templates(self) -> tuple[RewrittenTemplate, ...]:
        """What was chosen for each template; one that several choices were made for comes several times."""
        given = () if self.proposal is None else self.proposal.given
        return tuple(_report(self.saturated[each.template], each) for each in given)

    @property
    def rules(self) -> tuple[tuple[str, int], ...]:
        """The rules by which both graphs are equal, those used most first, and how often each was used."""
        if not self.changed:
            return ()
        total: Counter[str] = Counter(_summed(self.after.graph))
        for template in self.templates:
            total.update({step.rule: step.times * template.copies for step in template.chain})
        return tuple(total.most_common())

    @property
    def limits(self) -> tuple[tuple[str, int], ...]:
        """The limits that saturations met, and for how many templates."""
        outcomes = Counter(each.saturation.outcome for each in self.saturated)
        return tuple((each.value, outcomes[each]) for each in Outcome if each.is_limit and outcomes[each])

    @property
    def recipe(self) -> Recipe | None:
        """What makes the graph after of the graph before; ``None`` where they are the same."""
        if self.proposal is None or not self.changed:
            return None
        return Recipe(self.given, self.rules, self.proposal.replacements, self.limits)


def rewrite(
    graph: Graph,
    rules: Sequence[Rule],
    aim: Aim = AIMS["cycles"],
    effort: Effort | None = None,
    outputs: Sequence[range] | None = None,
) -> Rewritten:
    """An equal graph that needs less, if one is found; see :func:`candidates`."""
    before = measure(graph)
    best: Rewritten | None = None
    for found in candidates(before, rules, aim, effort or Effort(), outputs):
        if best is None or _key(found.after, aim) < _key(best.after, aim):
            best = found
    if best is None:
        return Rewritten(before, before, digest_of(read_terms(graph)), (), None, False)
    return best if _is_better(best.after, before, aim) else replace(best, after=before, changed=False)


def candidates(
    before: Measured,
    rules: Sequence[Rule],
    aim: Aim,
    effort: Effort,
    outputs: Sequence[range] | None = None,
) -> Iterator[Rewritten]:
    """Graphs that equal the one given: by prices, which follow from the graph before, and by depth.

    Args:
        before: what to rewrite.
        rules: what may be used beside normal forms.
        aim: what the new graph is to have little of.
        effort: limits.
        outputs: the memory words that count; all of them where not given.

    Raises:
        GraphError: the graph is none, or an e-graph did not pass its check.
    """
    terms = read_terms(before.graph)
    saturated = tuple(saturate_templates(terms, rules, effort.limits, outputs))
    given = digest_of(terms)
    for proposal in Proposer(before, terms, saturated, effort).proposals(aim):
        yield Rewritten(before, proposal.after, given, saturated, proposal, True)


def _key(measured: Measured, aim: Aim) -> tuple[float, float]:
    work, depth = round(measured.work.cycles, 3), float(measured.depth)
    if aim.objective is Objective.CYCLES:
        return max(work, measured.cycles), work + depth
    if aim.objective is Objective.WORK or aim.span != WHOLE:
        return work, depth
    return depth, max(work, measured.cycles)


def _is_better(after: Measured, before: Measured, aim: Aim) -> bool:
    """Whether a graph is worth having: by what decides or, for a point between work and depth, by either."""
    if aim.is_between:
        return after.depth < before.depth or round(after.work.cycles, 3) < round(before.work.cycles, 3)
    return _key(after, aim) < _key(before, aim)


def _summed(graph: Graph) -> Mapping[str, int]:
    """How many constants may be computed from others."""
    ways = ("const", "add_imm")
    count = sum(
        any(run.opcode.name not in ways for way in operation.implementations for run in way.runs)
        for operation in graph.operations
        if operation.name == "constant"
    )
    return {SUMMED: count} if count else {}


def _report(saturated: Saturated, given: Given) -> RewrittenTemplate:
    chain = chain_of(saturated.egraph, saturated.nodes, given.extraction)
    return RewrittenTemplate(
        len(given.parts), len(saturated.template.terms), saturated.saturation, given.extraction, chain
    )
