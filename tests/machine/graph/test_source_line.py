"""Operations know where they were built, and nothing but people takes note of it."""

import inspect
from dataclasses import replace

from machine.graph.builder import Kernel
from machine.graph.flat import flatten
from machine.graph.operation import Graph
from machine.graph.source_line import SourceLine
from tests.search.cases import TAKEHOME


def build(kernel: Kernel) -> int:
    """Return the line of the first operation."""
    line = inspect.currentframe().f_lineno + 1  # type: ignore[union-attr]
    kernel.scalar_binary("+", kernel.scalar("a"), kernel.constant(1), kernel.constant(2))
    twice(kernel)
    return line


def twice(kernel: Kernel) -> None:
    kernel.scalar_binary("*", kernel.scalar("b"), kernel.constant(1), kernel.constant(2))


def built() -> tuple[Graph, int]:
    kernel = Kernel(TAKEHOME, 0)
    line = build(kernel)
    return kernel.graph(), line


def test_an_operation_has_the_line_that_asked_for_it() -> None:
    graph, line = built()
    first = graph.operations[2]
    assert first.sources == (SourceLine("test_source_line.py", line),)
    assert str(first.sources[0]) == f"test_source_line.py:{line}"


def test_the_lines_go_out_to_build_the_innermost_first() -> None:
    graph, line = built()
    inner = twice.__code__.co_firstlineno + 1
    assert [source.line for source in graph.operations[3].sources] == [inner, line + 1]


def test_without_a_build_there_is_the_innermost_line_alone() -> None:
    kernel = Kernel(TAKEHOME, 0)
    twice(kernel)
    assert len(kernel.graph().operations[-1].sources) == 1


def test_lines_are_no_part_of_a_graph() -> None:
    graph, _ = built()
    bare = Graph(TAKEHOME, 0, graph.buffers, tuple(replace(each, sources=()) for each in graph.operations))
    assert graph == bare
    assert [array.tobytes() for array in flatten(graph)] == [array.tobytes() for array in flatten(bare)]
