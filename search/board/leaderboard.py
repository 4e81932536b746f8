"""The leaderboard: a folder of entries, with programs and decisions beside them, and pages made from them.

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
import fcntl
import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from machine.errors import UserError
from machine.graph.decision import Decision, decision_to_json
from machine.program import Program, program_from_json
from problems.loader import load_problem
from problems.problem import check_category, format_shape, parse_shape
from search.board.entry import ENTRY_FORMAT, Entry, Struck, entry_from_json
from search.board.page import best_of, pages_of
from search.board.page_json import render_data
from search.board.page_markdown import render_index, render_problem
from search.files import journal_file
from search.files.whole_file import write_whole


class Solution(Protocol):
    """What is kept beside an entry."""

    @property
    def decision(self) -> Decision:
        """Cycles, implementations and addresses."""

    @property
    def program(self) -> Program:
        """The program itself."""


class DamagedError(UserError):
    """A file of the leaderboard is missing, or does not hold what it should."""


class Leaderboard:
    """A results folder.

    Args:
        folder: where it is; need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure_writable(self) -> None:
        """Make the folder if need be and write a file in it, so that a long search does not end in vain.

        Raises:
            UserError: it cannot be written, or an entry in it is damaged.
        """
        try:
            (self.folder / "entries").mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder / "entries", prefix=".probe-") as probe:
                probe.write(b"\0" * 4096)
                probe.flush()
                os.fsync(probe.fileno())
            with (self.folder / "journal.jsonl").open("ab"):
                pass
        except OSError as error:
            raise UserError(f"cannot write the results folder {self.folder}: {error.strerror}") from None
        self.entries()

    def entries(self) -> list[Entry]:
        """Every entry, struck ones too: by problem, shape, category, machine, then cycles, bound, age."""
        found = [_load_entry(path) for path in sorted((self.folder / "entries").glob("*.json"))]
        return sorted(found, key=lambda entry: (*_order(entry), entry.cycles, -entry.bound.cycles, entry.found))

    def best(self) -> list[Entry]:
        """The best entry of each task; none that is struck."""
        return best_of(self.entries())

    def find(self, text: str, category: str | None = None, machine: str | None = None) -> Entry:
        """The entry that ``text`` names: an id, or ``PROBLEM[:shape]`` for the best one.

        Without a category the problem's first is meant, without a shape the problem's default.  An entry that is struck
        is found by its id alone.

        Raises:
            UserError: there is none.
        """
        entries = self.entries()
        for entry in entries:
            if entry.id == text:
                return entry
        name, colon, shape_text = text.rpartition(":")
        if not colon or "=" not in shape_text:
            name, shape_text = text, ""
        try:
            problem = load_problem(name)
        except UserError as error:
            raise UserError(
                f"no entry '{text}' in {self.folder} (`slotsmith leaderboard` lists them), and {error}"
            ) from None
        shape = format_shape(parse_shape(problem, shape_text))
        wanted = name, shape, check_category(problem, category or problem.categories[0])
        for entry in best_of(entries):
            if entry.key[:3] == wanted and machine in (None, entry.key[3]):
                return entry
        raise UserError(f"no entry for {name} {shape} {wanted[2]}: `slotsmith leaderboard` lists what there is")

    def program(self, entry: Entry) -> Program:
        """An entry's program.

        Raises:
            DamagedError: its file is missing, or holds none.
        """
        path = self._beside(entry, "program")
        data = _load(path)
        try:
            return program_from_json(data)
        except UserError as error:
            raise DamagedError(f"{path} holds no program: {error}") from None

    def decision(self, entry: Entry) -> dict[str, Any]:
        """An entry's decision, as :func:`machine.graph.decision.decision_from_json` reads it.

        Raises:
            DamagedError: its file is missing, or holds none.
        """
        data = _load(self._beside(entry, "decision"))
        if not isinstance(data, dict):
            raise DamagedError(f"{self._beside(entry, 'decision')} holds no decision")
        return data

    def add(self, entry: Entry, solution: Solution) -> bool:
        """Keep an entry if it is better than what there is; return whether it was.

        Better is a program of fewer cycles; or of as many, with a higher bound for the same graph.
        """
        with self._alone():
            return self._add(entry, solution)

    def _add(self, entry: Entry, solution: Solution) -> bool:
        if not all(_is_better(entry, standing) for standing in self.best() if standing.key == entry.key):
            return False
        decision = {"format": entry.format, **decision_to_json(solution.decision)}
        write_whole(self._beside(entry, "decision"), gzip.compress(_dump(decision), mtime=0))
        write_whole(self._beside(entry, "program"), gzip.compress(solution.program.dumps().encode(), mtime=0))
        write_whole(self._path(entry), _dump(entry.to_json(), indent=1))
        self.render()
        return True

    def strike(self, entry: Entry, reason: str) -> Entry | None:
        """Note that an entry no longer counts; it keeps its files.  Pages are left to :meth:`rewrite_pages`.

        Returns:
            The entry as it is now, or ``None`` where another process has changed it meanwhile.
        """
        with self._alone():
            if _load_entry(self._path(entry)) != entry:
                return None
            struck = Struck(reason, datetime.now(UTC).isoformat(timespec="seconds"))
            changed = replace(entry, struck=struck, format=ENTRY_FORMAT)
            write_whole(self._path(entry), _dump(changed.to_json(), indent=1))
            return changed

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
            self.render()

    def render(self) -> None:
        """Write the pages anew; those that say what they said are not touched."""
        pages = pages_of(self.entries())
        for page in pages:
            _rewrite(self.folder / f"{page.stem}.md", render_problem(page).encode())
            _rewrite(self.folder / f"{page.stem}.json", render_data(page).encode())
        searches = list(journal_file.read(self.folder / "journal.jsonl"))
        _rewrite(self.folder / "README.md", render_index(pages, searches).encode())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process adds meanwhile: what is best, and the pages, depend on all entries."""
        folder = os.open(self.folder / "entries", os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _path(self, entry: Entry) -> Path:
        return self.folder / "entries" / f"{entry.id}.json"

    def _beside(self, entry: Entry, what: str) -> Path:
        return self.folder / "entries" / f"{entry.id}.{what}.json.gz"


def _order(entry: Entry) -> tuple[str, tuple[int, ...], str, str]:
    return entry.problem, tuple(entry.shape.values()), entry.category, str(entry.machine["name"])


def _dump(data: object, indent: int | None = None) -> bytes:
    separators = (",", ":") if indent is None else None
    return (json.dumps(data, indent=indent, separators=separators) + "\n").encode()


def _is_better(entry: Entry, standing: Entry) -> bool:
    if entry.cycles != standing.cycles:
        return entry.cycles < standing.cycles
    return entry.hashes.graph == standing.hashes.graph and entry.bound.cycles > standing.bound.cycles


def _load_entry(path: Path) -> Entry:
    data = _load(path)
    try:
        entry = entry_from_json(data)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    if entry.id != path.stem:
        raise DamagedError(f"{path} holds another entry, {entry.id}: names of files are ids of entries")
    return entry


def _load(path: Path) -> Any:
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (gzip.BadGzipFile, zlib.error, ValueError, EOFError, RecursionError) as error:
        raise DamagedError(f"{path} is damaged: {error}") from None
    except FileNotFoundError as error:
        raise DamagedError(f"cannot read {path}: {error.strerror}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from None


def _rewrite(path: Path, content: bytes) -> None:
    """Write a file, unless it holds that already."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    write_whole(path, content)
