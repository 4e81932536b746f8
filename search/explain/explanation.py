"""All that a schedule says about itself, in one value."""

from collections.abc import Callable
from dataclasses import dataclass

from machine.graph.decision import Schedule
from machine.graph.dependences import Ints
from machine.model import Machine
from search.analysis.prepared_graph import PreparedGraph
from search.bounds.bound import Bound
from search.explain.bound_basis import BoundBasis, Change, bound_basis, lane_changes, slot_changes
from search.explain.idle_slots import EngineUse, engine_uses
from search.explain.operation_text import GraphText
from search.explain.readiness import Readiness, find_readiness
from search.explain.schedule_chain import ScheduleChain, schedule_chain
from search.scratch.lifetimes import find_lifetimes


@dataclass(frozen=True)
class Explanation:
    """Why a schedule takes the cycles that it takes.

    Attributes:
        schedule, prepared: the schedule, and its graph.
        text: names for people.
        readiness: when slots could have issued.
        engines: the use of each engine.
        live_words: by cycle, the words of scratch that are held.
        chain: the critical chain.
        basis: what the bound rests on.
        changes: what changes of the machine would make of the bound.
    """

    prepared: PreparedGraph
    schedule: Schedule
    text: GraphText
    readiness: Readiness
    engines: tuple[EngineUse, ...]
    live_words: Ints
    chain: ScheduleChain
    basis: BoundBasis
    changes: tuple[Change, ...]


def explain(
    prepared: PreparedGraph,
    schedule: Schedule,
    bound: Bound,
    rebuild: Callable[[Machine], PreparedGraph] | None = None,
) -> Explanation:
    """Explain a schedule of a graph and a proven bound of it.

    Args:
        prepared: the graph.
        schedule: the schedule.
        bound: the bound.
        rebuild: builds the kernel for another machine; ``None`` leaves out what needs that.
    """
    readiness = find_readiness(prepared, schedule)
    engines = engine_uses(prepared, schedule, readiness)
    lanes = () if rebuild is None else lane_changes(prepared, rebuild)
    return Explanation(
        prepared=prepared,
        schedule=schedule,
        text=GraphText(prepared),
        readiness=readiness,
        engines=engines,
        live_words=find_lifetimes(prepared.flat, schedule).live_words(prepared.flat.buffer_words),
        chain=schedule_chain(prepared, schedule, readiness, engines),
        basis=bound_basis(prepared, bound),
        changes=(*slot_changes(prepared), *lanes),
    )
