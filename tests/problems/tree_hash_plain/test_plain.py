"""The plain kernel computes what ``tree_hash`` does, in the operations of its specification."""

from collections import Counter

import numpy as np
import pytest

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Graph
from machine.model import load_machine
from problems.tree_hash_plain import TreeHashPlain

PROBLEM = TreeHashPlain()
SHAPES = [
    {"height": 0, "rounds": 3, "batch": 8},
    {"height": 2, "rounds": 7, "batch": 19},
    {"height": 5, "rounds": 8, "batch": 3},
]


def build(shape: dict[str, int], category: str) -> Graph:
    kernel = Kernel(load_machine("takehome"), PROBLEM.memory_words(shape))
    PROBLEM.build(kernel, shape, category, {})
    return kernel.graph()


@pytest.mark.parametrize("category", PROBLEM.categories)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_kernel_equals_the_reference(shape: dict[str, int], category: str) -> None:
    graph = build(shape, category)
    memories = PROBLEM.inputs(shape, 6, seed=1)
    for memory, wanted in zip(memories, PROBLEM.reference(shape, memories), strict=True):
        final = np.array(execute(graph, memory.tolist()), dtype=np.uint32)
        for words in PROBLEM.outputs(shape, category):
            assert final[words.start : words.stop].tolist() == wanted[words.start : words.stop].tolist()


def test_a_round_is_written_as_it_is_specified() -> None:
    graph = build({"height": 3, "rounds": 2, "batch": 8}, "values")
    count = Counter(operation.name for operation in graph.operations if operation.step == 1)
    hashing = {"+": 4, "^": 4, "<<": 3, ">>": 2}  # besides address, node, index and wrap
    assert all(count[name] >= number for name, number in hashing.items())
    assert (count["gather"], count["select"], count["%"], count["<"]) == (1, 2, 1, 1)
    assert sum(count[name] for name in ("+", "^", "<<", ">>")) == 18 + 3
