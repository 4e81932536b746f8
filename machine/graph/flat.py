"""The graph as arrays, with its dependences lane by lane: what schedulers, bounds and allocation work on.

Each write of a scratch word by an operation is a *version* of that word, whichever implementation makes it; a slot
reads and writes versions.  Three laws follow for the slots that are chosen (issue cycle ``t``, latency ``L``):

* a slot that reads a version issues no earlier than ``t + L`` of the slot that writes it;
* a slot that overwrites a version keeps the law of overwriting (:mod:`machine.graph.overwriting`) against the slots
  that read the version and the slot that writes it;
* slots joined by an *edge* (memory, or two slots of one operation) keep :func:`edge_distance`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from machine.errors import GraphError
from machine.graph.dependences import (
    NO_PROBLEM,
    OPERANDS,
    PROBLEMS,
    RUN_COLUMNS,
    EdgeKind,
    Ints,
    expand_runs,
    find_memory_edges,
    find_versions,
)
from machine.graph.operation import Graph, Operand, SlotRun
from machine.graph.overwriting import distance_after_read, least_distance_after_write
from machine.opcodes import Opcode


def edge_distance(kind: EdgeKind, latency: int, next_latency: int) -> int:
    """Least cycles from issue to issue: words of memory are overwritten by the same law as words of scratch."""
    if kind is EdgeKind.READ_AFTER_WRITE:
        return latency
    if kind is EdgeKind.WRITE_AFTER_READ:
        return distance_after_read(next_latency)
    return least_distance_after_write(latency, next_latency)


class FlatGraph(NamedTuple):
    """Arrays (int64) by operation, implementation, slot, version, word and buffer; ``*_starts`` have one entry more.

    Attributes:
        operation_starts: first implementation of each operation.
        implementation_starts: first slot of each implementation.
        implementation_operations, slot_implementations: the owner of each.
        slot_engines: position in the machine's scored engines.
        slot_latencies: cycles until a result may be read.
        slot_opcodes: position in ``opcode_table(machine)``.
        slot_operands: word number for scratch operands, value for immediates (slots x OPERANDS).
        slot_memory: address range touched, as (start, stop), or (-1, -1) (slots x 2).
        read_starts, reads: versions read by each slot.
        write_starts, writes: versions written by each slot.
        version_words: the word of each version.
        version_operations: the operation that writes it, -1 for the initial 0 of a zero buffer.
        version_previous: the version it replaces, or -1.
        edges: (slot, later slot, kind), sorted.
        word_buffers: buffer of each word.
        buffer_words: size of each buffer.
        buffer_zero: 1 for zero buffers.
        streams, steps: of each operation.
    """

    operation_starts: Ints
    implementation_starts: Ints
    implementation_operations: Ints
    slot_implementations: Ints
    slot_engines: Ints
    slot_latencies: Ints
    slot_opcodes: Ints
    slot_operands: Ints
    slot_memory: Ints
    read_starts: Ints
    reads: Ints
    write_starts: Ints
    writes: Ints
    version_words: Ints
    version_operations: Ints
    version_previous: Ints
    edges: Ints
    word_buffers: Ints
    buffer_words: Ints
    buffer_zero: Ints
    streams: Ints
    steps: Ints

    @property
    def operations(self) -> int:
        """How many operations there are."""
        return len(self.operation_starts) - 1

    @property
    def read_slots(self) -> Ints:
        """For each entry of ``reads``, the slot that reads."""
        return np.repeat(np.arange(len(self.read_starts) - 1), np.diff(self.read_starts))

    @property
    def write_slots(self) -> Ints:
        """For each entry of ``writes``, the slot that writes."""
        return np.repeat(np.arange(len(self.write_starts) - 1), np.diff(self.write_starts))

    def slots_of(self, implementation: int) -> range:
        """Slots of an implementation."""
        return range(
            int(self.implementation_starts[implementation]), int(self.implementation_starts[implementation + 1])
        )


def opcode_table(graph: Graph) -> tuple[Opcode, ...]:
    """The machine's opcodes in a fixed order; positions are the numbers in ``slot_opcodes``."""
    return tuple(op for engine in graph.machine.scored_engines for op in engine.opcodes.values())


