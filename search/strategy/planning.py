"""Plans a setting of the knobs by a linear program over what each of them does to the work of the graph.

Every other value of a knob is a *change*: the graph is built with it and scheduled.  What it does to the work, by kind
of operation, is taken to add up, and so are the cycles by which its schedule is longer than the work explains.  The
program takes parts of changes so that the busiest engine is least busy, operations being spread over their
implementations; parts are rounded to settings.  Changes do add up where a knob says how many groups do something, and
only roughly where one decides about what another presupposes: a plan is worth what a schedule of its graph says.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ortools.linear_solver import pywraplp

from machine.graph.operation import Graph
from machine.model import Machine
from problems.knobs import ChoiceKnob, GroupsKnob, IntegerKnob, Knob, KnobValue, chosen_groups
from search.bounds.work_bound import Kind

Work = Counter[Kind]
"""Operations of a graph, by kind."""

_TAKEN = 0.5
"""The part from which on a change that cannot be had in part is taken."""

_CHANGE_PRICE = 0.02
"""Cycles that the whole of a change costs in the program, so that it takes none without need."""


@dataclass(frozen=True)
class Change:
    """Another value of a knob.

    Attributes:
        knob: the knob.
        value: the other value.
        extent: in how many parts it can be had: the groups that it moves; 1 for all or nothing.
        work: by kind, operations more, or less, than without the change.
        loss: cycles more between a schedule and its work than without the change; 0 where there are less, for that may
            be luck.
    """

    knob: Knob
    value: KnobValue
    extent: int
    work: Mapping[Kind, int]
    loss: float = 0.0


def work_of(graph: Graph) -> Work:
    """The operations of a graph, by kind."""
    names = [engine.name for engine in graph.machine.scored_engines]
    work: Work = Counter()
    for operation in graph.operations:
        kind = []
        for implementation in operation.implementations:
            slots = Counter[str]()
            for run in implementation.runs:
                slots[run.opcode.engine] += run.count
            kind.append(tuple(slots[name] for name in names))
        work[tuple(kind)] += 1
    return work


def other_values(knob: Knob, value: KnobValue) -> list[tuple[KnobValue, int]]:
    """The values that a plan may change ``value`` to, each with its extent."""
    match knob:
        case GroupsKnob():
            chosen = len(chosen_groups(str(value), knob.groups))
            whole = [("all", knob.groups - chosen), ("none", chosen)]
            return [(other, extent) for other, extent in whole if extent > 0]
        case ChoiceKnob():
            return [(other, 1) for other in knob.choices if other != value]
        case IntegerKnob():
            near = {int(value) + step for step in (-2, -1, 1, 2)}
            return [(other, 1) for other in sorted(near) if knob.low <= other <= knob.high]
    return []


def cycles_of(work: Work, machine: Machine) -> float:
    """The least cycles in which the engines do some work, operations spread over their implementations."""
    return _solve(work, [], machine)[0]


def best_parts(work: Work, changes: Sequence[Change], machine: Machine) -> list[float]:
    """The part of each change, from 0 to 1, with which busy cycles and losses are least; of one knob 1 in all."""
    return _solve(work, changes, machine)[1]


def planned(knobs: Mapping[str, KnobValue], changes: Sequence[Change], parts: Sequence[float]) -> dict[str, KnobValue]:
    """The setting in which the changes are taken to the nearest that there is."""
    setting = dict(knobs)
    for change, part in zip(changes, parts, strict=True):
        if change.extent == 1 and part >= _TAKEN:
            setting[change.knob.name] = change.value
        elif isinstance(change.knob, GroupsKnob) and round(part * change.extent) > 0:
            groups = change.knob.groups
            chosen = len(chosen_groups(str(knobs[change.knob.name]), groups))
            moved = round(part * change.extent)
            count = chosen + moved if change.value == "all" else chosen - moved
            setting[change.knob.name] = {0: "none", groups: "all"}.get(count, f"even:{count}")
    return setting


def _solve(work: Work, changes: Sequence[Change], machine: Machine) -> tuple[float, list[float]]:
    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity = solver.infinity()
    length = solver.NumVar(0, infinity, "length")
    loads = []
    for engine in machine.scored_engines:
        load = solver.Constraint(-infinity, 0)
        load.SetCoefficient(length, -engine.slots)
        loads.append(load)
    parts = [solver.NumVar(0, 1, "") for _ in changes]
    _one_of_each_knob(solver, changes, parts)
    for kind in {*work, *(kind for change in changes for kind in change.work)}:
        whole = solver.Constraint(work[kind], work[kind])
        for change, part in zip(changes, parts, strict=True):
            whole.SetCoefficient(part, -change.work.get(kind, 0))
        for row in kind:
            share = solver.NumVar(0, infinity, "")
            whole.SetCoefficient(share, 1)
            for load, slots in zip(loads, row, strict=True):
                load.SetCoefficient(share, slots)
    prices = [change.loss + _CHANGE_PRICE for change in changes]
    solver.Minimize(length + sum(price * part for price, part in zip(prices, parts, strict=True)))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return float("inf"), [0.0] * len(changes)
    return length.solution_value(), [part.solution_value() for part in parts]


def _one_of_each_knob(solver: pywraplp.Solver, changes: Sequence[Change], parts: Sequence[pywraplp.Variable]) -> None:
    """Of the values of a knob, no more than one in all."""
    by_knob: dict[str, pywraplp.Constraint] = {}
    for change, part in zip(changes, parts, strict=True):
        row = by_knob.setdefault(change.knob.name, solver.Constraint(0, 1))
        row.SetCoefficient(part, 1)
