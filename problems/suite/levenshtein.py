"""The ``levenshtein_row`` problem."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from problems.language import Array, ArrayKernel, Code, Size, Value, read, written


class LevenshteinRow(ArrayKernel):
    """The next row of the table of edit distances, a pair of texts in each lane (Wagner and Fischer, 1974).

    ``before[j]`` is the distance of the first ``j`` letters of one text to a start of the other, that goes on with
    ``letter``.
    """

    pairs, length = Size(16), Size(4, most=64)
    letter, text = read("pairs", below=256), read("length", "pairs", below=256)
    before, after = read("length + 1", "pairs", below=1000), written("length + 1", "pairs")

    def kernel(self, k: Code, pairs: int, length: int, letter: Array, text: Array, before: Array, after: Array) -> None:
        for i in k.range(pairs):
            left: Value = before[0, i] + 1
            after[0, i] = left
            for j in range(length):
                differs = text[j, i] != letter[i]
                left = k.min(k.min(left, before[j + 1, i]) + 1, before[j, i] + differs)
                after[j + 1, i] = left

    def expected(self, letter: NDArray[np.uint32], text: NDArray[np.uint32], before: NDArray[np.uint32]) -> Any:
        after = before + 1
        for j, differs in enumerate(text != letter):
            after[j + 1] = np.min([after[j] + 1, after[j + 1], before[j] + differs], axis=0)
        return after
