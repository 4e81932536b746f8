"""Passes over a graph's slots, compiled: lanes, versions of words, memory order.

These fill the arrays of :class:`machine.graph.flat.FlatGraph`, which see for what the arrays mean.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from machine.compiling import compiled

Ints = NDArray[np.int64]

OPERANDS = 4
"""Most operands an opcode has."""

RUN_COLUMNS = 6 + 2 * OPERANDS
"""A run: implementation, opcode, slots, memory start, stop and stride; then value and stride of each operand."""

NO_PROBLEM, UNWRITTEN, WRITTEN_TWICE, UNEQUAL_WRITES = range(4)

PROBLEMS = {
    UNWRITTEN: "reads a word that was never written",
    WRITTEN_TWICE: "writes a word twice",
    UNEQUAL_WRITES: "has implementations that write different words",
}


class EdgeKind(IntEnum):
    """Why one slot must come after another."""

    READ_AFTER_WRITE = 0
    WRITE_AFTER_READ = 1
    WRITE_AFTER_WRITE = 2


_RAW, _WAR, _WAW = int(EdgeKind.READ_AFTER_WRITE), int(EdgeKind.WRITE_AFTER_READ), int(EdgeKind.WRITE_AFTER_WRITE)


class Slots(NamedTuple):
    """Every slot of every implementation; ``read_words`` and ``write_words`` are word numbers."""

    implementation_starts: Ints
    implementations: Ints
    opcodes: Ints
    operands: Ints
    memory: Ints
    read_starts: Ints
    read_words: Ints
    write_starts: Ints
    write_words: Ints


class Versions(NamedTuple):
    """The versions of words that slots read and write, and the order among slots of one operation."""

    reads: Ints
    writes: Ints
    words: Ints
    operations: Ints
    previous: Ints
    edges: Ints
    problem: int
    problem_operation: int
    problem_word: int


def expand_runs(runs: Ints, words_of: Ints, implementations: int) -> Slots:
    """Expand runs into slots.

    Args:
        runs: one row a run (``RUN_COLUMNS``), implementations ascending.
        words_of: by opcode and operand, words read, or -n for n written.
        implementations: how many there are.
    """
    counts = runs[:, 2]
    slots = int(counts.sum())
    used = words_of[runs[:, 1]]
    reads = int((np.maximum(used, 0).sum(axis=1) * counts).sum())
    writes = int((np.maximum(-used, 0).sum(axis=1) * counts).sum())
    table = Slots(
        np.zeros(implementations + 1, dtype=np.int64),
        np.empty(slots, dtype=np.int64),
        np.empty(slots, dtype=np.int64),
        np.zeros((slots, OPERANDS), dtype=np.int64),
        np.empty((slots, 2), dtype=np.int64),
        np.zeros(slots + 1, dtype=np.int64),
        np.empty(reads, dtype=np.int64),
        np.zeros(slots + 1, dtype=np.int64),
        np.empty(writes, dtype=np.int64),
    )
    _fill_slots(runs, words_of, table)
    np.cumsum(np.bincount(table.implementations, minlength=implementations), out=table.implementation_starts[1:])
    return table


@compiled
def _fill_slots(runs: Ints, words_of: Ints, table: Slots) -> None:
    slot = reads = writes = 0
    for run in range(len(runs)):
        opcode = runs[run, 1]
        for lane in range(runs[run, 2]):
            table.implementations[slot] = runs[run, 0]
            table.opcodes[slot] = opcode
            shift = lane * runs[run, 5]
            table.memory[slot, 0] = runs[run, 3] + shift
            table.memory[slot, 1] = runs[run, 4] + shift
            for k in range(OPERANDS):
                first = runs[run, 6 + 2 * k] + lane * runs[run, 7 + 2 * k]
                table.operands[slot, k] = first
                for word in range(first, first + words_of[opcode, k]):
                    table.read_words[reads] = word
                    reads += 1
                for word in range(first, first - words_of[opcode, k]):
                    table.write_words[writes] = word
                    writes += 1
            slot += 1
            table.read_starts[slot] = reads
            table.write_starts[slot] = writes


def find_versions(operation_starts: Ints, slots: Slots, word_zero: Ints) -> Versions:
    """Number the versions of words in the order of operations, and say which version each slot reads and writes."""
    capacity = 1024
    while True:
        edges = np.empty((capacity, 3), dtype=np.int64)
        found, count = _find_versions(operation_starts, slots, word_zero, edges)
        if count <= capacity:
            return found
        capacity = count


@compiled
def _find_versions(operation_starts: Ints, slots: Slots, word_zero: Ints, edges: Ints) -> tuple[Versions, int]:
    reads = np.empty(len(slots.read_words), dtype=np.int64)
    writes = np.empty(len(slots.write_words), dtype=np.int64)
    limit = len(slots.write_words) + len(word_zero)
    words = np.empty(limit, dtype=np.int64)
    operations = np.empty(limit, dtype=np.int64)
    previous = np.empty(limit, dtype=np.int64)
    current = np.full(len(word_zero), -1, dtype=np.int64)
    made_by = np.full(len(word_zero), -1, dtype=np.int64)  # operation that last wrote each word
    writer = np.full(len(word_zero), -1, dtype=np.int64)  # slot that last wrote each word
    count = edge_count = 0
    problem, problem_operation, problem_word = NO_PROBLEM, 0, 0
    for word in range(len(word_zero)):
        if word_zero[word]:
            words[count], operations[count], previous[count] = word, -1, -1
            current[word] = count
            count += 1
    for operation in range(len(operation_starts) - 1):
        first, last = operation_starts[operation], operation_starts[operation + 1]
        for slot in range(slots.implementation_starts[first], slots.implementation_starts[last]):
            for k in range(slots.read_starts[slot], slots.read_starts[slot + 1]):
                word = slots.read_words[k]
                reads[k] = current[word]
                if current[word] < 0:
                    problem, problem_operation, problem_word = UNWRITTEN, operation, word
        before, made = count, 0
        for implementation in range(first, last):
            start, stop = slots.implementation_starts[implementation], slots.implementation_starts[implementation + 1]
            written = 0
            for slot in range(start, stop):
                for k in range(slots.write_starts[slot], slots.write_starts[slot + 1]):
                    word = slots.write_words[k]
                    if made_by[word] != operation:
                        words[count], operations[count], previous[count] = word, operation, current[word]
                        made_by[word], current[word] = operation, count
                        count += 1
                    elif writer[word] >= start:
                        problem, problem_operation, problem_word = WRITTEN_TWICE, operation, word
                    writer[word] = slot
                    writes[k] = current[word]
                    written += 1
            if implementation == first:
                made = written
            if problem == NO_PROBLEM and (written != made or count - before != made):
                problem, problem_operation = UNEQUAL_WRITES, operation
                problem_word = slots.write_words[slots.write_starts[start]] if written else words[before]
            for slot in range(start, stop):
                for k in range(slots.read_starts[slot], slots.read_starts[slot + 1]):
                    word = slots.read_words[k]
                    if writer[word] >= start and writer[word] != slot:
                        edge_count = _add_edge(edges, edge_count, slot, writer[word], _WAR)
        if problem != NO_PROBLEM:
            break
    kept = min(edge_count, len(edges))
    found = Versions(
        reads,
        writes,
        words[:count].copy(),
        operations[:count].copy(),
        previous[:count].copy(),
        edges[:kept].copy(),
        problem,
        problem_operation,
        problem_word,
    )
    return found, edge_count


def find_memory_edges(operation_starts: Ints, slots: Slots, effects: Ints) -> Ints:
    """Order between slots whose memory ranges overlap: rows of (slot, later slot, kind).

    Args:
        operation_starts: first implementation of each operation.
        slots: the slots.
        effects: by opcode, 1 if it reads memory, 2 if it writes it, else 0.
    """
    capacity = 4096
    while True:
        edges = np.empty((capacity, 3), dtype=np.int64)
        count = _find_memory_edges(operation_starts, slots, effects, edges)
        if count <= capacity:
            return edges[:count]
        capacity = count


@compiled
def _find_memory_edges(operation_starts: Ints, slots: Slots, effects: Ints, edges: Ints) -> int:
    loads = np.empty(len(slots.opcodes), dtype=np.int64)
    stores = np.empty(len(slots.opcodes), dtype=np.int64)
    load_count = store_count = edge_count = 0
    for operation in range(len(operation_starts) - 1):
        first = slots.implementation_starts[operation_starts[operation]]
        last = slots.implementation_starts[operation_starts[operation + 1]]
        loads_before, stores_before = load_count, store_count
        for slot in range(first, last):
            effect = effects[slots.opcodes[slot]]
            if effect == 1:
                loads[load_count] = slot
                load_count += 1
            elif effect == 2:
                stores[store_count] = slot
                store_count += 1
        for j in range(loads_before, load_count):
            slot = loads[j]
            for i in range(stores_before):
                if _overlap(slots.memory, stores[i], slot):
                    edge_count = _add_edge(edges, edge_count, stores[i], slot, _RAW)
        for j in range(stores_before, store_count):
            slot = stores[j]
            for i in range(load_count):  # an operation's own loads included: it reads before it writes
                ordered = i < loads_before or slots.implementations[loads[i]] == slots.implementations[slot]
                if ordered and _overlap(slots.memory, loads[i], slot):
                    edge_count = _add_edge(edges, edge_count, loads[i], slot, _WAR)
            for i in range(j):
                ordered = i < stores_before or slots.implementations[stores[i]] == slots.implementations[slot]
                if ordered and _overlap(slots.memory, stores[i], slot):
                    edge_count = _add_edge(edges, edge_count, stores[i], slot, _WAW)
    return edge_count


@compiled
def _add_edge(edges: Ints, count: int, slot: int, later: int, kind: int) -> int:
    """Note an edge if there is room; return the count with it in any case."""
    if count < len(edges):
        edges[count, 0] = slot
        edges[count, 1] = later
        edges[count, 2] = kind
    return count + 1


@compiled
def _overlap(memory: Ints, a: int, b: int) -> bool:
    return bool(memory[a, 0] < memory[b, 1] and memory[b, 0] < memory[a, 1])
