"""What stands where along the chain of a choice."""

from collections.abc import Sequence

from rewriting.choice import Choice
from rewriting.greedy import depths, used_classes


def within(choice: Choice, roots: Sequence[int], span: tuple[float, float]) -> Choice:
    """The part of a choice that is ready within a span of its cycles, 0 being its inputs and 1 the last of ``roots``.

    Inputs and constants, which are ready at once, are in no span: there is one way to have them.
    """
    used = used_classes(roots, choice)
    ready = depths(choice)
    length = max((ready[root] for root in roots), default=0)
    return {number: choice[number] for number in used if span[0] * length < ready[number] <= span[1] * length}
