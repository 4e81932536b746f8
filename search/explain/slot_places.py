"""Where in an emitted program each slot of a graph stands."""

from collections import Counter

import numpy as np

from machine.graph.decision import Schedule
from machine.trace import Place
from search.analysis.prepared_graph import PreparedGraph


def slot_places(prepared: PreparedGraph, schedule: Schedule) -> dict[int, Place]:
    """By issued slot: a bundle for each cycle, in which an engine's slots stand in the order of the graph."""
    engines = [engine.name for engine in prepared.machine.scored_engines]
    issued = np.flatnonzero(schedule.cycles >= 0)
    filled: Counter[tuple[int, int]] = Counter()
    places = {}
    cycles, numbers = schedule.cycles[issued].tolist(), prepared.flat.slot_engines[issued].tolist()
    for slot, cycle, engine in zip(issued.tolist(), cycles, numbers, strict=True):
        places[slot] = Place(cycle, engines[engine], filled[cycle, engine])
        filled[cycle, engine] += 1
    return places
