"""Slotsmith as a library: search-based scheduling and superoptimization for VLIW SIMD machines.

::

    import slotsmith

    found = slotsmith.search("dot_product", "n=64", seconds=20)
    print(found.cycles, found.bound.cycles, found.entry.validation.checks)

A :class:`Problem` is what to optimise, a :class:`Machine` what for; :func:`search`, :func:`solve` and :func:`improve`
give a :class:`Found`, validated, and keep it on a :class:`Leaderboard` if they are given one.
"""

from pathlib import Path

from slotsmith.packages import check_packages

check_packages(Path(__file__).resolve().parents[1])

from machine.errors import GraphError, SlotsmithError, UserError  # noqa: E402  (the check comes first)
from machine.graph.builder import Kernel  # noqa: E402
from machine.model import Machine, load_machine  # noqa: E402
from machine.program import Program  # noqa: E402
from problems.language import ArrayKernel, Size, choice, fixed, read, updated, written  # noqa: E402
from problems.loader import load_problem  # noqa: E402
from problems.problem import Problem, ShapeParameter  # noqa: E402
from search.board.entry import Entry  # noqa: E402
from search.board.leaderboard import Leaderboard  # noqa: E402
from search.bounds.bound import Bound  # noqa: E402
from search.tasks.validation import Validation  # noqa: E402
from slotsmith.face import Found, bound, check, improve, search, solve, validate  # noqa: E402

__all__ = [
    "ArrayKernel",
    "Bound",
    "Entry",
    "Found",
    "GraphError",
    "Kernel",
    "Leaderboard",
    "Machine",
    "Problem",
    "Program",
    "ShapeParameter",
    "Size",
    "SlotsmithError",
    "UserError",
    "Validation",
    "bound",
    "check",
    "choice",
    "fixed",
    "improve",
    "load_machine",
    "load_problem",
    "read",
    "search",
    "solve",
    "updated",
    "validate",
    "written",
]
