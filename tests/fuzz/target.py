"""What is fuzzed: targets, each of which draws one case from a seed and says what came of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random


class Result(Enum):
    """What became of what was drawn."""

    TRIED = "tried"
    KILLED = "killed"
    """Wrong, and refused."""
    EQUIVALENT = "equivalent"
    """Changed and not wrong: accepted, and computes what it should."""


Tally = Counter[tuple[str, Result]]
"""By kind of what was drawn and result, how many."""

Case = Callable[[Random], Tally]
"""Draws and tries one case.  A finding is an exception of whatever kind."""


@dataclass
class Target:
    """Something to be fuzzed.

    Attributes:
        name: as users name it.
        summary: what must hold.
        case: one case.
        kinds_killed: whether its kinds are wrong things, of which the share that was killed says something.
    """

    name: str
    summary: str
    case: Case
    kinds_killed: bool = False
    tally: Tally = field(default_factory=Counter)
    cases: int = 0
