"""A graph with all that is known of it before it is scheduled, and other forms of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from machine.graph.decision import OMITTED, Schedule, schedule_of
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph, flatten
from machine.graph.operation import Graph
from machine.model import Machine
from rewriting.recipe import Recipe
from search.analysis.chains import Chains, find_chains
from search.analysis.kernel_tables import Tables, make_tables
from search.analysis.precedences import Precedences, find_precedences
from search.analysis.rearrangement import Kept, all_implementations, lean_implementations, rearrange
from search.analysis.relations import Relations, find_relations, free_early
from search.analysis.thrifty_order import thrifty_order


@dataclass(frozen=True)
class PreparedGraph:
    """A graph with everything about it that schedulers and bounds share; ``recipe`` if it was rewritten by one."""

    graph: Graph
    flat: FlatGraph
    relations: Relations
    chains: Chains
    recipe: Recipe | None = None

    @property
    def machine(self) -> Machine:
        """The graph's machine."""
        return self.graph.machine

    @property
    def needed_words(self) -> int:
        """Words of scratch that the graph needs if its operations run one by one in their own order."""
        return int(self.relations.peaks.max(initial=0))

    @cached_property
    def tables(self) -> Tables:
        """The graph as the list scheduler's core reads it."""
        return make_tables(self.flat, self.relations)

    @cached_property
    def precedences(self) -> Precedences:
        """Least distances between the issues of slots."""
        return find_precedences(self.flat, self.relations)

    @property
    def own(self) -> "PreparedForm":
        """The graph as it is."""
        return PreparedForm(self, np.arange(len(self.flat.slot_implementations)))

    @cached_property
    def thrifty(self) -> "PreparedForm":
        """The graph in an order that needs few words of scratch, and never more than its own order."""
        return _prepare_form(self, all_implementations(self.graph), self.flat, self.relations)

    @cached_property
    def lean(self) -> "PreparedForm":
        """The graph with only the implementations that touch few words, in an order that needs few words of scratch."""
        kept = lean_implementations(self.graph)
        if kept == all_implementations(self.graph):
            return self.thrifty
        flat = flatten(rearrange(self.graph, self.flat, np.arange(self.flat.operations), kept).graph)
        return _prepare_form(self, kept, flat, find_relations(flat))

    def forms(self) -> Iterator["PreparedForm"]:
        """The thrifty form, then the lean form; a form is computed when it is first asked for."""
        yield self.thrifty
        if self.lean is not self.thrifty:
            yield self.lean

    def can_run_in(self, capacity: int) -> bool:
        """Whether the graph or a form of it runs in order in ``capacity`` words."""
        return self.needed_words <= capacity or any(form.prepared.needed_words <= capacity for form in self.forms())


@dataclass(frozen=True)
class PreparedForm:
    """A form of a graph, prepared.  ``slots`` has, for each slot of the form, the slot of the graph that it is."""

    prepared: PreparedGraph
    slots: Ints

    def schedule_of_graph(self, graph: PreparedGraph, made: Schedule) -> Schedule:
        """A schedule of this form, as a schedule of ``graph``."""
        cycles = np.full(len(graph.flat.slot_implementations), OMITTED, dtype=np.int64)
        cycles[self.slots] = made.cycles
        return schedule_of(graph.flat, cycles)


def prepare(graph: Graph) -> PreparedGraph:
    """Flatten a graph and find its relations and chains.

    Raises:
        GraphError: the graph is not a graph (see :func:`machine.graph.flat.flatten`).
    """
    flat = flatten(graph)
    relations = find_relations(flat)
    return PreparedGraph(graph, flat, relations, find_chains(flat, relations))


def _prepare_form(prepared: PreparedGraph, kept: Kept, flat: FlatGraph, relations: Relations) -> PreparedForm:
    """The thriftiest form with the implementations kept; ``flat`` is the graph with these, in its own order."""
    form = rearrange(prepared.graph, prepared.flat, thrifty_order(flat, relations), kept)
    made = prepare(form.graph)
    return PreparedForm(replace(made, relations=free_early(made.flat, made.relations)), form.slots)
