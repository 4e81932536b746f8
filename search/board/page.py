"""What a page of the leaderboard shows: every task of a problem on a machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from problems.loader import BUILT_IN
from search.board.entry import Entry, file_name_part
from search.board.standing import PlacedEntry, Standing, best_of


@dataclass(frozen=True)
class Page:
    """A problem on a machine.

    Attributes:
        stem: the page's file name, without its ending.
        title: the problem, as readers are to see it.
        problem: the same as it is loaded: name, or ``file.py:Class``.
        machine: the machine's name.
        best: the best entry of each task.
        superseded: entries that count and are beaten by others.
        stale: entries for other sources, for another machine, or of a graph that is no longer built, with the reason.
        struck: entries that were found to be wrong.
    """

    stem: str
    title: str
    problem: str
    machine: str
    best: tuple[Entry, ...]
    superseded: tuple[Entry, ...]
    stale: tuple[PlacedEntry, ...]
    struck: tuple[Entry, ...]


def pages_of(entries: Sequence[PlacedEntry]) -> list[Page]:
    """The pages of a board, by problem and machine; ``entries`` are in order, the best of a task first."""
    together: dict[tuple[str, str], list[PlacedEntry]] = {}
    for each in entries:
        together.setdefault((each.entry.problem, each.entry.machine_name), []).append(each)
    stems = _stems({key: [each.entry for each in shown] for key, shown in together.items()})
    pages = [_page(*key, stems[key], shown) for key, shown in together.items()]
    return sorted(pages, key=lambda page: (page.title, page.machine, page.stem))


def _page(problem: str, machine: str, stem: str, shown: Sequence[PlacedEntry]) -> Page:
    name, best = shown[0].entry.problem_name, best_of(shown)
    ids = {entry.id for entry in best}
    return Page(
        stem=stem,
        title=name if stem == _plain_stem(name, machine) else f"{name} ({problem})",
        problem=problem,
        machine=machine,
        best=tuple(best),
        superseded=tuple(each.entry for each in shown if each.counts and each.entry.id not in ids),
        stale=tuple(each for each in shown if each.standing in (Standing.STALE, Standing.OTHER_GRAPH)),
        struck=tuple(each.entry for each in shown if each.standing is Standing.STRUCK),
    )


def _plain_stem(name: str, machine: str) -> str:
    return f"{file_name_part(name)}-{file_name_part(machine)}"


def _stems(together: dict[tuple[str, str], list[Entry]]) -> dict[tuple[str, str], str]:
    """A file name for each page: the plain one, or for all but the first that would have it, one with a hash.

    First are the problems that come with Slotsmith, then those with the oldest entry, so that a page keeps its name.
    Names that differ in case alone are one name on some file systems.
    """
    taken: set[str] = set()
    stems = {}
    for key in sorted(together, key=lambda key: (key[0] not in BUILT_IN, min(e.found for e in together[key]), key)):
        stem = _plain_stem(together[key][0].problem_name, key[1])
        if stem.lower() in taken:
            stem += "-" + hashlib.sha256("\0".join(key).encode()).hexdigest()[:8]
        taken.add(stem.lower())
        stems[key] = stem
    return stems
