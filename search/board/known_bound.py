"""What a leaderboard knows already of the bound of an entry that comes to it."""

from collections.abc import Iterable
from dataclasses import replace

from search.board.entry import Entry


def with_known_bound(entry: Entry, stored: Iterable[Entry]) -> Entry:
    """The entry, with the bound that was raised in the stored one of its id, if that is higher.

    Args:
        entry: one that is to be stored.
        stored: those of the board; struck ones are believed in nothing, refuted bounds are none.
    """
    known = [each.bound for each in stored if _says_more(each, entry)]
    return replace(entry, bound=max(known, key=lambda bound: bound.cycles)) if known else entry


def _says_more(known: Entry, entry: Entry) -> bool:
    """Whether a stored entry has a higher bound of the graph, which the program of the other does not refute."""
    is_of_it = known.id == entry.id and known.hashes.graph == entry.hashes.graph
    is_believed = known.struck is None and known.bound.cycles <= known.cycles
    return is_of_it and is_believed and entry.bound.cycles < known.bound.cycles <= entry.cycles
