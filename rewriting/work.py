"""What a graph costs: slots by engine, the least cycles that engines need for them, prices of slots, and depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ortools.linear_solver import pywraplp

from machine.graph.operation import Graph, Implementation, Operand, Operation
from machine.model import Machine
from rewriting.bursts import Burst, longest_burst

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Work:
    """What engines have to do.

    Attributes:
        slots: by engine, in a split of operations over implementations that takes the fewest cycles.
        cycles: those that the busiest engine then needs.
        prices: by engine, how many cycles more one more slot takes.
    """

    slots: Mapping[str, float]
    cycles: float
    prices: Mapping[str, float]


@dataclass(frozen=True)
class Mixture:
    """The best mixture of graphs: the cycles of the busiest engine, prices of slots, and the share of each graph."""

    cycles: float
    prices: Mapping[str, float]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """A graph with what it takes."""

    graph: Graph
    work: Work
    depth: int

    @cached_property
    def burst(self) -> Burst:
        """The engine that has most to do between what waits for it and what it waits for."""
        return longest_burst(self.graph)

    @property
    def cycles(self) -> float:
        """Schedules are hardly shorter, as far as work as a whole, the longest chain and bursts tell."""
        return max(self.work.cycles, self.depth, self.burst.cycles)


def measure(graph: Graph) -> Measured:
    """A graph with what it takes."""
    return Measured(graph, measure_work(graph), measure_depth(graph))


def measure_work(graph: Graph) -> Work:
    """The work of a graph, by linear programming over implementation choices."""
    program = _Program(graph.machine, [_kinds(graph)])
    program.solve()
    return Work(program.slots(), program.cycles(), program.prices())


def mix(graphs: Sequence[Graph]) -> Mixture:
    """Mix graphs of one machine, which are equal, so that engines are busy least; parts of a graph count as parts."""
    program = _Program(graphs[0].machine, [_kinds(graph) for graph in graphs])
    program.solve()
    return Mixture(program.cycles(), program.prices(), program.shares())


def _kinds(graph: Graph) -> dict[tuple[Counts, ...], int]:
    """How many operations there are of each kind: those with the same slots in the same implementations."""
    kinds: dict[tuple[Counts, ...], int] = {}
    for operation in graph.operations:
        kind = tuple(dict.fromkeys(_counts(implementation) for implementation in operation.implementations))
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


class _Program:
    """Shares of graphs, and shares of implementations of each kind of operation, so that cycles are fewest."""

    def __init__(self, machine: Machine, columns: Sequence[Mapping[tuple[Counts, ...], int]]) -> None:
        self._engines = {engine.name: engine.slots for engine in machine.scored_engines}
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        infinity = self._solver.infinity()
        self._length = self._solver.NumVar(0, infinity, "cycles")
        self._loads = {name: self._solver.Constraint(-infinity, 0) for name in self._engines}
        for name, slots in self._engines.items():
            self._loads[name].SetCoefficient(self._length, -slots)
        self._weights = [self._solver.NumVar(0, infinity, "") for _ in columns]
        whole = self._solver.Constraint(1, 1)
        for weight in self._weights:
            whole.SetCoefficient(weight, 1)
        self._used: list[tuple[Counts, pywraplp.Variable]] = []
        for kind in dict.fromkeys(kind for column in columns for kind in column):
            balance = self._solver.Constraint(0, 0)
            for weight, column in zip(self._weights, columns, strict=True):
                balance.SetCoefficient(weight, -column.get(kind, 0))
            for row in kind:
                used = self._solver.NumVar(0, infinity, "")
                balance.SetCoefficient(used, 1)
                self._used.append((row, used))
                for name, count in row:
                    self._loads[name].SetCoefficient(used, count)

    def solve(self) -> None:
        self._solver.Minimize(self._length)
        self._solver.Solve()

    def cycles(self) -> float:
        return float(self._length.solution_value())

    def prices(self) -> dict[str, float]:
        return {name: max(0.0, -load.dual_value()) for name, load in self._loads.items()}

    def shares(self) -> tuple[float, ...]:
        return tuple(weight.solution_value() for weight in self._weights)

    def slots(self) -> dict[str, float]:
        slots = dict.fromkeys(self._engines, 0.0)
        for row, used in self._used:
            for name, count in row:
                slots[name] += count * used.solution_value()
        return slots


def _counts(implementation: Implementation) -> Counts:
    counts: dict[str, int] = {}
    for run in implementation.runs:
        counts[run.opcode.engine] = counts.get(run.opcode.engine, 0) + run.count
    return tuple(sorted(counts.items()))


def measure_depth(graph: Graph) -> int:
    """Cycles that the longest chain of operations takes, by the faster implementation of each.

    Chains through memory are not followed.
    """
    ready: dict[tuple[int, int], int] = {}
    deepest = 0
    for operation in graph.operations:
        written, when = min(
            (_landing(graph, operation, number, ready) for number in range(len(operation.implementations))),
            key=lambda found: found[1],
        )
        for word in written:
            ready[word] = when
        deepest = max(deepest, when)
    return deepest


def _landing(
    graph: Graph, operation: Operation, number: int, ready: Mapping[tuple[int, int], int]
) -> tuple[list[tuple[int, int]], int]:
    """The words an implementation writes, and the cycle from which the last of them can be read.

    A run of more slots than its engine has takes so many cycles more.
    """
    written: list[tuple[int, int]] = []
    when = 0
    for run in operation.implementations[number].runs:
        issue = 0
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if not isinstance(operand, Operand):
                continue
            width = graph.machine.vector_length if role.is_vector else 1
            words = [
                (operand.buffer, operand.offset + slot * operand.stride + lane)
                for slot in range(run.count)
                for lane in range(width)
            ]
            if role.is_written:
                written += words
            else:
                issue = max(issue, *(ready.get(word, 0) for word in words))
        slots = graph.machine.engines[run.opcode.engine].slots
        when = max(when, issue + graph.machine.latency(run.opcode) + (run.count - 1) // slots)
    return written, when
