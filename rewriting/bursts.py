"""Bursts: operations of one engine that can all issue only late, and must all issue early.

Work as a whole and depth do not see them: gathers of one round of all streams, say, wait for the same chain and are
waited for by the same chain, so that the time between them is what the engine needs for them.  An estimate, not a
bound: an operation on lanes that are ready one by one is taken to wait for the last of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from machine.graph.operation import Graph, Implementation, Operand, Operation

Ints = NDArray[np.int64]
Word = tuple[int, int]


@dataclass(frozen=True)
class _Accesses:
    """The scratch words that an operation reads and writes, by whichever implementation, and its least latency."""

    reads: frozenset[Word]
    writes: frozenset[Word]
    latency: int


@dataclass(frozen=True, slots=True)
class Burst:
    """The engine that has to do it, and how long a schedule is that does nothing else in that time."""

    engine: str
    cycles: int


def longest_burst(graph: Graph) -> Burst:
    """Of an engine and the operations that it alone can do: those with some head and some tail, and their slots."""
    accesses = [_accesses(graph, operation) for operation in graph.operations]
    heads, tails = _heads_and_tails(accesses)
    bursts = [Burst("", 0)]
    for engine in graph.machine.scored_engines:
        slots = np.array([_slots(operation, engine.name) for operation in graph.operations], dtype=np.int64)
        alone = slots > 0
        if alone.any():
            bursts.append(Burst(engine.name, _longest(heads[alone], tails[alone], slots[alone], engine.slots)))
    return max(bursts, key=lambda burst: burst.cycles)


def _longest(heads: Ints, tails: Ints, slots: Ints, width: int) -> int:
    found = 0
    for head in np.unique(heads):
        late = heads >= head
        order = np.argsort(-tails[late], kind="stable")
        total = np.cumsum(slots[late][order])
        found = max(found, int((head + -(-total // width) - 1 + tails[late][order]).max()))
    return found


def _slots(operation: Operation, engine: str) -> int:
    """The fewest slots of an engine that an operation takes, whichever its implementation."""
    return min(
        sum(run.count for run in implementation.runs if run.opcode.engine == engine)
        for implementation in operation.implementations
    )


def _heads_and_tails(accesses: Sequence[_Accesses]) -> tuple[Ints, Ints]:
    """For each operation, the cycles before it can issue, and from its issue to the end."""
    writer: dict[Word, int] = {}
    before: list[set[int]] = []
    for number, access in enumerate(accesses):
        before.append({writer[word] for word in access.reads if word in writer})
        for word in access.writes:
            writer[word] = number
    heads = np.zeros(len(accesses), dtype=np.int64)
    tails = np.array([access.latency for access in accesses], dtype=np.int64)
    for number, earlier in enumerate(before):
        heads[number] = max((heads[other] + accesses[other].latency for other in earlier), default=0)
    for number in reversed(range(len(accesses))):
        for other in before[number]:
            tails[other] = max(tails[other], accesses[other].latency + tails[number])
    return heads, tails


def _accesses(graph: Graph, operation: Operation) -> _Accesses:
    """What all implementations read, what the first writes, and the least latency of any."""
    ways = [_words(graph, implementation) for implementation in operation.implementations]
    reads = frozenset[Word].intersection(*(reads for reads, _ in ways))
    latency = min(
        max(graph.machine.latency(run.opcode) for run in implementation.runs)
        for implementation in operation.implementations
    )
    return _Accesses(reads, ways[0][1], latency)


def _words(graph: Graph, implementation: Implementation) -> tuple[frozenset[Word], frozenset[Word]]:
    reads: set[Word] = set()
    writes: set[Word] = set()
    for run in implementation.runs:
        for role, operand in zip(run.opcode.roles, run.operands, strict=True):
            if isinstance(operand, Operand):
                width = graph.machine.vector_length if role.is_vector else 1
                words = {
                    (operand.buffer, operand.offset + slot * operand.stride + lane)
                    for slot in range(run.count)
                    for lane in range(width)
                }
                (writes if role.is_written else reads).update(words)
    return frozenset(reads), frozenset(writes)
