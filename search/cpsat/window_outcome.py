"""What a window is cut from, and what it came to."""

from dataclasses import dataclass

from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from machine.model import Machine
from search.analysis.chains import Chains
from search.analysis.relations import Relations
from search.cpsat.window_spans import Span
from search.solver.solve_outcome import Status


@dataclass(frozen=True)
class Fixed:
    """A graph's arrays and a schedule of it: what a window is cut from."""

    flat: FlatGraph
    relations: Relations
    chains: Chains
    machine: Machine
    schedule: Schedule


@dataclass(frozen=True)
class WindowOutcome:
    """What a window came to: the new issue cycles of all slots if it gained anything.

    ``before`` and ``after`` are the weighted sums of starts.
    """

    status: Status
    span: Span
    cycles: Ints | None
    before: int
    after: int
