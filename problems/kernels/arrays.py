"""Problems whose memory is arrays and nothing else: those read from address 0, then those written."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from problems.kernels.sources import source_files
from problems.problem import Memories, Problem, Shape

WORD_LIMIT = 2**32

BOUNDARY_WORDS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)


class ArrayProblem(Problem):
    """A problem given by the sizes of its arrays, and a function from the words read to the words written."""

    @abstractmethod
    def input_words(self, shape: Shape) -> int:
        """How many words are read; they are the first of memory."""

    @abstractmethod
    def output_words(self, shape: Shape) -> int:
        """How many words are written; they follow, and are the last of memory."""

    @abstractmethod
    def compute(self, shape: Shape, words: Memories) -> Memories:
        """The words written (images x output words) for those read (images x input words)."""

    def limits(self, shape: Shape) -> NDArray[np.uint64]:
        """What each word read lies below."""
        return np.full(self.input_words(shape), WORD_LIMIT, dtype=np.uint64)

    def memory_words(self, shape: Shape) -> int:
        return self.input_words(shape) + self.output_words(shape)

    def inputs(self, shape: Shape, count: int, seed: int) -> Memories:
        """Images of one boundary word each, then random ones, every other with boundary words among the random.

        Words to be written hold anything.
        """
        random = np.random.default_rng(seed)
        read = self.input_words(shape)
        limits = self.limits(shape)
        images = random.integers(0, WORD_LIMIT, (count, self.memory_words(shape)), dtype=np.uint64)
        images[:, :read] %= limits
        for row in range(count):
            if row < len(BOUNDARY_WORDS):
                images[row, :read] = np.minimum(np.uint64(BOUNDARY_WORDS[row]), limits - 1)
            elif row % 2:
                words = np.minimum(random.choice(np.array(BOUNDARY_WORDS, dtype=np.uint64), read), limits - 1)
                images[row, :read] = np.where(random.random(read) < 0.5, words, images[row, :read])
        return images.astype(np.uint32)

    def reference(self, shape: Shape, memories: Memories) -> Memories:
        final = memories.copy()
        read = self.input_words(shape)
        final[:, read:] = self.compute(shape, memories[:, :read])
        return final

    def outputs(self, shape: Shape, category: str) -> Sequence[range]:
        return [range(self.input_words(shape), self.memory_words(shape))]

    def sources(self) -> Sequence[Path]:
        return source_files(type(self).__module__)
