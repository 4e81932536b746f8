"""Where in a kernel's source an operation was built, for people who read schedules."""

import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_BUILDER = str(Path(__file__).parent / "_")[:-1]
_BUILD = "build"
_MOST_CALLS = 16


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file; ``file`` is its name without folders."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def calling_lines() -> tuple[SourceLine, ...]:
    """The lines outside this package that are being called, the innermost first, out to a function named ``build``.

    The innermost alone where no ``build`` is among the nearest calls.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_BUILDER):
        frame = frame.f_back
    lines: list[SourceLine] = []
    while frame is not None and len(lines) < _MOST_CALLS:
        lines.append(SourceLine(frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2], frame.f_lineno))
        if frame.f_code.co_name == _BUILD:
            return tuple(lines)
        frame = frame.f_back
    return tuple(lines[:1])
