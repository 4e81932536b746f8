"""Totals: products are one operation with the sum that takes them, where the machine has one and the knob says so."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from machine.graph.operation import Graph
from machine.model import load_machine
from problems.knobs import recorded_settings
from problems.language import Array, ArrayKernel, Code, Size, read, written
from tests.problems.kernels.running import TAKEHOME, assert_executes, build, count, default_knobs

SHAPE = {"n": 32}
PLAIN = {"loop1.unroll": 1, "choices": 0, "constants": "loaded"}


class Dot(ArrayKernel):
    """The products of two arrays, added up; and their greatest."""

    n = Size(32)
    x, y, out = read("n"), read("n"), written(2)

    def kernel(self, k: Code, n: int, x: Array, y: Array, out: Array) -> None:
        total, greatest = k.total(), k.total("max")
        for i in k.range(n):
            total += x[i] * y[i]
            greatest.take(x[i] * y[i])
        out[0], out[1] = total.word, greatest.word


def graph_of(totals: str, **shape: int) -> Graph:
    return build(Dot(), SHAPE | shape, {**PLAIN, "totals": totals})


def test_a_product_that_a_sum_takes_is_one_operation_with_it() -> None:
    fused, apart = graph_of("fused"), graph_of("apart")
    assert (count(fused, "multiply_add"), count(apart, "multiply_add")) == (3, 0)
    assert count(apart, "*") - count(fused, "*") == 3


@pytest.mark.parametrize("totals", ["fused", "apart"])
@pytest.mark.parametrize("n", [3, 8, 21, 32])
def test_both_give_the_sum(totals: str, n: int) -> None:
    memories = Dot().inputs({"n": n}, 6, seed=1)
    assert_executes(Dot(), {"n": n}, graph_of(totals, n=n), memories)


def test_what_was_recorded_before_there_was_the_choice_keeps_products_apart() -> None:
    knobs = Dot().knobs(SHAPE, "all", TAKEHOME)
    settings = recorded_settings(knobs, PLAIN)
    assert build(Dot(), SHAPE, settings) == graph_of("apart")


def test_the_choice_is_there_where_partial_totals_of_one_product_each_are_the_default() -> None:
    """With fewer of them, there is something to fuse."""
    assert "totals" in {knob.name for knob in Dot().knobs({"n": 16}, "all", TAKEHOME)}


@pytest.mark.parametrize(("machine", "usual"), [("takehome", "fused"), ("pipelined", "apart")])
def test_products_are_apart_by_default_where_a_total_would_wait_for_them(machine: str, usual: str) -> None:
    """On ``pipelined`` a multiply_add takes three cycles, and a sum one."""
    assert default_knobs(Dot(), SHAPE, load_machine(machine))["totals"] == usual


@pytest.mark.parametrize(("machine", "n"), [("pocket", 32), ("takehome", 8)])
def test_the_choice_is_left_out_where_there_is_none(machine: str, n: int) -> None:
    assert "totals" not in {knob.name for knob in Dot().knobs({"n": n}, "all", load_machine(machine))}


def test_a_product_that_is_used_besides_is_right() -> None:
    class Both(ArrayKernel):
        n = Size(24)
        x, y, out = read("n"), written("n"), written(1)

        def kernel(self, k: Code, n: int, x: Array, y: Array, out: Array) -> None:
            total = k.total()
            for i in k.range(n):
                square = x[i] * x[i]
                total += square
                y[i] = square
            out[0] = total.word

    result = Both().run(x=np.arange(24))
    assert (int(result["out"][0]), result["y"].tolist()) == (4324, [each**2 for each in range(24)])
    assert_executes(Both(), {"n": 24}, build(Both(), {"n": 24}, {"loop1.unroll": 1}), Both().inputs({"n": 24}, 3, 1))


class Shares(ArrayKernel):
    """Each word, and how far the sum of all, and the sum of its row, are from it."""

    rows, columns = Size(3), Size(11)
    x, y, z = read("rows", "columns"), written("rows", "columns"), written("rows", "columns")

    def kernel(self, k: Code, rows: int, columns: int, x: Array, y: Array, z: Array) -> None:
        all_ = k.total()
        for row in range(rows):
            total = k.total()
            for i in k.range(columns):
                total += x[row, i]
                all_ += x[row, i]
            for i in k.range(columns):
                z[row, i] = total.word - x[row, i]
        for row in range(rows):
            for i in k.range(columns):
                y[row, i] = all_.word - x[row, i]

    def expected(self, x: NDArray[np.uint32]) -> Any:
        return x.sum(dtype=np.uint32) - x, x.sum(axis=1, dtype=np.uint32)[:, np.newaxis] - x


@pytest.mark.parametrize("machine", ["takehome", "pocket"])
def test_a_total_whose_loop_is_over_is_a_word_in_others(machine: str) -> None:
    memories = Shares().inputs({"rows": 3, "columns": 11}, 6, seed=1)
    expected = Shares().reference({"rows": 3, "columns": 11}, memories)
    assert (Shares().on_numpy({"rows": 3, "columns": 11}, memories.copy(), {}) == expected).all()
    assert_executes(Shares(), {}, build(Shares(), {}, machine=load_machine(machine)), memories)


def test_the_word_is_summed_up_once_for_all_iterations() -> None:
    class Plain(Shares):
        def kernel(self, k: Code, rows: int, columns: int, x: Array, y: Array, z: Array) -> None:
            total = k.total()
            for i in k.range(columns):
                total += x[0, i]
            word = total.word
            for i in k.range(columns):
                y[0, i] = z[0, i] = word

    class InLoop(Shares):
        def kernel(self, k: Code, rows: int, columns: int, x: Array, y: Array, z: Array) -> None:
            total = k.total()
            for i in k.range(columns):
                total += x[0, i]
            for i in k.range(columns):
                y[0, i] = z[0, i] = total.word

    assert len(build(InLoop(), {"columns": 40}).operations) == len(build(Plain(), {"columns": 40}).operations)


@pytest.mark.parametrize("machine", ["takehome", "pocket"])
def test_loops_of_several_lengths_add_to_one_total(machine: str) -> None:
    class Triangle(ArrayKernel):
        n = Size(9)
        x, out = read("n", "n"), written(1)

        def kernel(self, k: Code, n: int, x: Array, out: Array) -> None:
            total = k.total()
            for row in range(n):
                for i in k.range(row + 1):
                    total += x[row, i]
            out[0] = total.word

    x = np.arange(81).reshape(9, 9)
    assert Triangle().run(x=x)["out"].tolist() == [int(np.tril(x).sum())]
    assert_executes(
        Triangle(), {}, build(Triangle(), {}, machine=load_machine(machine)), Triangle().inputs({"n": 9}, 3, 1)
    )
