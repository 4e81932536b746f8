"""What is left over when vectors are full: words where they take fewer loads and stores, else a vector moved back."""

import pytest

from problems.knobs import recorded_settings
from problems.language import Array, ArrayKernel, Code, Size, read, written
from tests.problems.kernels.running import TAKEHOME, build, default_knobs


class Strided(ArrayKernel):
    """Every third word: a load for each lane."""

    n = Size(20)
    table, y = read("3 * n"), written("n")

    def kernel(self, k: Code, n: int, table: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = table[3 * i] + 1


class Consecutive(ArrayKernel):
    """A load for each vector."""

    n = Size(20)
    x, y = read("n"), written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = x[i] + 1


@pytest.mark.parametrize(
    ("kernel", "n", "usual"),
    [(Strided, 17, "words"), (Strided, 20, "words"), (Strided, 23, "overlap"), (Consecutive, 20, "overlap")],
)
def test_the_default_takes_fewer_loads_and_stores(kernel: type[ArrayKernel], n: int, usual: str) -> None:
    assert default_knobs(kernel(), {"n": n})["loop1.tail"] == usual


def test_what_was_recorded_without_the_choice_moves_a_vector_back() -> None:
    knobs = Strided().knobs({"n": 20}, "all", TAKEHOME)
    settings = recorded_settings([knob for knob in knobs if knob.name == "loop1.tail"], {})
    assert build(Strided(), {"n": 20}, settings) == build(Strided(), {"n": 20}, {"loop1.tail": "overlap"})
