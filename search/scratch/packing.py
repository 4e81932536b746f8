"""Exact allocation: buffers as rectangles in time and address that do not overlap.

For where interval colouring finds no addresses though the words would fit in every cycle.
"""

from ortools.sat.python import cp_model

from machine.graph.dependences import Ints
from search.scratch.lifetimes import Lifetimes
from search.solver.cp_solver import STATUSES, cp_solver
from search.solver.solve_outcome import SolveLimits, Status


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
