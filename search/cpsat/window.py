"""Windows: free the operations of a span of cycles, fix all others, and push the free ones towards the front.

A window's own makespan says nothing: what helps is to move idle slots to where later operations can use them.  So the
objective is the sum of starts, each weighted by the chain that follows it.
"""

from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from machine.graph.decision import OMITTED, Schedule
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.cpsat import constraints
from search.cpsat.constraints import Access
from search.cpsat.exact_model import hint_operations, read_operations
from search.cpsat.lane_groups import Granularity, OperationLanes, assign_lanes
from search.cpsat.start_variables import Variables, least_tail, longer_tails, make_variables
from search.cpsat.window_outcome import Fixed, WindowOutcome
from search.cpsat.window_spans import Span
from search.scratch.lifetimes import Lifetimes, find_lifetimes
from search.solver.cp_solver import STATUSES, cp_solver
from search.solver.solve_outcome import SolveLimits, Status

_BASE_WEIGHT = 4


def solve_window(fixed: Fixed, span: Span, limits: SolveLimits) -> WindowOutcome:
    """Move the span's operations to the front as far as the rest allows."""
    model = cp_model.CpModel()
    lanes = assign_lanes(fixed.flat, fixed.machine, Granularity.SINGLE_LANES, span.operations)
    variables = _build(model, fixed, span, lanes)
    hint_operations(model, fixed.flat, variables, lanes, fixed.schedule)
    weighted = [
        (start, _BASE_WEIGHT + least_tail(fixed.chains, operation, lane))
        for operation in lanes
        for lane, start in enumerate(variables.starts[operation.operation])
    ]
    model.minimize(sum(weight * start for start, weight in weighted))
    starts = [start for start, _ in weighted]
    model.add_decision_strategy(starts, cp_model.CHOOSE_LOWEST_MIN, cp_model.SELECT_MIN_VALUE)
    solver = cp_solver(limits)
    status = STATUSES[solver.solve(model)]
    before = _weighted_starts(fixed.schedule.cycles, lanes, [weight for _, weight in weighted])
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return WindowOutcome(status, span, None, before, before)
    after = int(solver.objective_value)
    cycles = fixed.schedule.cycles.copy()
    read_operations(fixed.flat, variables, lanes, solver, cycles)
    return WindowOutcome(status, span, cycles if after < before else None, before, after)


def _build(model: cp_model.CpModel, fixed: Fixed, span: Span, lanes: list[OperationLanes]) -> Variables:
    flat, relations, cycles = fixed.flat, fixed.relations, fixed.schedule.cycles
    by_operation = {operation.operation: operation for operation in lanes}

    def window(operation: int, lane: int) -> tuple[int, int]:
        room = fixed.schedule.length - least_tail(fixed.chains, by_operation[operation], lane)
        return span.first, max(span.first, min(span.last - 1, room))

    latest = fixed.schedule.length + fixed.machine.max_latency
    variables = make_variables(model, flat, lanes, window, latest)
    for operation in lanes:
        for lane, start in enumerate(variables.starts[operation.operation]):
            for literal, tail in longer_tails(fixed.chains, variables, operation, lane):
                model.add(start <= fixed.schedule.length - tail).only_enforce_if(literal)
    is_free = np.zeros(flat.operations, dtype=np.bool_)
    is_free[list(span.operations)] = True
    slot_free = is_free[flat.implementation_operations[flat.slot_implementations]]
    fixed_slots = np.flatnonzero((cycles >= 0) & ~slot_free)
    starts = zip(fixed_slots.tolist(), cycles[fixed_slots].tolist(), strict=True)
    variables.slot_starts.update(starts)
    written = [version for version in variables.available if flat.version_operations[version] >= 0]
    replacing = _replacing(fixed, written, slot_free)
    _fix_available(fixed, variables, replacing)
    constraints.one_implementation_each(model, variables, lanes)
    constraints.reads_after_writes(model, flat, variables, lanes)
    constraints.writes_before_fixed_reads(model, relations, variables, written)
    constraints.overwrites_after_reads(model, flat, relations, variables, replacing)
    touched = slot_free[flat.edges[:, 0]] | slot_free[flat.edges[:, 1]]
    constraints.edges_in_order(model, flat, variables, map(tuple, flat.edges[touched].tolist()))
    taken = _taken_slots(fixed, span, fixed_slots)
    constraints.engines_within_slots(model, flat, fixed.machine, variables, lanes, taken)
    _limit_scratch(model, fixed, span, variables, lanes, slot_free)
    return variables


