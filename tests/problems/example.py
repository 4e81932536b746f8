"""A small problem of a user's, for tests: doubles a few words."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from machine.graph.builder import Kernel
from machine.graph.operation import MemoryRange
from problems.knobs import KnobSettings
from problems.problem import Memories, Problem, Shape, ShapeParameter


class Doubling(Problem):
    name = "doubling"
    summary = "doubles words"
    parameters: ClassVar[tuple[ShapeParameter, ...]] = (
        ShapeParameter("words", 1, 100, 4, "how many"),
        ShapeParameter("spare", 0, None, 2, "words left alone"),
    )

    def memory_words(self, shape: Shape) -> int:
        return shape["words"] + shape["spare"]

    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        random = np.random.default_rng(seed)
        return random.integers(0, 2**32, (count, self.memory_words(shape)), dtype=np.uint32)

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        final = memories.copy()
        final[:, : shape["words"]] *= 2
        return final

    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        return [range(shape["words"])]

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        for address in range(shape["words"]):
            word, at = kernel.scalar("word"), MemoryRange(address, address + 1)
            kernel.load(word, kernel.constant(address), at)
            kernel.scalar_binary("+", word, word, word)
            kernel.store(kernel.constant(address), word, at)
