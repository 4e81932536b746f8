"""The ``tree_hash`` problem: shapes, inputs, outputs and knobs; ``build.py`` emits the kernel."""

from collections.abc import Mapping, Sequence

import numpy as np

from machine.graph.builder import Kernel
from machine.model import Machine, load_machine
from problems.exporter import Exporter
from problems.knobs import Knob, KnobSettings
from problems.problem import Memories, Problem, Shape, ShapeParameter
from problems.tree_hash.build import build_tree_hash
from problems.tree_hash.choices import declare_knobs
from problems.tree_hash.layout import HEADER_WORDS, Layout
from problems.tree_hash.reference import final_memories
from problems.tree_hash.takehome.python_file import export_takehome
from problems.tree_hash.takehome.scores import known_scores

WORD_LIMIT = 2**30
"""Nodes and initial values lie below this."""

BOUNDARY_WORDS = (0, 1, 2**29, 2**30 - 1)

VALUES, VALUES_AND_INDICES = "values", "values+indices"


class TreeHash(Problem):
    """Walkers descend a perfect binary tree; at each node a walker hashes its value with the node's."""

    name = "tree_hash"
    summary = "a batch of walkers descends a binary tree, hashing at each node"
    parameters = (
        ShapeParameter("height", 0, 20, 10, "height of the tree; it has 2^(height+1) - 1 nodes"),
        ShapeParameter("rounds", 1, None, 16, "nodes each walker visits"),
        ShapeParameter("batch", 1, None, 256, "walkers"),
    )
    categories = (VALUES, VALUES_AND_INDICES)

    def memory_words(self, shape: Shape) -> int:
        return Layout.of(shape).memory_words

    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        layout = Layout.of(shape)
        random = np.random.default_rng(seed)
        images = np.zeros((count, layout.memory_words), dtype=np.uint32)
        images[:, :HEADER_WORDS] = layout.header
        data = [*range(HEADER_WORDS, layout.indices_at), *range(layout.values_at, layout.memory_words)]
        images[:, data] = random.integers(0, WORD_LIMIT, (count, len(data)), dtype=np.uint32)
        boundary = np.array(BOUNDARY_WORDS, dtype=np.uint32)
        for row, word in enumerate(boundary[:count]):
            images[row, data] = word
        for row in range(len(boundary), count, 4):
            replaced = random.random(len(data)) < 0.5
            words = random.choice(boundary, len(data))
            images[row, data] = np.where(replaced, words, images[row, data])
        return images

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        return final_memories(Layout.of(shape), memories)

    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        layout = Layout.of(shape)
        values = range(layout.values_at, layout.memory_words)
        return [values] if category == VALUES else [range(layout.indices_at, layout.values_at), values]

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        return declare_knobs(Layout.of(shape), machine, with_indices=category == VALUES_AND_INDICES)

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        build_tree_hash(kernel, Layout.of(shape), knobs, with_indices=category == VALUES_AND_INDICES)

    def known_scores(self, shape: Shape, category: str) -> Mapping[str, int]:
        return known_scores(shape, category)

    def exporters(self, machine: Machine) -> Mapping[str, Exporter]:
        return {"takehome": export_takehome} if machine.digest == load_machine("takehome").digest else {}
