"""A graph, read as terms and written again, computes the same."""

from dataclasses import replace
from random import Random

import pytest

from machine.errors import GraphError
from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Graph, MemoryRange
from machine.model import load_machine
from problems.knobs import default_settings
from problems.loader import BUILT_IN
from rewriting.reading import read_terms
from rewriting.writing import write_graph
from tests.machine.graph.graphs import GraphWriter, random_choice, random_memory

TAKEHOME = load_machine("takehome")


def build(name: str, shape: dict[str, int] | None = None) -> Graph:
    problem = BUILT_IN[name]()
    full = {**problem.default_shape(), **(shape or {})}
    category = problem.categories[0]
    kernel = Kernel(TAKEHOME, problem.memory_words(full))
    problem.build(kernel, full, category, default_settings(problem.knobs(full, category, TAKEHOME)))
    return kernel.graph()


def again(graph: Graph) -> Graph:
    return write_graph(read_terms(graph))


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs(seed: int) -> None:
    random = Random(seed)
    graph = GraphWriter(random, TAKEHOME).graph(25)
    written = again(graph)
    for _ in range(3):
        memory = random_memory(random)
        assert execute(written, memory, random_choice(random, written)) == execute(graph, memory)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if not name.startswith("tree_hash")])
def test_kernels(name: str) -> None:
    problem = BUILT_IN[name]()
    graph = build(name)
    written = again(graph)
    for memory in problem.inputs(problem.default_shape(), 6, seed=1).tolist():
        assert execute(written, memory) == execute(graph, memory)


@pytest.mark.parametrize("shape", [{"height": 3, "rounds": 9, "batch": 24}, {"height": 4, "rounds": 6, "batch": 3}])
def test_tree_hash(shape: dict[str, int]) -> None:
    graph = build("tree_hash", shape)
    written = again(graph)
    for memory in BUILT_IN["tree_hash"]().inputs(shape, 6, seed=1).tolist():
        assert execute(written, memory) == execute(graph, memory)


def test_equal_terms_are_shared() -> None:
    kernel = Kernel(TAKEHOME, 16)
    a, b, c = kernel.vector("a"), kernel.vector("b"), kernel.vector("c")
    memory = MemoryRange(0, 8)
    kernel.load_vector(a, kernel.constant(0), memory)
    kernel.binary("+", b, a, kernel.splat(5))
    kernel.binary("+", c, a, kernel.splat(5))
    kernel.binary("^", c, b, c)
    kernel.store_vector(kernel.constant(8), c, MemoryRange(8, 16))
    terms = read_terms(kernel.graph())
    assert [term.op for term in terms.table.terms if term.op in "+^"] == ["+", "^"]


def test_a_load_after_a_store_is_another_term() -> None:
    kernel = Kernel(TAKEHOME, 16)
    address, first, second = kernel.constant(3), kernel.scalar("first"), kernel.scalar("second")
    kernel.load(first, address, MemoryRange(3, 4))
    kernel.scalar_binary("+", first, first, kernel.constant(1))
    kernel.store(address, first, MemoryRange(3, 4))
    kernel.load(second, address, MemoryRange(3, 4))
    kernel.store(kernel.constant(5), second, MemoryRange(5, 6))
    graph = kernel.graph()
    written = again(graph)
    assert execute(written, list(range(16))) == execute(graph, list(range(16)))
    assert [term.data.version for term in read_terms(graph).table.terms if term.op == "load"] == [0, 1]  # type: ignore[union-attr]


def test_a_word_read_before_it_is_written_is_refused() -> None:
    kernel = Kernel(TAKEHOME, 16)
    kernel.scalar_binary("+", kernel.scalar("d"), kernel.scalar("never"), kernel.constant(1))
    with pytest.raises(GraphError, match="never written"):
        read_terms(kernel.graph())


@pytest.mark.parametrize("seed", range(10))
def test_where_scratch_does_not_start_with_zeros_none_are_relied_on(seed: int) -> None:
    random = Random(seed)
    graph = GraphWriter(random, TAKEHOME).graph(25)
    written = again(replace(graph, machine=replace(TAKEHOME, scratch_starts_zero=False)))
    assert not any(buffer.zero for buffer in written.buffers)
    memory = random_memory(random)
    assert execute(written, memory, random_choice(random, written)) == execute(graph, memory)
