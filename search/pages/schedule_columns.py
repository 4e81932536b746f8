"""A schedule as columns of integers for its page: slots, the pairs that wait, buffers; and the names they stand for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.palettes import Category20_20

from machine.graph.decision import Decision
from machine.graph.dependences import Ints
from machine.graph.flat import opcode_table
from search.explain.explanation import Explanation
from search.explain.readiness import NOBODY
from search.explain.schedule_chain import Wait, dependence_of
from search.explain.slack import find_slack
from search.explain.slot_places import slot_places
from search.pages.packed_columns import Table
from search.scratch.lifetimes import find_lifetimes

ROW_GAP = 1
"""Empty rows between engines."""

DEPENDENCES = (Wait.VALUE, Wait.OVERWRITE, Wait.ORDER)
"""What slots wait for each other for, as numbered in ``kind`` of the waits."""


@dataclass(frozen=True)
class ScheduleColumns:
    """Tables of columns, and what their numbers stand for.

    Attributes:
        tables: ``slots``, a row for each issued slot, in the order of the graph; ``waits``, pairs of these rows, of
            which ``later`` waits for ``earlier``, at least ``distance`` cycles, for ``kind``; ``buffers``; and
            ``held``, a row for each buffer with an address.
        chain: rows of the slots on the critical chain, in order of time.
        names: texts by what has them.
    """

    tables: Mapping[str, Table]
    chain: list[int]
    names: dict[str, Any]


def schedule_columns(told: Explanation, decision: Decision) -> ScheduleColumns:
    """The columns of a schedule that has been explained."""
    issued = np.flatnonzero(told.schedule.cycles >= 0)
    rows = np.full(len(told.schedule.cycles) + 1, NOBODY, dtype=np.int64)  # the last for nobody, which is -1
    rows[issued] = np.arange(len(issued))
    slots, names = _slots(told, issued)
    buffers, buffer_names = _buffers(told)
    return ScheduleColumns(
        {"slots": slots, "waits": _waits(told, rows), "buffers": buffers, "held": _held(told, decision)},
        [int(rows[link.slot]) for link in told.chain.links],
        names | buffer_names,
    )


def first_rows(told: Explanation) -> list[int]:
    """The lowest row of each engine; the first engine stands at the top."""
    sizes = [use.slots + ROW_GAP for use in told.engines]
    return [sum(sizes[number + 1 :]) for number in range(len(sizes))]


def _slots(told: Explanation, issued: Ints) -> tuple[Table, dict[str, Any]]:
    flat, cycles, graph = told.prepared.flat, told.schedule.cycles, told.prepared.graph
    operations = flat.implementation_operations[flat.slot_implementations[issued]]
    sources = [told.text.source(number) for number in range(flat.operations)]
    kinds = [operation.name for operation in graph.operations]
    targets = np.array([told.text.target(number) for number in range(flat.operations)], dtype=np.int64)
    firsts = dict(zip((use.name for use in told.engines), first_rows(told), strict=True))
    places = slot_places(told.prepared, told.schedule).values()
    opcodes = [(opcode.name, [role.is_scratch for role in opcode.roles]) for opcode in opcode_table(graph)]
    operands, constants = _operands(flat.slot_opcodes[issued], flat.slot_operands[issued], opcodes)
    columns = {
        "cycle": cycles[issued],
        "row": np.array([firsts[place.engine] + place.position for place in places], dtype=np.int64),
        "operation": operations,
        "latency": flat.slot_latencies[issued],
        "delay": cycles[issued] - told.readiness.ready[issued],
        "slack": find_slack(told.prepared, told.schedule)[issued],
        "line": _codes(sources)[operations],
        "engine": flat.slot_engines[issued],
        "stream": flat.streams[operations],
        "step": flat.steps[operations],
        "kind": _codes(kinds)[operations],
        "target": targets[operations],
        "opcode": flat.slot_opcodes[issued],
        **{f"operand{place}": operands[:, place] for place in range(operands.shape[1])},
    }
    names = {"lines": _distinct(sources), "kinds": _distinct(kinds), "opcodes": opcodes, "constants": constants}
    return columns, names


def _operands(opcodes: Ints, values: Ints, table: Sequence[tuple[str, Sequence[bool]]]) -> tuple[Ints, list[str]]:
    """Words of scratch by their numbers, other values by their places among the texts, which are returned too."""
    is_word = np.zeros((max(1, len(table)), values.shape[1]), dtype=bool)
    for number, (_, roles) in enumerate(table):
        is_word[number, : len(roles)] = roles
    are_words = is_word[opcodes]
    others = np.unique(values[~are_words])
    return np.where(are_words, values, np.searchsorted(others, values)), list(map(str, others.tolist()))


def _buffers(told: Explanation) -> tuple[Table, dict[str, Any]]:
    """Buffers by number: the first word of each, and its name, to which its number belongs where several have it."""
    graph = told.prepared.graph
    names = [buffer.name for buffer in graph.buffers]
    texts = _distinct(names)
    several = [texts.index(name) for name, count in Counter(names).items() if count > 1]
    firsts = np.array(graph.first_words[:-1], dtype=np.int64)
    return {"first": firsts, "name": _codes(names)}, {"buffers": texts, "numbered": several}


def _waits(told: Explanation, rows: Ints) -> Table:
    precedences = told.prepared.precedences
    later = np.repeat(np.arange(len(precedences.starts) - 1), np.diff(precedences.starts))
    earlier, distances = precedences.earlier.astype(np.int64), precedences.distances
    both = (rows[later] != NOBODY) & (rows[earlier] != NOBODY)
    earlier, later, distances = earlier[both], later[both], distances[both]
    pairs = zip(earlier.tolist(), later.tolist(), strict=True)
    kinds = np.array([DEPENDENCES.index(dependence_of(told.prepared.flat, *pair)) for pair in pairs], dtype=np.int64)
    return {"earlier": rows[earlier], "later": rows[later], "distance": distances, "kind": kinds}


def _held(told: Explanation, decision: Decision) -> Table:
    """Buffers that hold words of scratch: since when, for how many cycles, which words."""
    flat = told.prepared.flat
    lifetimes = find_lifetimes(flat, decision.schedule)
    used = np.flatnonzero((lifetimes.ends > lifetimes.starts) & (decision.addresses >= 0))
    roots = [name.rpartition(".")[0] or name for name in (told.text.buffers[number] for number in used.tolist())]
    return {
        "buffer": used,
        "start": lifetimes.starts[used],
        "cycles": (lifetimes.ends - lifetimes.starts)[used],
        "address": decision.addresses[used],
        "words": flat.buffer_words[used],
        "colour": _codes(roots) % len(Category20_20),
    }


def _distinct(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _codes(texts: Sequence[str]) -> Ints:
    """Each text's place among those that are distinct."""
    numbers = {text: number for number, text in enumerate(_distinct(texts))}
    return np.array([numbers[text] for text in texts], dtype=np.int64)
