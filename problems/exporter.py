"""Programs written for use elsewhere, in a form that a problem knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from machine.program import Program


@dataclass(frozen=True)
class ExportedProgram:
    """A program, and what it was built for.

    Attributes:
        shape: the problem's size, by parameter.
        category: of the task.
        program: the program.
        cycles: that it takes.
        scratch_map: first address -> (name, words) of buffers that share no word.
    """

    shape: Mapping[str, int]
    category: str
    program: Program
    cycles: int
    scratch_map: Mapping[int, tuple[str, int]]


Exporter = Callable[[ExportedProgram], str]
"""Gives the text of a file."""
