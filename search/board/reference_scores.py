"""Scores reached elsewhere, to be set beside ours.

A problem may declare some itself.  Those of built-in problems that were gathered later stand here: a problem's sources
are hashed into its entries, and one more figure must not make them look like another problem's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from machine.model import load_machine
from problems.loader import BUILT_IN
from search.board.entry import Entry

_MACHINE = "takehome"


@dataclass(frozen=True)
class ReferenceScore:
    """Cycles, and who or what reached them."""

    name: str
    cycles: int


_GATHERED: Mapping[tuple[str, str, str], tuple[ReferenceScore, ...]] = {
    ("tree_hash", "height=10,rounds=16,batch=256", "values"): (
        ReferenceScore("published model result, casual", 1790),
        ReferenceScore("published model result, 11.5 hours", 1487),
        ReferenceScore("published model result, improved harness", 1363),
        ReferenceScore("best public program that also works for other shapes", 1063),
        ReferenceScore("public program, one shape, searched orders", 1006),
        ReferenceScore("another of those", 975),
    ),
}
"""By problem, shape and category."""


@cache
def _digest() -> str:
    return load_machine(_MACHINE).digest


def reference_scores(entry: Entry) -> tuple[ReferenceScore, ...]:
    """The scores known for an entry's task, worst first; all were reached on the machine of the take-home."""
    if entry.machine["name"] != _MACHINE or entry.hashes.machine != _digest():
        return ()
    declared: Mapping[str, int] = {}
    if entry.problem in BUILT_IN:  # a user's file is not run for the sake of a page
        declared = BUILT_IN[entry.problem]().known_scores(entry.shape, entry.category)
    scores = [ReferenceScore(name, cycles) for name, cycles in declared.items()]
    scores += _GATHERED.get((entry.problem, entry.shape_text, entry.category), ())
    return tuple(sorted(scores, key=lambda score: (-score.cycles, score.name)))
