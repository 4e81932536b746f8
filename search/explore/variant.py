"""Variants of a machine, and what a search on each of them has come to."""

from dataclasses import dataclass
from enum import Enum

from machine.architecture import Machine
from machine.errors import UserError
from machine.features import Feature, Variation
from machine.graph.decision import Decision
from problems.knobs import KnobValue
from rewriting.recipe import Recipe
from search.bounds.bound import Bound


class VariantEnd(Enum):
    """What came of a variant: a validated program, or why there is none."""

    FOUND = "found"
    NO_MACHINE = "no machine"
    NO_GRAPH = "cannot be built"
    NO_ROOM = "does not fit scratch"
    NO_PROGRAM = "no program"
    WRONG = "wrong results"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Variant:
    """A machine that differs from another in one feature.

    Attributes:
        feature: in which it differs; ``None`` for the machine itself.
        value: of the feature.
        machine: the variant; ``None`` where there can be no such machine.
        why: why not.
    """

    feature: Feature | None
    value: int
    machine: Machine | None
    why: str = ""

    def __str__(self) -> str:
        return "as it is" if self.feature is None else f"{self.feature}={self.value}"


@dataclass(frozen=True)
class Program:
    """A schedule of the graph that some knobs give: what can be carried from one variant to another.

    Attributes:
        knobs: those of the problem, and whether the graph is rewritten if the user has set that.
        decision: the schedule, and its addresses.
        recipe: by which the graph was rewritten; ``None`` if it was not.
    """

    knobs: dict[str, KnobValue]
    decision: Decision
    recipe: Recipe | None = None

    @property
    def cycles(self) -> int:
        """The length of the schedule."""
        return self.decision.schedule.length


@dataclass(frozen=True)
class VariantResult:
    """What the search on a variant has come to.

    Attributes:
        end: what came of it.
        program: the best one, validated; ``None`` unless it was found.
        bound: of the graph of that program on this variant.
        why: more about an end without program.
    """

    end: VariantEnd
    program: Program | None = None
    bound: Bound | None = None
    why: str = ""

    @property
    def cycles(self) -> int | None:
        """Of the best program, if there is one."""
        return None if self.program is None else self.program.cycles


def variants_of(machine: Machine, variations: list[Variation]) -> list[Variant]:
    """The variants that some variations name, each once; those that are the machine itself are left out."""
    found = {}
    for variation in variations:
        for value in variation.values:
            if value != variation.feature.value(machine):
                found[variation.feature, value] = _variant(machine, variation.feature, value)
    return list(found.values())


def _variant(machine: Machine, feature: Feature, value: int) -> Variant:
    try:
        return Variant(feature, value, feature.changed(machine, value))
    except UserError as error:
        return Variant(feature, value, None, str(error).rpartition(": ")[2])
