"""Programs for use elsewhere: plain JSON, or a Python file that the take-home's own tests accept."""

from collections.abc import Mapping

from machine.graph.operation import Graph
from machine.program import Program
from problems.problem import Shape, format_shape
from search.scratch.lifetimes import Lifetimes
from search.tasks.candidate import Candidate

_TAKEHOME = '''\
"""A program for the performance take-home, built for one shape: {shape} ({category}), {cycles} cycles.

Written by Slotsmith.  The take-home's authors ask that solutions stay private: do not publish this file.
"""


class DebugInfo:
    """What the take-home's simulator wants to know about scratch: address -> (name, length)."""

    def __init__(self, scratch_map):
        self.scratch_map = scratch_map


class KernelBuilder:
    """Holds the finished program in ``instrs`` once ``build_kernel`` was called for the shape it was made for."""

    def __init__(self):
        self.instrs = []

    def debug_info(self):
        return DebugInfo(dict(SCRATCH_MAP))

    def build_kernel(self, forest_height, n_nodes, batch_size, rounds):
        asked = (forest_height, n_nodes, batch_size, rounds)
        if asked != SHAPE:
            raise ValueError(f"this program is for (height, nodes, batch, rounds) = {{SHAPE}}, not {{asked}}")
        self.instrs = [{{engine: list(slots) for engine, slots in bundle.items()}} for bundle in BUNDLES]


SHAPE = {numbers}

SCRATCH_MAP = {{
{scratch_map}
}}

BUNDLES = [
{bundles}
]
'''


def export_takehome(candidate: Candidate, lifetimes: Lifetimes, shape: Shape, category: str) -> str:
    """One Python file with the take-home's ``KernelBuilder``; it imports nothing."""
    height, batch, rounds = shape["height"], shape["batch"], shape["rounds"]
    names = scratch_map(candidate.prepared.graph, candidate.decision.addresses.tolist(), lifetimes)
    return _TAKEHOME.format(
        shape=format_shape(shape),
        category=category,
        cycles=candidate.cycles,
        numbers=(height, 2 ** (height + 1) - 1, batch, rounds),
        scratch_map="\n".join(f"    {address}: {named!r}," for address, named in names.items()),
        bundles=_bundle_lines(candidate.program),
    )


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


def _bundle_lines(program: Program) -> str:
    lines = []
    for bundle in program.bundles:
        engines = ", ".join(f"{name!r}: [{', '.join(map(repr, slots))}]" for name, slots in bundle.items())
        lines.append(f"    {{{engines}}},")
    return "\n".join(lines)
