"""Bursts: what one engine has to do in between, where all of it waits for the same chain."""

import pytest

from machine.graph.builder import Kernel
from machine.graph.operation import Graph, MemoryRange
from machine.model import load_machine
from rewriting.bursts import Burst, longest_burst
from rewriting.work import measure
from tests.rewriting.test_round_trip import build

TAKEHOME = load_machine("takehome")
LENGTH = TAKEHOME.vector_length


def gathers_between_chains(streams: int, before: int, after: int) -> Graph:
    """Each stream adds so often, gathers, and adds again."""
    kernel = Kernel(TAKEHOME, 64)
    for stream in range(streams):
        with kernel.at(stream):
            value = kernel.vector("value", zero=True)
            for number in range(before + 1 + after):
                following = kernel.vector(f"value {number}")
                if number == before:
                    kernel.gather(following, value, MemoryRange(0, 64))
                else:
                    kernel.binary("+", following, value, value)
                value = following
    return kernel.graph()


@pytest.mark.parametrize(("streams", "before", "after"), [(1, 0, 0), (3, 5, 2), (4, 2, 7)])
def test_gathers_of_all_streams_lie_between_their_chains(streams: int, before: int, after: int) -> None:
    graph = gathers_between_chains(streams, before, after)
    loads = TAKEHOME.engines["load"].slots
    assert longest_burst(graph) == Burst("load", before + streams * LENGTH // loads + after)
    assert measure(graph).cycles == longest_burst(graph).cycles >= measure(graph).work.cycles


def test_operations_that_another_engine_can_do_are_no_burst() -> None:
    kernel = Kernel(TAKEHOME, 8)
    for _ in range(12):
        kernel.binary("+", kernel.vector("sum"), kernel.vector("a", zero=True), kernel.vector("b", zero=True))
    assert longest_burst(kernel.graph()).cycles == 0


def test_a_chain_of_one_engine_is_as_long_as_it_is() -> None:
    graph = build("tree_hash_plain", {"height": 1, "rounds": 2, "batch": 8})
    assert longest_burst(graph).cycles <= measure(graph).depth + 4