def _replacing(fixed: Fixed, written: list[int], slot_free: np.ndarray) -> list[int]:
    """Versions that replace another where a free operation writes either or reads the replaced one."""
    flat, following = fixed.flat, fixed.relations.next_versions
    read = flat.reads[slot_free[flat.read_slots]]
    candidates = np.concatenate([following[read], following[np.array(written, dtype=np.int64)]])
    own = [version for version in written if flat.version_previous[version] >= 0]
    return sorted({*candidates[candidates >= 0].tolist(), *own})


def _fix_available(fixed: Fixed, variables: Variables, replacing: list[int]) -> None:
    """When versions that fixed operations write are available."""
    flat, cycles = fixed.flat, fixed.schedule.cycles
    writers = flat.write_slots
    issued = cycles[writers] >= 0
    available = np.zeros(len(flat.version_words), dtype=np.int64)
    available[flat.writes[issued]] = (cycles + flat.slot_latencies)[writers[issued]]
    for operation in variables.starts:
        first, last = flat.operation_starts[operation], flat.operation_starts[operation + 1]
        begin, end = flat.implementation_starts[first], flat.implementation_starts[last]
        for version in np.unique(flat.reads[flat.read_starts[begin] : flat.read_starts[end]]).tolist():
            variables.available.setdefault(version, int(available[version]))
    for version in replacing:
        variables.available.setdefault(version, int(available[version]))
        previous = int(flat.version_previous[version])
        variables.available.setdefault(previous, int(available[previous]))


def _taken_slots(fixed: Fixed, span: Span, fixed_slots: Ints) -> dict[tuple[int, int], int]:
    """Slots that fixed operations use in the span, by (engine, cycle)."""
    cycles = fixed.schedule.cycles[fixed_slots]
    inside = fixed_slots[(cycles >= span.first) & (cycles < span.last)]
    pairs = np.stack([fixed.flat.slot_engines[inside], fixed.schedule.cycles[inside]], axis=1)
    found, counts = np.unique(pairs, axis=0, return_counts=True)
    return {(int(e), int(c)): int(count) for (e, c), count in zip(found, counts, strict=True)}


def _limit_scratch(
    model: cp_model.CpModel,
    fixed: Fixed,
    span: Span,
    variables: Variables,
    lanes: list[OperationLanes],
    slot_free: np.ndarray,
) -> None:
    """Lifetimes of buffers that free operations touch, around what all others hold in the span."""
    flat = fixed.flat
    end = span.last + fixed.machine.max_latency + 1
    rest = Schedule(
        fixed.schedule.implementations, np.where(slot_free, OMITTED, fixed.schedule.cycles), fixed.schedule.length
    )
    held = find_lifetimes(flat, rest)
    accesses = constraints.free_accesses(flat, variables, lanes)
    spanning = [b for b in accesses if held.ends[b] > 0 and held.starts[b] <= span.first and held.ends[b] >= end]
    for buffer in spanning:
        del accesses[buffer]
    written = _buffers_written(flat, rest)
    for buffer, each in accesses.items():
        if held.ends[buffer] > 0:
            # A buffer whose first write is free has no fixed start.
            if buffer in written:
                each.append(Access(int(held.starts[buffer]), True, None))
            each.append(Access(int(held.ends[buffer]) - 1, False, None))
    mask = np.ones(len(flat.buffer_words), dtype=np.bool_)
    mask[list(accesses)] = False
    others = Lifetimes(np.where(mask, held.starts, 0), np.where(mask, held.ends, 0))
    live = np.zeros(end + 1, dtype=np.int64)
    known = others.live_words(np.where(mask, flat.buffer_words, 0))[:end]
    live[: len(known)] = known
    changes = np.flatnonzero(np.diff(live[span.first : end + 1])) + span.first + 1
    borders = [span.first, *changes.tolist(), end]
    taken = [(a, b, int(live[a])) for a, b in pairwise(borders) if b > a and live[a]]
    latest = end + fixed.schedule.length
    words = fixed.machine.scratch_words
    constraints.buffers_within_scratch(model, flat, variables, accesses, taken, words, latest)


def _buffers_written(flat: FlatGraph, schedule: Schedule) -> set[int]:
    """Buffers that some slot of the schedule writes."""
    issued = flat.writes[schedule.cycles[flat.write_slots] >= 0]
    return set(flat.word_buffers[flat.version_words[issued]].tolist())


def _weighted_starts(cycles: Ints, lanes: list[OperationLanes], weights: list[int]) -> int:
    """The window's objective for a schedule."""
    starts = []
    for operation in lanes:
        for lane in range(operation.lanes):
            made = next(m for m in operation.implementations if cycles[m.slots_of_lane(0)[0]] >= 0)
            starts.append(int(cycles[made.slots_of_lane(lane)[0]]))
    return sum(weight * start for weight, start in zip(weights, starts, strict=True))
