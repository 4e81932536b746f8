"""Rows of the suite against another tool: a time-indexed integer program of the whole graph, solved by HiGHS.

It shares with our bounds what depends on what (the flat graph) and nothing else: no work bound, no counting, no
symmetry, no CP-SAT.  It leaves scratch out, so that where it has no schedule there is none.
"""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from ortools.linear_solver import pywraplp

from machine.graph.dependences import EdgeKind
from machine.graph.flat import FlatGraph, edge_distance, flatten
from machine.graph.operation import Graph
from machine.model import load_machine
from problems.knobs import default_settings
from problems.problem import parse_shape
from problems.suite.catalogue import CATALOGUE
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import unwatched
from search.strategy.stage import Context
from search.strategy.step import from_nothing, parse_steps
from search.tasks.building import build_graph
from search.tasks.task import resolve_task

MOST_SECONDS = 120


class IntegerProgram:
    """Whether a graph has a schedule of so many cycles: a variable for each slot and cycle."""

    def __init__(self, graph: Graph, cycles: int) -> None:
        self._cycles = cycles
        self._flat: FlatGraph = flatten(graph)
        self._solver = pywraplp.Solver.CreateSolver("HIGHS")
        self._solver.SetTimeLimit(1000 * MOST_SECONDS)
        self._chosen = [self._solver.BoolVar("") for _ in self._flat.implementation_operations]
        self._issued = [[self._solver.BoolVar("") for _ in range(cycles)] for _ in self._flat.slot_engines]
        for first, stop in pairwise(self._flat.operation_starts):
            self._solver.Add(sum(self._chosen[first:stop]) == 1)
        for slot, implementation in enumerate(self._flat.slot_implementations):
            self._solver.Add(sum(self._issued[slot]) == self._chosen[implementation])
        self._engines([engine.slots for engine in graph.machine.scored_engines])
        self._reads_after_writes()
        self._edges()

    def has_schedule(self) -> bool:
        status = self._solver.Solve()
        assert status in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.INFEASIBLE)
        return bool(status == pywraplp.Solver.OPTIMAL)

    def _until(self, slot: int, cycle: int) -> Any:
        """Whether a slot has been issued in or before a cycle."""
        return sum(self._issued[slot][: max(0, cycle + 1)])

    def _engines(self, slots: list[int]) -> None:
        using = defaultdict(list)
        for slot, engine in enumerate(self._flat.slot_engines):
            using[int(engine)].append(self._issued[slot])
        for engine, issued in using.items():
            for cycle in range(self._cycles):
                self._solver.Add(sum(each[cycle] for each in issued) <= slots[engine])

    def _reads_after_writes(self) -> None:
        flat, writers = self._flat, defaultdict(list)
        for version, slot in zip(flat.writes, flat.write_slots, strict=True):
            writers[int(version)].append(int(slot))
        for version, reader in zip(flat.reads, flat.read_slots, strict=True):
            if flat.version_operations[version] >= 0:
                for cycle in range(self._cycles):
                    done = [self._until(each, cycle - int(flat.slot_latencies[each])) for each in writers[int(version)]]
                    self._solver.Add(self._until(int(reader), cycle) <= sum(done))

    def _edges(self) -> None:
        flat = self._flat
        for before, after, kind in flat.edges:
            distance = edge_distance(EdgeKind(int(kind)), *map(int, flat.slot_latencies[[before, after]]))
            is_left_out = 1 - self._chosen[flat.slot_implementations[before]]
            for cycle in range(self._cycles):
                done = self._until(int(before), cycle - distance)
                self._solver.Add(self._until(int(after), cycle) <= done + is_left_out)


@pytest.mark.parametrize(("problem", "cycles"), [("matrix_product", 8), ("saxpy", 12)])
def test_the_integer_program_agrees_that_a_row_is_optimal(problem: str, cycles: int) -> None:
    (shape,) = (listed.shapes[0] for listed in CATALOGUE if listed.problem.name == problem)
    task, name = resolve_task(problem, shape, None, load_machine("takehome"))
    knobs = default_settings(task.problem.knobs(parse_shape(task.problem, shape), "all", task.machine))
    steps, context = from_nothing(parse_steps("list:0.5,exact")), Context(task, name, knobs, "0", InProcess())
    found = run_stages(context, steps, None, Budget(schedules=64), unwatched()).solution
    assert found is not None
    assert (found.cycles, found.bound.cycles) == (cycles, cycles)
    graph = build_graph(task, knobs)
    assert not IntegerProgram(graph, cycles - 1).has_schedule()
    assert IntegerProgram(graph, cycles).has_schedule()
