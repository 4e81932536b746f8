"""Ever finer partitions of a graph to count over: operations of small classes are told apart first.

Counts forget which of alike operations have been issued: if one of two alike constants is there, they take half of the
operations that read both for ready.  A partition in which these are apart does not.  Small classes cost few integers
more when they are split; it is the large ones that hold the symmetry which makes counting cheap.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from machine.certificates.certificate import Model, Refutation, Solver
from search.analysis.prepared_graph import PreparedGraph
from search.analysis.symmetry import find_alike
from search.bounds.bound import Bound
from search.bounds.class_counts import Classes

COUNTS = "counts of alike slots by cycle"
"""What a bound by counting is based on."""


@dataclass(frozen=True)
class Partition:
    """An equitable partition.

    Attributes:
        classes: of the graph.
        apart: the operations of classes of up to so many are told apart; 1 in the coarsest.
    """

    classes: Classes
    apart: int

    @property
    def argument(self) -> str:
        """What a bound by counting over it is based on."""
        return COUNTS if self.apart == 1 else f"{COUNTS}, classes of up to {self.apart} operations split"

    def bound(self, length: int, solver: Solver) -> Bound:
        """What it proves that the solver has found no counts over it for ``length`` cycles."""
        recipe = Refutation(Model.COUNTS.value, solver.value, length, self.apart)
        return Bound(length + 1, f"{self.argument}, by {solver.value}", recipe)


def partitions(prepared: PreparedGraph) -> Iterator[Partition]:
    """Partitions from the coarsest to the finest, in which every operation is a class of its own.

    Counts over a finer one exist only if they do over a coarser.
    """
    flat, chains = prepared.flat, prepared.chains
    alike, apart = find_alike(flat, chains), 1
    yield Partition(Classes(flat, alike), apart)
    while (sizes := Counter(alike.operations)) and max(sizes.values()) > 1:
        apart *= 2
        small = [1 < sizes[colour] <= apart for colour in alike.operations]
        if any(small):
            # Numbers of operations and colours of classes must not meet.
            colours = [
                -1 - n if split else colour
                for n, (colour, split) in enumerate(zip(alike.operations, small, strict=True))
            ]
            alike = find_alike(flat, chains, colours)
            yield Partition(Classes(flat, alike), apart)
