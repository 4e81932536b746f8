"""The leaderboard: a folder of entries, with programs and decisions beside them, and pages written from them.

::

    results/
      README.md                  all problems at a glance
      PROBLEM-MACHINE.md, .json  every task of a problem on a machine, for people and for programs
      journal.jsonl              every search that ended
      entries/ID.json            what an entry says
      entries/ID.decision.json.gz, entries/ID.program.json.gz

Files are written whole or not at all, and entries are added by one process at a time, so that several searches may
share the folder.
"""

import contextlib
import errno
import gzip
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from machine.errors import UserError
from machine.graph.decision import Decision, decision_to_json
from machine.program import Program, program_from_json
from search.board.entry import ENTRY_FORMAT, Checked, Entry, Mark, file_name_part
from search.board.known_bound import require_possible, with_known_bound, with_lower_bound
from search.board.page import pages_of
from search.board.page_json import render_data
from search.board.page_markdown import render_index, render_problem
from search.board.selection import select
from search.board.standing import PlacedEntry, best_of, digests_today, placed
from search.board.stored_files import DamagedError, MissingError, load_entry, load_stored
from search.bounds.bound import Bound
from search.files import journal_file, system
from search.files.clock import now
from search.files.locked_folder import locked
from search.files.whole_file import clear_leftovers, try_writing, write_whole
from search.tasks.task import TaskName


class Solution(Protocol):
    """What is stored beside an entry."""

    @property
    def decision(self) -> Decision:
        """Cycles, implementations and addresses."""

    @property
    def program(self) -> Program:
        """The program itself."""


@dataclass(frozen=True)
class Put:
    """What became of an entry that was put on a leaderboard.

    Attributes:
        entry: the entry, with a higher bound where the board knew one.
        is_best: whether it is the best of its task now; else it was not stored.
        former_bound: what the board knew of its graph, if that is less than the entry's bound; else ``None``.
    """

    entry: Entry
    is_best: bool
    former_bound: int | None = None


