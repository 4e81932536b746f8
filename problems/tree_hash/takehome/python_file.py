"""A Python file that the take-home's own tests accept."""

from machine.program import Program
from problems.exporter import ExportedProgram
from problems.problem import format_shape

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


def export_takehome(exported: ExportedProgram) -> str:
    """One Python file with the take-home's ``KernelBuilder``; it imports nothing."""
    height, batch, rounds = (exported.shape[name] for name in ("height", "batch", "rounds"))
    return _TAKEHOME.format(
        shape=format_shape(exported.shape),
        category=exported.category,
        cycles=exported.cycles,
        numbers=(height, 2 ** (height + 1) - 1, batch, rounds),
        scratch_map="\n".join(f"    {address}: {named!r}," for address, named in exported.scratch_map.items()),
        bundles=_bundle_lines(exported.program),
    )


def _bundle_lines(program: Program) -> str:
    lines = []
    for bundle in program.bundles:
        engines = ", ".join(f"{name!r}: [{', '.join(map(repr, slots))}]" for name, slots in bundle.items())
        lines.append(f"    {{{engines}}},")
    return "\n".join(lines)
