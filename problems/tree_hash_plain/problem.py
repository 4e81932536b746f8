"""The ``tree_hash_plain`` problem: shapes, inputs and outputs are those of ``tree_hash``, the kernel is plain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from machine.graph.builder import Kernel
from machine.model import Machine
from problems.knobs import Knob, KnobSettings
from problems.problem import Shape
from problems.tree_hash.layout import Layout
from problems.tree_hash.problem import VALUES_AND_INDICES, TreeHash
from problems.tree_hash_plain.build import build_plainly


class TreeHashPlain(TreeHash):
    """Every round loads a node by the walker's index, hashes in 18 operations, steps the index and wraps it."""

    name = "tree_hash_plain"
    summary = "tree_hash, written as its specification says"

    def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
        return ()

    def build(self, kernel: Kernel, shape: Shape, category: str, knobs: KnobSettings) -> None:
        build_plainly(kernel, Layout.of(shape), with_indices=category == VALUES_AND_INDICES)

    def known_scores(self, shape: Shape, category: str) -> Mapping[str, int]:
        return {}

    def sources(self) -> Sequence[Path]:
        """The files of this package, and those of ``tree_hash`` that say what is to be computed."""
        here = Path(__file__).parent
        shared = [here.parent / "tree_hash" / name for name in ("layout.py", "problem.py", "reference.py")]
        return [*sorted(here.glob("*.py")), *shared]
