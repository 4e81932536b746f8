"""What a leaderboard knows of the bound of a graph goes for all entries of that graph."""

from collections.abc import Iterable
from dataclasses import replace

from machine.errors import UserError
from search.board.entry import Entry
from search.bounds.bound import Bound


def with_known_bound(entry: Entry, stored: Iterable[Entry]) -> Entry:
    """The entry, with the highest bound that stored ones have for its graph, and what proves it, if that is higher.

    Whatever the bound rests on comes along: a check of this entry asks the same certificate or the same solver as that
    of the entry it is from.

    Args:
        entry: one that is to be stored.
        stored: those of the board; struck ones are believed in nothing, refuted bounds are none.
    """
    believed = [each.bound for each in _believed(entry.hashes.graph, stored)]
    known = [bound for bound in believed if entry.bound.cycles < bound.cycles <= entry.cycles]
    return replace(entry, bound=max(known, key=lambda bound: bound.cycles)) if known else entry


def holder_of_bound(graph: str, stored: Iterable[Entry]) -> Entry | None:
    """The entry with the highest bound that stored ones have for a graph, of several the shortest; ``None`` for none.

    Args:
        graph: its hash.
        stored: as for :func:`with_known_bound`.
    """
    return max(_believed(graph, stored), key=lambda each: (each.bound.cycles, -each.cycles), default=None)


def with_lower_bound(graph: str, bound: Bound, stored: Iterable[Entry]) -> list[Entry]:
    """The stored entries of a graph that have a lower bound than one that is proven now, and do not refute it.

    Args:
        graph: its hash.
        bound: proven for it.
        stored: as for :func:`with_known_bound`.
    """
    return [each for each in _of_graph(graph, stored) if each.bound.cycles < bound.cycles <= each.cycles]


def require_possible(graph: str, bound: Bound, stored: Iterable[Entry]) -> None:
    """Check that no stored entry, struck ones left out, refutes a bound of a graph.

    Raises:
        UserError: one claims fewer cycles for that graph: it or the bound is wrong.
    """
    for each in _of_graph(graph, stored):
        if each.cycles < bound.cycles:
            raise UserError(
                f"entry {each.id} claims {each.cycles} cycles for a graph whose bound is {bound.cycles}: "
                "`slotsmith leaderboard --check` tells which of them is wrong"
            )


def _of_graph(graph: str, stored: Iterable[Entry]) -> list[Entry]:
    """The stored entries of a graph, struck ones left out."""
    return [each for each in stored if each.hashes.graph == graph and each.struck is None]


def _believed(graph: str, stored: Iterable[Entry]) -> list[Entry]:
    """Those of them whose own cycles do not refute their bound."""
    return [each for each in _of_graph(graph, stored) if each.bound.cycles <= each.cycles]
