"""Processes that solve find CP-SAT and numba loaded; those that start them load no solver."""

import subprocess
import sys
from pathlib import Path

from machine.compiling import load_numba

ROOT = Path(__file__).parents[3]
CALL = """
import sys
from search.processes.isolate import call_isolated
from search.solver.solve_outcome import SOLVING
from tests.search.solver.test_solving_process import loaded_late
print(call_isolated(loaded_late, (), 60.0, 4 << 30, SOLVING).value, "ortools.sat.python.cp_model" in sys.modules)
"""


def loaded_late() -> list[str]:
    """Modules that a solve would have to load first."""
    before = set(sys.modules)
    load_numba()
    import ortools.sat.python.cp_model  # noqa: F401, PLC0415  (whether it is there is what is asked)

    return sorted(set(sys.modules) - before)


def test_a_solve_has_nothing_to_load_but_its_own_module() -> None:
    """In an interpreter of its own, whose server of processes starts with this call."""
    done = subprocess.run([sys.executable, "-c", CALL], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"
