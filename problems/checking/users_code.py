"""Errors in files of users, as errors that name the line."""

import sys
from difflib import get_close_matches

from machine.errors import GraphError, GraphTooLargeError, KernelError, SlotsmithError, UserError
from problems.language.lane_places import Place, mistake, place_of
from problems.problem import LOADED_DIGEST, Problem

_ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (GraphTooLargeError, "a smaller shape"),
    (SystemExit, "an exception: a kernel does not end the process"),
    (NameError, "a name that is defined or imported in this file"),
    (AttributeError, "an attribute that this object has"),
    (TimeoutError, "a loop that ends, a smaller shape, or a higher --limit of `slotsmith check`"),
    (RecursionError, "a function that ends calling itself"),
    (ImportError, "modules that are installed, or lie beside this file"),
    (KeyError, "a key that is there"),
    (IndexError, "an index that is there"),
    (TypeError, "arguments of the number and types that the function takes"),
    (ZeroDivisionError, "a divisor that is not 0"),
    (ValueError, "a value that the function takes"),
)

_BY_WORDS = (
    ("read-only", "work on a copy, as in y.copy()"),
    ("does not support ufuncs", "operators, or functions of k, as in k.min(a, b): numpy's do not take values"),
)
"""Words of numpy's errors, and what is right instead."""

_OTHER = "operands, lengths and memory ranges as the operation takes them (docs/language.md, docs/reference.md)"


def users_file(problem: Problem) -> str | None:
    """The file of a problem that a user wrote; ``None`` for those that come with Slotsmith."""
    module = sys.modules[type(problem).__module__]
    file: str | None = getattr(module, "__file__", None)
    return file if hasattr(module, LOADED_DIGEST) else None


def mistake_in_users_code(error: BaseException) -> KernelError | None:
    """The error, if it has passed a line of a user's file, as one that names this line; else ``None``."""
    if isinstance(error, KernelError):
        return error
    if isinstance(error, SlotsmithError) and not isinstance(error, GraphError | UserError):
        return None
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        place = place_of(error, names["__file__"]) if LOADED_DIGEST in names else None
        if place is not None:
            return at_line(error, place)
    return None


def at_line(error: BaseException, place: Place) -> KernelError:
    """The error as one that names a line."""
    what = " ".join(str(error).split()) or "no message"
    if not isinstance(error, SlotsmithError):
        what = f"{type(error).__name__}: {what.replace('TracedKernel', 'Kernel')}"
    right = _instead(error) or next((advice for kind, advice in _ADVICE if isinstance(error, kind)), _OTHER)
    return mistake(what, right=right, place=place)


def _instead(error: BaseException) -> str:
    """What was probably meant."""
    if isinstance(error, AttributeError) and error.name is not None:
        names = [name for name in dir(error.obj) if not name.startswith("_")]
        near = get_close_matches(error.name, names, 1, 0.4)
        return near[0] if near else ""
    said = str(error)
    return next((right for part, right in _BY_WORDS if part in said), "")
