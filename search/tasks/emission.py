"""Emission: a decision becomes a program."""

import numpy as np

from machine.graph.decision import Decision
from machine.graph.flat import FlatGraph, opcode_table
from machine.graph.operation import Graph
from machine.program import Program, Slot


def emit(graph: Graph, flat: FlatGraph, decision: Decision) -> Program:
    """The program in which every chosen slot issues in its cycle; slots of an engine stand in graph order.

    A bundle lists its engines in the machine's order, or in one in which writes to the same word land in graph order.
    """
    opcodes = opcode_table(graph)
    base = decision.addresses[flat.word_buffers] + np.arange(len(flat.word_buffers))
    base -= np.array(graph.first_words, dtype=np.int64)[flat.word_buffers]
    cycles = decision.schedule.cycles
    issued = np.flatnonzero(cycles >= 0)
    addresses = base.tolist()
    scratch = [tuple(role.is_scratch for role in opcode.roles) for opcode in opcodes]
    bundles: list[dict[str, list[Slot]]] = [{} for _ in range(int(cycles.max(initial=-1)) + 1)]
    operands = flat.slot_operands[issued].tolist()
    for row, number, cycle in zip(operands, flat.slot_opcodes[issued].tolist(), cycles[issued].tolist(), strict=True):
        opcode = opcodes[number]
        slot = (opcode.name, *(addresses[v] if s else v for v, s in zip(row, scratch[number], strict=False)))
        bundles[cycle].setdefault(opcode.engine, []).append(slot)
    orders = _engine_orders(graph, flat, decision)
    default = [engine.name for engine in graph.machine.scored_engines]
    filled = []
    for cycle, bundle in enumerate(bundles):
        names = orders.get(cycle, default)
        # A cycle in which nothing issues still costs one: an engine with no slots says so.
        filled.append({name: bundle[name] for name in names if name in bundle} or {default[0]: []})
    return Program(tuple(filled))


def _engine_orders(graph: Graph, flat: FlatGraph, decision: Decision) -> dict[int, list[str]]:
    """Engine orders of the cycles in which two engines write one word, the later write in the later engine."""
    cycles = decision.schedule.cycles
    writers = flat.write_slots
    writes_issued = cycles[writers] >= 0
    writer_of = np.full(len(flat.version_words), -1, dtype=np.int64)
    writer_of[flat.writes[writes_issued]] = writers[writes_issued]
    later = writer_of
    earlier = np.where(flat.version_previous >= 0, writer_of[flat.version_previous], -1)
    both = (later >= 0) & (earlier >= 0)
    later, earlier = later[both], earlier[both]
    shared = (cycles[later] == cycles[earlier]) & (flat.slot_engines[later] != flat.slot_engines[earlier])
    engines = graph.machine.scored_engines
    before: dict[int, set[tuple[int, int]]] = {}
    for first, second in zip(earlier[shared], later[shared], strict=True):
        pair = int(flat.slot_engines[first]), int(flat.slot_engines[second])
        before.setdefault(int(cycles[first]), set()).add(pair)
    return {cycle: [engines[e].name for e in _sorted_engines(len(engines), pairs)] for cycle, pairs in before.items()}


def _sorted_engines(count: int, pairs: set[tuple[int, int]]) -> list[int]:
    """Engines such that the first of each pair comes first; the plain order where that is impossible.

    An impossible order is not hidden by that: the legality checker refuses the program.
    """
    order: list[int] = []
    left = list(range(count))
    while left:
        free = [e for e in left if not any(second == e and first in left for first, second in pairs)]
        if not free:
            return list(range(count))
        order.append(free[0])
        left.remove(free[0])
    return order