def flatten(graph: Graph) -> FlatGraph:
    """Lay ``graph`` out as arrays and find its dependences.

    Raises:
        GraphError: a word is read before it is written; implementations of one operation write different words; an
            implementation writes a word twice.
    """
    opcodes = opcode_table(graph)
    operation_starts, implementation_operations, runs = _run_table(graph, opcodes)
    words_of = np.array([[_words(op, k, graph) for k in range(OPERANDS)] for op in opcodes], dtype=np.int64)
    slots = expand_runs(runs, words_of, len(implementation_operations))
    buffer_words = np.array([buffer.words for buffer in graph.buffers], dtype=np.int64)
    buffer_zero = np.array([buffer.zero for buffer in graph.buffers], dtype=np.int64)
    word_buffers = np.repeat(np.arange(len(graph.buffers)), buffer_words)
    versions = find_versions(operation_starts, slots, np.repeat(buffer_zero, buffer_words))
    if versions.problem != NO_PROBLEM:
        operation = graph.operations[versions.problem_operation]
        buffer = graph.buffers[word_buffers[versions.problem_word]]
        raise GraphError(f"operation {operation.name}: {PROBLEMS[versions.problem]} (buffer {buffer.name})")
    memory_effects = np.array([op.reads_memory + 2 * op.writes_memory for op in opcodes], dtype=np.int64)
    memory_edges = find_memory_edges(operation_starts, slots, memory_effects)
    edges = np.concatenate([versions.edges, memory_edges])
    engine_of = {engine.name: number for number, engine in enumerate(graph.machine.scored_engines)}
    engines = np.array([engine_of[opcode.engine] for opcode in opcodes], dtype=np.int64)
    latencies = np.array([graph.machine.latency(opcode) for opcode in opcodes], dtype=np.int64)
    return FlatGraph(
        operation_starts=operation_starts,
        implementation_starts=slots.implementation_starts,
        implementation_operations=implementation_operations,
        slot_implementations=slots.implementations,
        slot_engines=engines[slots.opcodes],
        slot_latencies=latencies[slots.opcodes],
        slot_opcodes=slots.opcodes,
        slot_operands=slots.operands,
        slot_memory=slots.memory,
        read_starts=slots.read_starts,
        reads=versions.reads,
        write_starts=slots.write_starts,
        writes=versions.writes,
        version_words=versions.words,
        version_operations=versions.operations,
        version_previous=versions.previous,
        edges=edges[np.lexsort((edges[:, 2], edges[:, 1], edges[:, 0]))],
        word_buffers=word_buffers,
        buffer_words=buffer_words,
        buffer_zero=buffer_zero,
        streams=np.array([operation.stream for operation in graph.operations], dtype=np.int64),
        steps=np.array([operation.step for operation in graph.operations], dtype=np.int64),
    )


def _words(opcode: Opcode, position: int, graph: Graph) -> int:
    """Words of scratch that an operand reads, or -n for n written; 0 for an immediate or no operand."""
    if position >= len(opcode.roles) or not opcode.roles[position].is_scratch:
        return 0
    role = opcode.roles[position]
    words = graph.machine.vector_length if role.is_vector else 1
    return -words if role.is_written else words


def _run_table(graph: Graph, opcodes: Sequence[Opcode]) -> tuple[Ints, Ints, Ints]:
    """First implementation of each operation; operation of each implementation; every run (see ``expand_runs``)."""
    numbers = {(opcode.engine, opcode.name): number for number, opcode in enumerate(opcodes)}
    rows: list[list[int]] = []
    starts = [0]
    owners: list[int] = []
    for number, operation in enumerate(graph.operations):
        for implementation in operation.implementations:
            for run in implementation.runs:
                rows.append(_run_row(graph, len(owners), numbers[run.opcode.engine, run.opcode.name], run))
            owners.append(number)
        starts.append(len(owners))
    return (
        np.array(starts, dtype=np.int64),
        np.array(owners, dtype=np.int64),
        np.array(rows, dtype=np.int64).reshape(-1, RUN_COLUMNS),
    )


def _run_row(graph: Graph, implementation: int, opcode: int, run: SlotRun) -> list[int]:
    memory = (run.memory.start, run.memory.stop, run.memory.stride) if run.memory else (-1, -1, 0)
    row = [implementation, opcode, run.count, *memory]
    for operand in run.operands:
        if isinstance(operand, Operand):
            row += (graph.first_words[operand.buffer] + operand.offset, operand.stride)
        else:
            row += (operand, 0)
    return row + [0] * (RUN_COLUMNS - len(row))
