"""What messages have in common: hints for names that are almost right, and numbers of things."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``: did you mean 'NAME'?`` for the known name nearest to ``name``, else all of them, if they are few."""
    names = list(known)
    folded = {other.casefold(): other for other in reversed(names)}
    if close := get_close_matches(name.casefold(), folded, n=1):
        return f": did you mean '{folded[close[0]]}'?"
    return f": use {', '.join(names)}" if 0 < len(names) <= 8 else ""


def or_else(hint: str, other: str) -> str:
    """A hint, and what else can be given: ``: did you mean 'NAME'? Or OTHER``, ``: use NAMES; or OTHER``."""
    return f"{hint} Or {other}" if hint.endswith("?") else f"{hint}; or {other}"


def counted(number: int, thing: str, things: str = "") -> str:
    """A number of things, with the plural where it is not regular: ``1 lane``, ``8 lanes``."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
