"""The exact model of a graph: variables, constraints, objective, strategy and hint, put together."""

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from machine.graph.decision import OMITTED, Schedule, schedule_of
from machine.graph.dependences import Ints
from machine.graph.flat import FlatGraph
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat import constraints
from search.cpsat.lane_groups import Granularity, OperationLanes, assign_lanes
from search.cpsat.start_variables import Horizon, Variables, chain_window, least_tail, longer_tails, make_variables
from search.scratch.lifetimes import find_lifetimes


@dataclass(frozen=True)
class ExactModel:
    """A model of a whole graph, and what its variables stand for."""

    model: cp_model.CpModel
    variables: Variables
    lanes: list[OperationLanes]
    makespan: cp_model.IntVar


def build_exact(prepared: PreparedGraph, granularity: Granularity, horizon: Horizon, scratch_words: int) -> ExactModel:
    """The model whose solutions are the schedules of at most ``horizon.most`` cycles; minimises the makespan."""
    flat, machine, relations = prepared.flat, prepared.machine, prepared.relations
    model = cp_model.CpModel()
    lanes = assign_lanes(flat, machine, granularity, range(flat.operations))
    latest = horizon.most + machine.max_latency
    window = chain_window(prepared.chains, lanes, horizon.most)
    variables = make_variables(model, flat, lanes, window, latest)
    versions = range(len(flat.version_words))
    variables.available.update({v: 0 for v in versions if flat.version_operations[v] < 0})
    constraints.one_implementation_each(model, variables, lanes)
    constraints.reads_after_writes(model, flat, variables, lanes)
    constraints.overwrites_after_reads(model, flat, relations, variables, versions)
    constraints.edges_in_order(model, flat, variables, map(tuple, flat.edges.tolist()))
    constraints.engines_within_slots(model, flat, machine, variables, lanes, {})
    if int(flat.buffer_words.sum()) > scratch_words:
        accesses = constraints.free_accesses(flat, variables, lanes)
        constraints.buffers_within_scratch(model, flat, variables, accesses, [], scratch_words, latest)
    makespan = model.new_int_var(horizon.least, horizon.most, "makespan")
    for operation in lanes:
        for lane, start in enumerate(variables.starts[operation.operation]):
            model.add(makespan >= start + least_tail(prepared.chains, operation, lane))
            for literal, tail in longer_tails(prepared.chains, variables, operation, lane):
                model.add(makespan >= start + tail).only_enforce_if(literal)
    model.minimize(makespan)
    starts = [start for operation in lanes for start in variables.starts[operation.operation]]
    model.add_decision_strategy(starts, cp_model.CHOOSE_LOWEST_MIN, cp_model.SELECT_MIN_VALUE)
    return ExactModel(model, variables, lanes, makespan)


def add_hint(exact: ExactModel, prepared: PreparedGraph, schedule: Schedule) -> None:
    """Hint every variable with a schedule; it need not be one that the model allows (lanes together, say)."""
    hint_operations(exact.model, prepared.flat, exact.variables, exact.lanes, schedule)
    exact.model.add_hint(exact.makespan, schedule.length)


def hint_operations(
    model: cp_model.CpModel,
    flat: FlatGraph,
    variables: Variables,
    lanes: list[OperationLanes],
    schedule: Schedule,
) -> None:
    """Hint starts, choices and lifetimes."""
    cycles = schedule.cycles
    for operation in lanes:
        number = operation.operation
        chosen = int(flat.operation_starts[number] + schedule.implementations[number])
        made = next(m for m in operation.implementations if m.implementation == chosen)
        for lane, start in enumerate(variables.starts[number]):
            model.add_hint(start, int(cycles[made.slots_of_lane(lane)[0]]))
        for implementation in operation.implementations:
            literal = variables.choices[implementation.implementation]
            if literal is not None:
                model.add_hint(literal, implementation.implementation == chosen)
    lifetimes = find_lifetimes(flat, schedule)
    for buffer, begin in variables.buffer_starts.items():
        first, last = int(lifetimes.starts[buffer]), int(lifetimes.ends[buffer])
        model.add_hint(begin, first)
        model.add_hint(variables.buffer_ends[buffer], last)
        model.add_hint(variables.buffer_sizes[buffer], last - first)


def read_operations(
    flat: FlatGraph,
    variables: Variables,
    lanes: list[OperationLanes],
    solver: cp_model.CpSolver,
    cycles: Ints,
) -> None:
    """Write the solution's issue cycles of the free operations into ``cycles``."""
    for operation in lanes:
        starts = variables.starts[operation.operation]
        for made in operation.implementations:
            literal = variables.choices[made.implementation]
            chosen = literal is None or solver.boolean_value(literal)
            for slot, lane in made.lane_of_slot.items():
                cycles[slot] = solver.value(starts[lane]) if chosen else OMITTED


def read_schedule(exact: ExactModel, prepared: PreparedGraph, solver: cp_model.CpSolver) -> Schedule:
    """The schedule that the solver's solution stands for."""
    cycles = np.full(len(prepared.flat.slot_implementations), OMITTED, dtype=np.int64)
    read_operations(prepared.flat, exact.variables, exact.lanes, solver, cycles)
    return schedule_of(prepared.flat, cycles)
