"""Seeded graphs and machines on which schedules of any kind are made and checked."""

from collections import Counter
from functools import cache
from random import Random

import numpy as np

from machine.batch import simulate
from machine.graph.decision import Decision
from machine.graph.execute import execute
from machine.graph.operation import Buffer, Graph, MemoryRange, Operand
from machine.interpreter import interpret
from machine.model import Machine, load_machine
from machine.opcodes import OPCODES
from machine.program import Program
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.scheduling.policy import Policy, default_policy, mutate_policy, sample_policy
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from tests.machine.graph.graphs import MEMORY_WORDS, GraphWriter, random_memory

TAKEHOME = load_machine("takehome")


@cache
def machines() -> tuple[Machine, ...]:
    spread = {(engine, name): 1 + position % 4 for position, (engine, name) in enumerate(OPCODES)}
    memory_slow = {("load", "load"): 5, ("load", "vload"): 3, ("store", "store"): 2, ("store", "vstore"): 4}
    arithmetic_slow = {("valu", name): 3 for name in TAKEHOME.engines["valu"].opcodes} | {("flow", "vselect"): 2}
    return (
        TAKEHOME,
        TAKEHOME.variant("spread", latencies=spread),
        TAKEHOME.variant("slow memory", latencies=memory_slow),
        TAKEHOME.variant("slow arithmetic", latencies=arithmetic_slow, slots={"alu": 5}),
        TAKEHOME.variant("narrow", vector_length=3, slots={"alu": 2, "valu": 1, "load": 1, "store": 1}),
        TAKEHOME.variant("wide", vector_length=16, slots={"flow": 3, "store": 5}, latencies=spread),
        TAKEHOME.variant("single lane", vector_length=1, slots={"flow": 2}),
    )


class FreshWriter(GraphWriter):
    """Writes new buffers of many sizes, as kernels do, so that scratch is what a schedule has to share."""

    def _buffer(self) -> Buffer:
        kind = self.random.random()
        if kind < 0.5:
            return self.random.choice(self.buffers[-4:])
        if kind < 0.6:
            return self.random.choice(self.buffers)
        words = 2 * self.length + self.random.choice((0, 0, 0, 1, self.length))
        buffer = self.kernel.buffer(f"f{len(self.buffers)}", words, zero=self.random.random() < 0.1)
        self.buffers.append(buffer)
        if not buffer.zero:
            for first in (0, self.length, words - self.length):
                self._load_vector(buffer[first])
        return buffer


def random_graph(seed: int, machine: Machine, operations: int | None = None) -> Graph:
    """A graph that ends by storing some of what it has computed, so that few of its results are of no account."""
    random = Random(seed)
    writer = (FreshWriter if random.random() < 0.6 else GraphWriter)(random, machine)
    writer.graph(random.randint(3, 20) if operations is None else operations)
    for buffer in writer.buffers[-4:]:
        address = random.randint(0, MEMORY_WORDS - writer.length)
        memory = MemoryRange(address, address + writer.length)
        writer.kernel.store_vector(writer.kernel.constant(address), Operand(buffer.number, 0), memory)
    return writer.kernel.graph()


@cache
def random_prepared(seed: int, machine: Machine = TAKEHOME, operations: int | None = None) -> PreparedGraph:
    return prepare(random_graph(seed, machine, operations))


def random_policies(random: Random, machine: Machine, count: int) -> list[Policy]:
    """The default, one near it, and others drawn at random."""
    first = default_policy(machine)
    return [first, mutate_policy(first, random), *(sample_policy(machine, random) for _ in range(count - 2))][:count]


def best_of_lists(prepared: PreparedGraph, seed: int, schedules: int = 200) -> Decision:
    """The best of some list schedules: by the default policy, then on a walk from it."""
    return best_of_walk(prepared, PolicyWalk(prepared.machine, None, Random(seed)), schedules, Counter())[1]


def with_scratch(prepared: PreparedGraph, words: int) -> PreparedGraph:
    """The same graph on a machine with that much scratch."""
    graph = prepared.graph
    machine = graph.machine.variant(graph.machine.name, scratch_words=words)
    return prepare(Graph(machine, graph.memory_words, graph.buffers, graph.operations))


def needed_words(prepared: PreparedGraph) -> int:
    """The least scratch in which the graph runs in order."""
    return int(prepared.relations.peaks.max(initial=0))


def assert_computes(prepared: PreparedGraph, decision: Decision, program: Program, random: Random) -> None:
    """Both simulators give what executing the graph gives, in the cycles of the schedule."""
    assert failures_of(prepared, decision, program, random) == []


def failures_of(prepared: PreparedGraph, decision: Decision, program: Program, random: Random) -> list[str]:
    """In what a program differs from its graph executed directly, on two memories."""
    machine = prepared.machine
    memories = [random_memory(random) for _ in range(2)]
    batch = simulate(program, np.array(memories, dtype=np.uint32), machine)
    found = []
    for number, memory in enumerate(memories):
        run = interpret(program, memory, machine)
        if run != batch[number]:
            found.append("the simulators differ")
        if run.fault is not None:
            found.append(str(run.fault))
        elif run.memory != execute(prepared.graph, memory, decision.schedule.implementations.tolist()):
            found.append("the memory differs")
        elif run.cycles != decision.schedule.length:
            found.append(f"{run.cycles} cycles, not {decision.schedule.length}")
    return found


def has_lanes_that_must_share_a_bundle(prepared: PreparedGraph) -> bool:
    """Whether slots of one implementation each wait, in a circle, for the next to read what they write.

    A list scheduler that issues slots one by one cannot start such a circle.
    """
    flat = prepared.flat
    after: dict[int, list[int]] = {}
    for a, b, _ in flat.edges.tolist():
        if flat.slot_implementations[a] == flat.slot_implementations[b]:
            after.setdefault(a, []).append(b)
    state: dict[int, int] = {}

    def circles(slot: int) -> bool:
        state[slot] = 1
        for other in after.get(slot, []):
            if state.get(other) == 1 or (other not in state and circles(other)):
                return True
        state[slot] = 2
        return False

    return any(circles(slot) for slot in list(after) if slot not in state)