class Leaderboard:
    """A results folder.

    Args:
        folder: where it is; need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure_writable(self) -> None:
        """Make the folder if need be and write a file in it, so that a long search does not end in vain.

        What writers that were killed have left is removed.

        Raises:
            UserError: it cannot be written.
        """
        try:
            system.make_folder(self.folder / "entries")
            with self._alone():
                for folder in (self.folder, self.folder / "entries"):
                    clear_leftovers(folder)
                try_writing(self.folder / "entries")
            journal = self.folder / "journal.jsonl"
            if journal.exists() and not journal.is_file():
                raise OSError(errno.EINVAL, f"{journal.name} is no plain file")
            with journal.open("ab"):
                pass
        except OSError as error:
            raise UserError(f"cannot write the results folder {self.folder}: {error.strerror}") from None

    def entries(self) -> list[Entry]:
        """Every entry, also those that do not count: by problem, shape, category, machine, then cycles, bound, age.

        Files that hold no entry are set aside; :meth:`unreadable` tells of them.
        """
        found = [each for each in self._read_all() if isinstance(each, Entry)]
        return sorted(found, key=lambda entry: (*_order(entry), entry.cycles, -entry.bound.cycles, entry.found))

    def unreadable(self) -> list[str]:
        """A line about each file among the entries that holds none, which nothing else pays attention to."""
        return [str(each) for each in self._read_all() if not isinstance(each, Entry)]

    def _read_all(self) -> Iterator[Entry | UserError]:
        for path in sorted((self.folder / "entries").glob("*.json")):
            try:
                yield load_entry(path)
            except MissingError:  # another process has removed it since the folder was listed
                continue
            except UserError as error:
                yield error

    def placed(self) -> list[PlacedEntry]:
        """Every entry, in the order of :meth:`entries`, and whether it counts today."""
        entries = self.entries()
        return placed(entries, digests_today(entries))

    def has(self, entry: Entry) -> bool:
        """Whether the file of an entry of this board is still there: searches remove those that they better."""
        return self._path(entry).exists()

    def place(self, entry: Entry) -> PlacedEntry:
        """An entry and whether it counts today; ``entry`` is one of this board."""
        return placed([entry], digests_today(self.entries()))[0]

    def best(self) -> list[Entry]:
        """The best entry of each task, of those that count."""
        return best_of(self.placed())

    def best_for(self, task: TaskName) -> Entry | None:
        """The best entry that counts for a task, whose shape is written in full: for its machine, not just its name."""
        key = task.problem, task.shape, task.category, task.machine.name
        of_task = [entry for entry in self.best() if entry.key == key and entry.hashes.machine == task.machine.digest]
        return of_task[0] if of_task else None

    def rivals(self, entry: Entry) -> list[Entry]:
        """The entries that count and compete with ``entry``, the best first."""
        return _rivals(self.placed(), entry)

    def find(self, text: str, category: str | None = None, machine: str | None = None) -> Entry:
        """The entry that ``text`` names, as :func:`search.board.selection.select` reads it.

        Raises:
            UserError: there is none, or only on machines that are not named, or its file holds none.
        """
        path = self.folder / "entries" / f"{text}.json"
        if file_name_part(text) == text and path.exists():
            with contextlib.suppress(MissingError):
                load_entry(path)
        try:
            return select(self.placed(), text, category, machine, self.folder)
        except UserError as error:
            for line in self.unreadable():
                raise UserError(f"{error} (set aside: {line})") from None
            raise

    def journal(self) -> list[dict[str, Any]]:
        """The lines of the journal, the oldest first; empty where there is none.

        Raises:
            UserError: it cannot be read.
        """
        path = self.folder / "journal.jsonl"
        try:
            return list(journal_file.read(path))
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None

    def program(self, entry: Entry) -> Program:
        """An entry's program.

        Raises:
            DamagedError: its file is missing, or holds none.
        """
        path = self._beside(entry, "program")
        data = load_stored(path)
        try:
            return program_from_json(data)
        except UserError as error:
            raise DamagedError(f"{path} holds no program: {error}") from None

    def decision(self, entry: Entry) -> dict[str, Any]:
        """An entry's decision, as :func:`machine.graph.decision.decision_from_json` reads it.

        Raises:
            DamagedError: its file is missing, or holds none.
        """
        data = load_stored(self._beside(entry, "decision"))
        if not isinstance(data, dict):
            raise DamagedError(f"{self._beside(entry, 'decision')} holds no decision")
        return data

    def add(self, entry: Entry, solution: Solution, instead_of: Collection[str] = ()) -> bool:
        """As :meth:`put`; return whether it is the best of its task now."""
        return self.put(entry, solution, instead_of).is_best

    def put(self, entry: Entry, solution: Solution, instead_of: Collection[str] = ()) -> Put:
        """Store an entry if its program has fewer cycles than those it competes with.

        An entry that does not count, because its problem's file was edited while it was found, is stored and is not
        the best.  Whether it is stored or not, its bound is noted in all entries of its graph, but for those whose
        cycles refute it: what a long search has found is not thrown away for them.

        Args:
            entry: the entry.
            solution: what is stored beside it.
            instead_of: ids of entries for which it stands; once it is stored they are removed.
        """
        with self._alone():
            placed_before = self.placed()
            known = [each.entry for each in placed_before]
            rivals = [rival for rival in _rivals(placed_before, entry) if rival.id not in instead_of]
            raised = self._raise(entry.hashes.graph, entry.bound, known)
            former = max((each.bound.cycles for each in raised if each.id not in instead_of), default=None)
            entry = with_known_bound(entry, known)
            if all(entry.cycles < rival.cycles for rival in rivals):
                return Put(entry, self._put(entry, solution, instead_of), former)
            if raised:
                self.render(self.placed())
            return Put(entry, False, former)

    def _put(self, entry: Entry, solution: Solution, instead_of: Collection[str]) -> bool:
        """Store an entry; whether it is the best of its task now."""
        decision = {"format": entry.format, **decision_to_json(solution.decision)}
        write_whole(self._beside(entry, "decision"), gzip.compress(_dump(decision), mtime=0))
        write_whole(self._beside(entry, "program"), gzip.compress(solution.program.dumps().encode(), mtime=0))
        self._write(entry)
        for former in set(instead_of) - {entry.id}:
            self._remove(former)
        placed_now = self.placed()
        self.render(placed_now)
        return any(best.id == entry.id for best in best_of(placed_now))

    def raise_bound(self, entry: Entry, bound: Bound) -> Entry | None:
        """Note a bound that was proven for the graph of an entry of this board, in every entry of that graph.

        Returns:
            The entry as it is now, or ``None`` where another process has removed it meanwhile; entries whose bound is
            as high already stay as they are.

        Raises:
            UserError: an entry claims fewer cycles for that graph: it or the bound is wrong, and nothing is written.
        """
        with self._alone():
            entries = self.entries()
            require_possible(entry.hashes.graph, bound, entries)
            self._raise(entry.hashes.graph, bound, entries)
            self.render(self.placed())
            is_there = any(each.id == entry.id for each in entries)
            return load_entry(self._path(entry)) if is_there else None

    def _raise(self, graph: str, bound: Bound, entries: Iterable[Entry]) -> list[Entry]:
        """Note a bound in those of the entries that are of a graph and have a lower one; returns them as they were."""
        lower = with_lower_bound(graph, bound, entries)
        for each in lower:
            self._write(replace(each, bound=bound, format=ENTRY_FORMAT))
        return lower

    def replace_bound(self, entry_id: str, bound: Bound) -> None:
        """Note another bound in an entry, in the place of one that was refuted, if the entry is still there."""
        with self._alone(), contextlib.suppress(MissingError):
            entry = load_entry(self.folder / "entries" / f"{entry_id}.json")
            self._write(replace(entry, bound=bound, format=ENTRY_FORMAT))

    def strike(self, entry: Entry, reason: str) -> Entry | None:
        """Note that an entry is wrong; it keeps its files.

        As with the other notes, pages are left to :meth:`rewrite_pages`.

        Returns:
            The entry as it is now, or ``None`` where another process has changed or removed it meanwhile.
        """
        return self._exchange(entry, replace(entry, struck=Mark(reason, now())))

    def note_other_graph(self, entry: Entry, reason: str) -> Entry | None:
        """Note that an entry's knobs no longer build its graph; returns what :meth:`strike` does."""
        if entry.other_graph is not None and entry.other_graph.reason == reason:
            return entry
        return self._exchange(entry, replace(entry, other_graph=Mark(reason, now())))

    def note_checked(self, entry: Entry, problem_digest: str, bound: Bound | None = None) -> Entry | None:
        """Note an entry as valid for those sources of its problem, and its bound; returns what :meth:`strike` does.

        An entry of which this version has said so before stays as it is, so that a check changes what is new alone.
        """
        known, bound = entry.checked, bound or entry.bound
        said = known is not None and (known.problem, known.slotsmith) == (problem_digest, version("slotsmith"))
        if said and entry.other_graph is None and entry.format == ENTRY_FORMAT and entry.bound == bound:
            return entry
        checked = Checked(problem_digest, version("slotsmith"), now())
        return self._exchange(entry, replace(entry, checked=checked, other_graph=None, bound=bound))

    def _exchange(self, entry: Entry, changed: Entry) -> Entry | None:
        """Write ``changed`` in the place of ``entry``, unless another process has changed or removed it meanwhile."""
        changed = replace(changed, format=ENTRY_FORMAT)
        with self._alone(), contextlib.suppress(MissingError):
            if load_entry(self._path(entry)) == entry:
                self._write(changed)
                return changed
        return None

    def record(self, record: Mapping[str, Any]) -> None:
        """Append a search to the journal, and count it on the index page."""
        try:
            journal_file.append(self.folder / "journal.jsonl", record)
        except OSError as error:
            raise UserError(f"cannot write {self.folder / 'journal.jsonl'}: {error.strerror}") from None
        self.rewrite_pages()

    def rewrite_pages(self) -> None:
        """Write the pages anew, while no other process adds entries."""
        with self._alone():
            self.render(self.placed())

    def render(self, entries: Sequence[PlacedEntry]) -> None:
        """Write the pages anew; those that say what they said are not touched."""
        pages = pages_of(entries)
        for page in pages:
            _rewrite(self.folder / f"{page.stem}.md", render_problem(page).encode())
            _rewrite(self.folder / f"{page.stem}.json", render_data(page).encode())
        searches = list(journal_file.read(self.folder / "journal.jsonl"))
        _rewrite(self.folder / "README.md", render_index(pages, searches).encode())

    def _alone(self) -> AbstractContextManager[None]:
        """No other process adds meanwhile: what is best, and the pages, depend on all entries."""
        return locked(self.folder / "entries")

    def _remove(self, entry_id: str) -> None:
        """Remove an entry, then what is beside it: without the entry, that is nothing."""
        for ending in ("json", "decision.json.gz", "program.json.gz"):
            system.remove(self.folder / "entries" / f"{entry_id}.{ending}")

    def _write(self, entry: Entry) -> None:
        write_whole(self._path(entry), _dump(entry.to_json(), indent=1))

    def _path(self, entry: Entry) -> Path:
        return self.folder / "entries" / f"{entry.id}.json"

    def _beside(self, entry: Entry, what: str) -> Path:
        return self.folder / "entries" / f"{entry.id}.{what}.json.gz"


def _order(entry: Entry) -> tuple[str, tuple[int, ...], str, str]:
    return entry.problem, tuple(entry.shape.values()), entry.category, entry.machine_name


def _dump(data: object, indent: int | None = None) -> bytes:
    separators = (",", ":") if indent is None else None
    return (json.dumps(data, indent=indent, separators=separators) + "\n").encode()


def _rivals(entries: Sequence[PlacedEntry], entry: Entry) -> list[Entry]:
    """Those of some entries that count and compete with ``entry``."""
    return [each.entry for each in entries if each.counts and each.entry.competition == entry.competition]


def _rewrite(path: Path, content: bytes) -> None:
    """Write a file, unless it holds that already."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    write_whole(path, content)
