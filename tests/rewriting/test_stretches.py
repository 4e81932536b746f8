"""Vectors that share a stretch of scratch go in and out of terms without a copy."""

import pytest

from machine.graph.builder import BinaryEngines, Kernel, Splat
from machine.graph.execute import execute
from machine.graph.operation import Buffer, Graph, MemoryRange
from machine.model import load_machine
from rewriting.operator_names import PACK
from rewriting.reading import read_terms
from rewriting.work import measure_work
from rewriting.writing import write_graph
from tests.rewriting.test_round_trip import build

TAKEHOME = load_machine("takehome")
LENGTH = TAKEHOME.vector_length
INPUT, OUTPUT = MemoryRange(0, 24), MemoryRange(24, 32)


def kernel_with_landings(offsets: list[int], *, words: int = 24) -> tuple[Kernel, Buffer]:
    """Vectors of memory, from address 1 on, that land at these offsets, in this order."""
    kernel = Kernel(TAKEHOME, OUTPUT.stop)
    stretch = kernel.buffer("stretch", words, zero=True)
    for number, offset in enumerate(offsets):
        kernel.load_vector(stretch[offset], kernel.constant(number + 1), INPUT)
    return kernel, stretch


def stored(kernel: Kernel, a: object, b: object) -> Graph:
    total = kernel.vector("sum")
    kernel.binary("+", total, a, b)  # type: ignore[arg-type]
    kernel.store_vector(kernel.constant(OUTPUT.start), total, OUTPUT)
    return kernel.graph()


def check(graph: Graph, *, copies: int) -> None:
    written = write_graph(read_terms(graph))
    memory = [word * 0x9E37_79B9 & 0xFFFF_FFFF for word in range(OUTPUT.stop)]
    assert execute(written, memory) == execute(graph, memory)
    assert sum(operation.name == "|" for operation in written.operations) == copies


def test_a_window_on_two_neighbours_is_no_copy() -> None:
    kernel, stretch = kernel_with_landings([0, 8])
    check(stored(kernel, stretch[3], stretch[5]), copies=0)


def test_a_window_on_what_landings_left_is_no_copy() -> None:
    kernel, stretch = kernel_with_landings([0, 2, 4, 6])
    check(stored(kernel, stretch[0], stretch[1]), copies=0)


def test_a_window_may_show_zeros_where_nothing_lands() -> None:
    kernel, stretch = kernel_with_landings([8])
    check(stored(kernel, stretch[5], stretch[8]), copies=0)


def test_what_is_overwritten_is_read_before() -> None:
    kernel, stretch = kernel_with_landings([0])
    early = kernel.vector("early")
    kernel.binary("^", early, stretch[0], kernel.splat(7))
    kernel.load_vector(stretch[4], kernel.constant(9), INPUT)
    check(stored(kernel, early, stretch[2]), copies=0)


def test_a_word_that_is_kept_is_copied_before_it_is_overwritten() -> None:
    kernel = Kernel(TAKEHOME, OUTPUT.stop)
    stretch, kept = kernel.buffer("stretch", 24), kernel.vector("kept")
    for lane in range(LENGTH):
        kernel.load_vector(stretch[lane], kernel.constant(lane + 1), INPUT)
        kernel.scalar_binary("|", kept[lane], stretch[lane + 3], stretch[lane + 3])
    check(stored(kernel, kept, stretch[0]), copies=LENGTH)


def test_a_vector_that_is_needed_after_another_landed_on_it_gives_the_stretch_up() -> None:
    """The same vector is loaded again elsewhere, which is one term: it cannot be where the window is any more."""
    kernel, stretch = kernel_with_landings([0, 4])
    again = kernel.vector("again")
    kernel.load_vector(again, kernel.constant(1), INPUT)
    window = kernel.vector("window")
    kernel.binary("^", window, stretch[2], kernel.splat(7))
    kernel.binary("+", window, window, again)
    check(stored(kernel, window, stretch[2]), copies=LENGTH)


def test_a_lane_that_all_lanes_read_is_a_word() -> None:
    kernel, stretch = kernel_with_landings([0])
    total = kernel.vector("total")
    kernel.binary("+", total, stretch[0], Splat(stretch[2]), engines=BinaryEngines.ALU)
    graph = stored(kernel, total, stretch[0])
    assert all(term.op != PACK for term in read_terms(graph).table.terms)
    check(graph, copies=0)


@pytest.mark.parametrize("name", ["fir", "convolution_3x3", "stencil_5", "prefix_sum"])
def test_kernels_with_windows_need_no_more(name: str) -> None:
    graph = build(name)
    assert measure_work(write_graph(read_terms(graph))).cycles <= measure_work(graph).cycles + 1e-9


def test_records_that_land_on_one_another_need_no_more() -> None:
    graph = build("tree_hash", {"height": 9, "rounds": 10, "batch": 64})
    written = write_graph(read_terms(graph))
    assert measure_work(written).cycles <= measure_work(graph).cycles * 1.001
