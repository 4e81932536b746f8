"""The small input that shows a difference is one that the declarations allow, and shows the line that is wrong."""

from typing import Any

import numpy as np
import pytest

from machine.errors import KernelError
from machine.model import load_machine
from problems.checking.comparison import build_traced, compare, compare_parts, compare_starts
from problems.language import Array, ArrayKernel, Code, Size, Value, fixed, read, written
from problems.problem import check_shape

pytestmark = pytest.mark.filterwarnings("error")


class Least(ArrayKernel):
    """Words of at least 5: y is right for them, z is not."""

    n = Size(4)
    x = read("n", least=5, below=1000)
    y, z = written("n"), written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array, z: Array) -> None:
        for i in k.range(n):
            y[i] = x[i] - 5
            z[i] = 1000 // x[i] + (x[i] > 50)

    def expected(self, x: Any) -> Any:
        return np.maximum(x, 5) - 5, 1000 // x


class Counted(ArrayKernel):
    """Bits counted by a table: y counts on what it holds, z is wrong."""

    n = Size(4)
    bits = fixed([0, 1, 1, 2, 1, 2, 2, 3])
    x = read("n", below=8)
    y, z = written("n"), written("n")

    def kernel(self, k: Code, n: int, bits: Array, x: Array, y: Array, z: Array) -> None:
        for i in k.range(n):
            y[i] = (x[i] & 1) + (x[i] >> 1 & 1) + (x[i] >> 2)
            z[i] = bits[x[i]] + (x[i] > 5)

    def expected(self, bits: Any, x: Any) -> Any:
        return bits[x], bits[x]


class Sorted(ArrayKernel):
    """Sorted words: y is right for them, z is not."""

    n = Size(4)
    x = read("n", ascending=True)
    y, z = written(1), written(1)

    def kernel(self, k: Code, n: int, x: Array, y: Array, z: Array) -> None:
        y[0] = x[n - 1]
        z[0] = x[0] + (x[0] > 0)

    def expected(self, x: Any) -> Any:
        return x.max(), x.min()


def said(problem: ArrayKernel) -> list[str]:
    """What is said of the difference, line by line."""
    shape, machine = check_shape(problem, {}), load_machine("takehome")
    built = build_traced(problem, shape, "all", machine, {})
    with pytest.raises(KernelError) as error:
        compare(built, problem.inputs(shape, 12, seed=1))
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (Least(), "x[0] = 255, all others as small as they may be"),
        (Counted(), "x[0] = 7, all others 0"),
        (Sorted(), "x[0] = 1, x[1] = 1, x[2] = 1, x[3] = 1, all others 0"),
    ],
)
def test_the_line_that_is_wrong_is_blamed_on_an_input_that_is_allowed(problem: ArrayKernel, shown: str) -> None:
    wrong, _, operands, _ = said(problem)
    assert "z[" in wrong
    assert shown in operands


def test_words_carried_from_one_iteration_to_the_next_are_found_on_numpy() -> None:
    """At this shape the loop is one vector, and the graph agrees with numpy."""

    class Carries(ArrayKernel):
        n = Size(8)
        x, y = read("n"), written(1)

        def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
            word: Value = x[0]
            for _ in k.range(n):
                word = word + x[1]
            y[0] = word

    built = build_traced(Carries(), {"n": 8}, "all", load_machine("takehome"), {})
    images = Carries().inputs({"n": 8}, 3, seed=1)
    compare(built, images)
    with pytest.raises(KernelError, match=r"y\[0\] depends on how many indices of a loop are computed together"):
        compare_parts(built, images)


class Inner(ArrayKernel):
    """Differences within y, whose ends stay as they are; z[1] adds to what z[0] was given."""

    n = Size(12, least=3)
    x, y, z = read("n"), written("n"), written(2)

    def kernel(self, k: Code, n: int, x: Array, y: Array, z: Array) -> None:
        for i in k.range(1, n - 1):
            y[i] = x[i + 1] - x[i - 1]
        z[0] = x[0]
        z[1] = z[0] + y[1]


class Carried(Inner):
    """Adds to words of z that it has not stored."""

    def kernel(self, k: Code, n: int, x: Array, y: Array, z: Array) -> None:
        super().kernel(k, n, x, y, z)
        z[1] = z[1] + y[0]


def test_words_left_alone_and_words_stored_before_do_not_depend_on_the_start() -> None:
    problem = Inner()
    shape = check_shape(problem, {})
    compare_starts(build_traced(problem, shape, "all", load_machine("takehome"), {}), problem.inputs(shape, 8, 1))


def test_a_result_that_depends_on_what_an_output_held_is_named_with_the_array() -> None:
    problem = Carried()
    shape = check_shape(problem, {})
    built = build_traced(problem, shape, "all", load_machine("takehome"), {})
    with pytest.raises(KernelError, match=r"z\[1\] depends on what y holds at the start"):
        compare_starts(built, problem.inputs(shape, 8, 1))


class Rotated(ArrayKernel):
    """Rotated words; where the machine has no opcode for that, by another distance."""

    n = Size(16)
    x, y = read("n"), written("n")

    def kernel(self, k: Code, n: int, x: Array, y: Array) -> None:
        for i in k.range(n):
            y[i] = k.apply("rotl", x[i], 5, otherwise=lambda word, _: word << 3 | word >> 29)

    def expected(self, x: Any) -> Any:
        return x << 3 | x >> 29


def test_an_opcode_that_does_not_compute_what_its_function_does_is_named() -> None:
    problem = Rotated()
    shape = check_shape(problem, {})
    built = build_traced(problem, shape, "all", load_machine("signal"), {})
    with pytest.raises(KernelError, match="rotl as in otherwise=, with which kernel and reference agree"):
        compare(built, problem.inputs(shape, 4, 1))
