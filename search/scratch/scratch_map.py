"""Names of scratch addresses, for people and simulators elsewhere."""

from collections.abc import Mapping

from machine.graph.operation import Graph
from search.scratch.lifetimes import Lifetimes


def scratch_map(graph: Graph, addresses: list[int], lifetimes: Lifetimes) -> Mapping[int, tuple[str, int]]:
    """Address -> (name, words) of the longest-lived buffers, none of which share a word."""
    spans = (lifetimes.ends - lifetimes.starts).tolist()
    named: dict[int, tuple[str, int]] = {}
    taken: set[int] = set()
    for buffer in sorted(graph.buffers, key=lambda b: -spans[b.number]):
        words = range(addresses[buffer.number], addresses[buffer.number] + buffer.words)
        if words.start >= 0 and taken.isdisjoint(words):
            taken.update(words)
            named[words.start] = (buffer.name, buffer.words)
    return dict(sorted(named.items()))
