"""What a leaderboard knows already of the bound of an entry that comes to it."""

from collections.abc import Iterable
from dataclasses import replace

from search.board.entry import Entry


def with_known_bound(entry: Entry, stored: Iterable[Entry]) -> Entry:
    """The entry, with the highest bound that stored ones have for its graph, and what proves it, if that is higher.

    Whatever the bound rests on comes along: a check of this entry asks the same certificate or the same solver as that
    of the entry it is from.

    Args:
        entry: one that is to be stored.
        stored: those of the board; struck ones are believed in nothing, refuted bounds are none.
    """
    known = [each.bound for each in stored if _says_more(each, entry)]
    return replace(entry, bound=max(known, key=lambda bound: bound.cycles)) if known else entry


def _says_more(known: Entry, entry: Entry) -> bool:
    """Whether a stored entry has a higher bound of the graph, which the program of the other does not refute."""
    is_believed = known.struck is None and known.bound.cycles <= known.cycles
    is_of_it = known.hashes.graph == entry.hashes.graph
    return is_of_it and is_believed and entry.bound.cycles < known.bound.cycles <= entry.cycles
