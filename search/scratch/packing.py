"""Exact allocation: buffers as rectangles in time and address that do not overlap.

For where interval colouring finds no addresses though the words would fit in every cycle.
"""

from dataclasses import replace

import numpy as np
from ortools.sat.python import cp_model

from machine.graph.dependences import Ints
from search.processes.isolate import call_isolated
from search.scratch.lifetimes import Lifetimes
from search.solver.cp_solver import cp_solver
from search.solver.solve_outcome import STATUSES, SolveLimits, Status

MOST_SECONDS = 10.0
"""For one packing in a process of its own, whatever the limits."""

_GRACE_SECONDS = 10.0


def pack_isolated(lifetimes: Lifetimes, words: Ints, scratch_words: int, limits: SolveLimits) -> Ints | None:
    """As :func:`pack`, in a process of its own; ``None`` where no addresses were found, whatever the reason."""
    seconds = min(MOST_SECONDS, limits.seconds)
    arguments = (lifetimes, words, scratch_words, replace(limits, seconds=seconds))
    call = call_isolated(pack, arguments, seconds + _GRACE_SECONDS, limits.memory_bytes)
    found = call.value[1] if call.value else []
    return np.array(found, dtype=np.int64) if found else None


def pack(lifetimes: Lifetimes, words: Ints, scratch_words: int, limits: SolveLimits) -> tuple[Status, list[int]]:
    """By buffer, an address, or -1 if it is never used; the list is empty if the solver finds no addresses.

    Args:
        lifetimes: when each buffer holds its words.
        words: the buffers' sizes.
        scratch_words: of scratch.
        limits: when to end.
    """
    model = cp_model.CpModel()
    addresses: dict[int, cp_model.IntVar] = {}
    times, places = [], []
    for buffer, size in enumerate(words.tolist()):
        start, end = int(lifetimes.starts[buffer]), int(lifetimes.ends[buffer])
        if end == 0:
            continue
        if size > scratch_words:
            return Status.INFEASIBLE, []
        addresses[buffer] = model.new_int_var(0, scratch_words - size, f"a{buffer}")
        times.append(model.new_fixed_size_interval_var(start, end - start, f"t{buffer}"))
        places.append(model.new_fixed_size_interval_var(addresses[buffer], size, f"p{buffer}"))
    model.add_no_overlap_2d(times, places)
    model.add_cumulative(times, [int(words[buffer]) for buffer in addresses], scratch_words)
    solver = cp_solver(limits)
    status = STATUSES[solver.solve(model)]
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return status, []
    return status, [solver.value(addresses[buffer]) if buffer in addresses else -1 for buffer in range(len(words))]
