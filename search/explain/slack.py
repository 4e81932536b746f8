"""How much later each slot of a schedule could issue, all others being where they are."""

import numpy as np

from machine.graph.decision import OMITTED, Schedule
from machine.graph.dependences import Ints
from search.analysis.prepared_graph import PreparedGraph


def find_slack(prepared: PreparedGraph, schedule: Schedule) -> Ints:
    """By slot, the cycles by which it could issue later for all that dependences and the end of the schedule say.

    Whether its engine has room then is left aside.  ``OMITTED`` for slots that are not issued.
    """
    issued = schedule.cycles >= 0
    last = schedule.length - prepared.flat.slot_latencies
    precedences = prepared.precedences
    later = np.repeat(np.arange(len(last)), np.diff(precedences.starts))
    earlier = precedences.earlier.astype(np.int64)
    both = issued[later] & issued[earlier]
    np.minimum.at(last, earlier[both], schedule.cycles[later[both]] - precedences.distances[both])
    return np.where(issued, last - schedule.cycles, OMITTED)
