"""Integers of numpy's are numbers wherever those of Python's are."""

from typing import Any

import numpy as np
import pytest

from problems.language import Array, ArrayKernel, Code, read, written
from tests.problems.kernels.running import build


class Numbers(ArrayKernel):
    """Numbers in all places, of a type that tests choose."""

    x, y, z = read(40), written(8), written(1)
    type: Any = int

    def kernel(self, k: Code, x: Array, y: Array, z: Array) -> None:
        of = self.type
        for i in k.range(of(0), of(8)):
            moved = x[i + of(3)] + x[of(4) + i] + x[of(2) * i] + x[i * of(3)] + x[i + of(5) - of(1)]
            turned = k.rotl(x[i], of(5)) ^ k.rotr(x[i], of(3)) ^ k.sra(x[i], of(2)) ^ k.funnel(x[i], x[i], of(9))
            y[i] = of(7) * moved + (turned - of(3)) + k.byte(x[i], of(2))
        z[of(0)] = x[of(39)]


@pytest.mark.parametrize("type_", [np.int64, np.uint8, np.intp])
def test_integers_of_numpy_build_the_same_graph(type_: Any) -> None:
    assert build(type("Numbers", (Numbers,), {"type": type_})(), {}) == build(Numbers(), {})
