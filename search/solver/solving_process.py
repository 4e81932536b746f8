"""What processes that solve load late, loaded by the server that they come from: once, and not by each of them."""

import ortools.sat.python.cp_model  # noqa: F401

from machine.compiling import load_numba

load_numba()
