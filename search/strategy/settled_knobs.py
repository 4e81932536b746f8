"""Knobs that a search does not vary: those that are fixed, and to what end large graphs are rewritten."""

from problems.knobs import KnobValue
from search.strategy.stage import Context
from search.tasks.building import build_graph
from search.tasks.rewriting_knob import REWRITE, aim_of

MOST_VARIED = 1000
"""Operations of a rewritten graph up to which other points between work and depth are tried: it takes its time."""


def settled_knobs(context: Context) -> dict[str, KnobValue]:
    """Their values.  The first graph is rewritten here, lest every worker does it."""
    fixed = dict(context.fixed)
    if aim_of(context.settings) is not None:
        first = build_graph(context.task, context.settings)
        if len(first.operations) > MOST_VARIED:
            fixed = {REWRITE: context.settings[REWRITE], **fixed}
    return fixed
