"""Builds ``tree_hash`` graphs for tests and compares their direct execution with the reference."""

from collections.abc import Sequence
from random import Random

import numpy as np

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Graph
from machine.model import Machine, load_machine
from problems.knobs import KnobValue
from problems.problem import Memories, Shape
from problems.tree_hash import TreeHash

PROBLEM = TreeHash()
TAKEHOME = load_machine("takehome")


def default_knobs(shape: Shape, category: str, machine: Machine = TAKEHOME) -> dict[str, KnobValue]:
    return {knob.name: knob.default for knob in PROBLEM.knobs(shape, category, machine)}


def random_knobs(random: Random, shape: Shape, category: str, machine: Machine = TAKEHOME) -> dict[str, KnobValue]:
    return {knob.name: knob.sample(random) for knob in PROBLEM.knobs(shape, category, machine)}


def build(shape: Shape, category: str, knobs: dict[str, KnobValue], machine: Machine = TAKEHOME) -> Graph:
    kernel = Kernel(machine, PROBLEM.memory_words(shape))
    PROBLEM.build(kernel, shape, category, knobs)
    return kernel.graph()


def random_choice(random: Random, graph: Graph) -> list[int]:
    return [random.randrange(len(operation.implementations)) for operation in graph.operations]


def assert_outputs(
    shape: Shape, category: str, graph: Graph, memories: Memories, choice: Sequence[int] | None = None
) -> None:
    expected = PROBLEM.reference(shape, memories)
    for memory, final in zip(memories, expected, strict=True):
        found = np.array(execute(graph, memory.tolist(), choice), dtype=np.uint32)
        for words in PROBLEM.outputs(shape, category):
            assert found[words.start : words.stop].tolist() == final[words.start : words.stop].tolist()
