"""Nodes that may be computed in place of chosen ones, on other engines: the schedule is to have the choice."""

from collections.abc import Mapping, Sequence

from rewriting.egraph import EGraph
from rewriting.greedy import choose_by_cost, in_order, used_classes
from rewriting.node_costs import Candidate
from rewriting.terms import MULTIPLY_ADD, SELECT

_MOST_EXTRA = 0.5
"""Further words that an alternative may need, a copy."""


def find_alternatives(
    egraph: EGraph, classes: Mapping[int, Sequence[Candidate]], choice: Mapping[int, Candidate], copies: int
) -> tuple[dict[int, tuple[Candidate, ...]], dict[int, Candidate]]:
    """Alternatives by class, and the words that they need beside what is chosen.

    An alternative reads chosen vectors that do not depend on what it computes, and words that cost next to nothing.
    """
    words = choose_by_cost({n: own for n, own in classes.items() if egraph.uniform(n)})
    settled = {**words, **choice}
    position = {number: place for place, number in enumerate(in_order(choice))}
    alternatives: dict[int, tuple[Candidate, ...]] = {}
    extra: dict[int, Candidate] = {}
    for number, chosen in choice.items():
        if egraph.uniform(number) or chosen.op not in (SELECT, MULTIPLY_ADD):
            continue
        for other in classes[number]:
            if other.op not in (SELECT, MULTIPLY_ADD) or other.op == chosen.op:
                continue
            if not all(arg in words or position.get(arg, len(position)) < position[number] for arg in other.args):
                continue
            needed = used_classes([arg for arg in other.args if egraph.uniform(arg)], settled) - choice.keys()
            if len(needed - extra.keys()) <= _MOST_EXTRA * copies:
                alternatives[number] = (other,)
                extra |= {n: settled[n] for n in needed}
                break
    return alternatives, extra
