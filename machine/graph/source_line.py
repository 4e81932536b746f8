"""Where in a kernel's source an operation was built, for people who read schedules."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType

_BUILD = "build"
_MOST_CALLS = 16
_BUILDERS = (__package__, "problems.language")
"""Packages whose lines say nothing to the author of a kernel: the builder, and the language that calls it."""

_HELPERS = ("problems.kernels.lanes",)
"""Modules of which the same is true, in packages of kernels."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file; ``file`` is its name without folders."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def calling_lines() -> tuple[SourceLine, ...]:
    """The lines of the kernel's author that are being called, the innermost first, out to a function named ``build``.

    The innermost alone where no ``build`` is among the nearest calls.
    """
    frame: FrameType | None = sys._getframe(1)
    calls: list[FrameType] = []
    while frame is not None and len(calls) < _MOST_CALLS:
        if not _is_ours(frame.f_globals):
            calls.append(frame)
        if frame.f_code.co_name == _BUILD:
            return tuple(map(_line_of, calls))
        frame = frame.f_back
    return tuple(map(_line_of, calls[:1]))


def _is_ours(module: Mapping[str, object]) -> bool:
    return module.get("__package__") in _BUILDERS or module.get("__name__") in _HELPERS


def _line_of(call: FrameType) -> SourceLine:
    return _line(call.f_code.co_filename, call.f_code, call.f_lasti)


@lru_cache(maxsize=1 << 14)
def _line(file: str, code: CodeType, instruction: int) -> SourceLine:
    """The line of an instruction, found once: large kernels come to a few lines tens of thousands of times.

    Of equal code in two files neither is the other: hence ``file``, which code is not compared by.
    """
    lines = (line for first, end, line in code.co_lines() if first <= instruction < end)
    return SourceLine(Path(file).name, next(lines, None) or code.co_firstlineno)
