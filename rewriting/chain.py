"""The chain of rules that leads from a template to what was chosen for it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rewriting.egraph import CONGRUENCE, EGraph, Union
from rewriting.extraction import Extraction


@dataclass(frozen=True, slots=True)
class Step:
    """A rule, and how many of the chosen terms it had a part in."""

    rule: str
    times: int


def chain_of(egraph: EGraph, nodes: Sequence[int], extraction: Extraction) -> tuple[Step, ...]:
    """The rules by which the chosen terms equal the template's, those used most first.

    A chosen term in a class with a term of the template is equal to it by the unions in between; a chosen term that is
    in no such class was put there by the rule that made it.
    """
    given = {egraph.find(node): node for node in reversed(nodes)}
    neighbours = _neighbours(egraph)
    counts: Counter[str] = Counter()
    for number, candidate in extraction.choice.items():
        if number in given:
            unions = path(neighbours, given[number], candidate.node)
            counts.update({union.rule for union in unions} - {CONGRUENCE})
        elif egraph.reasons[candidate.node]:
            counts[egraph.reasons[candidate.node]] += 1
    return tuple(Step(rule, times) for rule, times in counts.most_common())


Neighbours = dict[int, list[tuple[int, Union]]]


def _neighbours(egraph: EGraph) -> Neighbours:
    neighbours: Neighbours = {}
    for union in egraph.unions:
        neighbours.setdefault(union.a, []).append((union.b, union))
        neighbours.setdefault(union.b, []).append((union.a, union))
    return neighbours


def explain(egraph: EGraph, a: int, b: int) -> list[Union]:
    """The unions that lead from one node to another of the same class, as few as can be.

    Raises:
        ValueError: they are not of the same class.
    """
    return path(_neighbours(egraph), a, b)


def path(neighbours: Neighbours, a: int, b: int) -> list[Union]:
    """As :func:`explain`, over unions arranged by node."""
    came: dict[int, tuple[int, Union] | None] = {a: None}
    queue = [a]
    for number in queue:
        if number == b:
            break
        for other, union in neighbours.get(number, ()):
            if other not in came:
                came[other] = number, union
                queue.append(other)
    if b not in came:
        raise ValueError("not of the same class")
    unions = []
    step = came[b]
    while step is not None:
        unions.append(step[1])
        step = came[step[0]]
    return unions[::-1]
