"""What a page of the leaderboard shows: every task of a problem on a machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from problems.loader import BUILT_IN
from search.board.entry import Entry, file_name_part


@dataclass(frozen=True)
class Page:
    """A problem on a machine.

    Attributes:
        stem: the page's file name, without its ending.
        title: the problem, as readers are to see it.
        problem: the same as it is loaded: name, or ``file.py:Class``.
        machine: the machine's name.
        best: the best entry of each task.
        superseded: entries that others have beaten.
        struck: entries that were found to be wrong.
    """

    stem: str
    title: str
    problem: str
    machine: str
    best: tuple[Entry, ...]
    superseded: tuple[Entry, ...]
    struck: tuple[Entry, ...]


def best_of(entries: Sequence[Entry]) -> list[Entry]:
    """The best entry of each task that is not struck; ``entries`` stand best first in each task."""
    best: dict[tuple[str, str, str, str], Entry] = {}
    for entry in entries:
        if entry.struck is None:
            best.setdefault(entry.key, entry)
    return list(best.values())


def pages_of(entries: Sequence[Entry]) -> list[Page]:
    """The pages of a board, by problem and machine; ``entries`` stand best first in each task."""
    together: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        together.setdefault((entry.problem, entry.key[3]), []).append(entry)
    stems = _stems(together)
    pages = []
    for (problem, machine), shown in together.items():
        name, stem = shown[0].problem_name, stems[problem, machine]
        best = best_of(shown)
        kept = {entry.id for entry in best}
        pages.append(
            Page(
                stem=stem,
                title=name if stem == _plain_stem(name, machine) else f"{name} ({problem})",
                problem=problem,
                machine=machine,
                best=tuple(best),
                superseded=tuple(entry for entry in shown if entry.struck is None and entry.id not in kept),
                struck=tuple(entry for entry in shown if entry.struck is not None),
            )
        )
    return sorted(pages, key=lambda page: (page.title, page.machine, page.stem))


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
