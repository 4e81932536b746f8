"""Hints for names that are almost right."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``: did you mean 'NAME'?`` for the known name nearest to ``name``, else all of them, if they are few."""
    names = list(known)
    folded = {other.casefold(): other for other in reversed(names)}
    if close := get_close_matches(name.casefold(), folded, n=1):
        return f": did you mean '{folded[close[0]]}'?"
    return f": use {', '.join(names)}" if 0 < len(names) <= 8 else ""
