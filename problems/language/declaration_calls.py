"""What a call of a declaration should have been, where its arguments are not those that the declaration takes."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature

from problems.language.declarations import Size, choice, fixed, read, updated, written

_WORDS = "words are from least to below - 1"

_DECLARATIONS: Mapping[str, tuple[Callable[..., object], str]] = {
    "Size": (Size, "whole=True: a multiple of the lanes"),
    "read": (read, _WORDS),
    "updated": (updated, _WORDS),
    "written": (written, "it holds anything at the start"),
    "fixed": (fixed, ""),
    "choice": (choice, ""),
}
"""By name, as errors of Python's have it; and what the names of the arguments do not say."""


def right_call(error: BaseException) -> str | None:
    """The arguments of the declaration that ``error`` is about; ``None`` where it is about something else."""
    name = str(error).partition("(")[0].removesuffix(".__init__")
    if not isinstance(error, TypeError) or name not in _DECLARATIONS:
        return None
    declaration, note = _DECLARATIONS[name]
    return f"{name}{_without_types(signature(declaration))}{note and '; ' + note}"


def _without_types(found: Signature) -> Signature:
    parameters = [each.replace(annotation=Parameter.empty) for each in found.parameters.values()]
    return Signature(parameters)
