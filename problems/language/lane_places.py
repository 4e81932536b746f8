"""Where in a user's file something was written: what errors and comparisons point at."""

import linecache
import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, TracebackType

from machine.errors import KernelError

_ROOT = Path(__file__).resolve().parents[2]
_OURS = (
    "<frozen ",
    str(_ROOT / "machine"),
    str(_ROOT / "problems" / "language"),
    str(_ROOT / "problems" / "kernels" / "lanes.py"),
)
_OF_DATACLASS = ("<string>", "__init__")
"""File and name of a constructor that Python writes: declarations are dataclasses."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    @property
    def source(self) -> str:
        """What is written there."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        path, here = Path(self.file), Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        return f"{shown}:{self.line}"


def here() -> Place:
    """The line that is running, of the innermost file that is neither the machine's nor the language's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame.f_code) and frame.f_back is not None:
        frame = frame.f_back
    assert frame is not None
    return Place(frame.f_code.co_filename, frame.f_lineno)


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OURS) or (code.co_filename, code.co_name) == _OF_DATACLASS


def place_of(error: BaseException, file: str) -> Place | None:
    """The innermost line of ``file`` that an error has passed; ``None`` if it passed none."""
    found: Place | None = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = Place(file, trace.tb_lineno)
        trace = trace.tb_next
    return found


def mistake(what: str, *operands: str, right: str, place: Place | None = None) -> KernelError:
    """An error at a place, this line if none is given: what is wrong, with which operands, and what would be right."""
    at = here() if place is None else place
    lines = [f"{at}: {what}"]
    if at.source:
        lines.append(f"  the line:  {at.source}")
    if operands:
        lines.append(f"  operands:  {'; '.join(operands)}")
    return KernelError("\n".join([*lines, f"  right:     {right}"]))
