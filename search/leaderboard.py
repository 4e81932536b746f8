"""The leaderboard: a folder of entries, with programs and decisions beside them, and pages made from them.

::

    results/
      README.md                  all problems at a glance
      PROBLEM-MACHINE.md         every task of a problem on a machine
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
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.graph.decision import decision_to_json
from machine.program import Program, program_from_json
from problems.loader import load_problem
from problems.problem import check_category, format_shape, parse_shape
from search import journal
from search.decide import Candidate
from search.entry import Entry, entry_from_json
from search.pages import render_index, render_problem


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
        """Every entry: by problem, shape, category, machine, then cycles, then age."""
        found = []
        for path in sorted((self.folder / "entries").glob("*.json")):
            data = _load(path)
            try:
                found.append(entry_from_json(data))
            except UserError as error:
                raise UserError(f"{path}: {error}") from None
        return sorted(found, key=lambda entry: (*_order(entry), entry.cycles, entry.found))

    def best(self) -> list[Entry]:
        """The best entry of each task."""
        best: dict[tuple[str, str, str, str], Entry] = {}
        for entry in self.entries():
            best.setdefault(entry.key, entry)
        return list(best.values())

    def find(self, text: str, category: str | None = None, machine: str | None = None) -> Entry:
        """The entry that ``text`` names: an id, or ``PROBLEM[:shape]`` for the best one.

        Without a category the problem's first is meant, without a shape the problem's default.

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
        for entry in entries:
            if entry.key[:3] == wanted and machine in (None, entry.key[3]):
                return entry
        raise UserError(f"no entry for {name} {shape} {wanted[2]}: `slotsmith leaderboard` lists what there is")

    def program(self, entry: Entry) -> Program:
        """An entry's program."""
        return program_from_json(_load(self._beside(entry, "program")))

    def decision(self, entry: Entry) -> dict[str, Any]:
        """An entry's decision, as :func:`machine.graph.decision.decision_from_json` reads it."""
        data = _load(self._beside(entry, "decision"))
        if not isinstance(data, dict):
            raise UserError(f"{self._beside(entry, 'decision')} holds no decision")
        return data

    def add(self, entry: Entry, candidate: Candidate) -> bool:
        """Keep an entry if it is better than what there is; return whether it was."""
        with self._alone():
            return self._add(entry, candidate)

    def _add(self, entry: Entry, candidate: Candidate) -> bool:
        standing = [other.cycles for other in self.entries() if other.key == entry.key]
        if standing and entry.cycles >= min(standing):
            return False
        decision = {"format": entry.format, **decision_to_json(candidate.decision)}
        _write(self._beside(entry, "decision"), gzip.compress(_dump(decision), mtime=0))
        _write(self._beside(entry, "program"), gzip.compress(candidate.program.dumps().encode(), mtime=0))
        _write(self.folder / "entries" / f"{entry.id}.json", _dump(entry.to_json(), indent=1))
        self.render()
        return True

    def record(self, record: Mapping[str, Any]) -> None:
        """Append a search to the journal, and count it on the index page."""
        try:
            journal.append(self.folder / "journal.jsonl", record)
        except OSError as error:
            raise UserError(f"cannot write {self.folder / 'journal.jsonl'}: {error.strerror}") from None
        with self._alone():
            self.render()

    def render(self) -> None:
        """Write the pages anew."""
        best = self.best()
        pages: dict[tuple[str, str], list[Entry]] = {}
        for entry in best:
            pages.setdefault((entry.id.rpartition("-")[0], entry.key[3]), []).append(entry)
        for (problem, machine), entries in pages.items():
            _write(self.folder / f"{problem}-{machine}.md", render_problem(problem, machine, entries).encode())
        searches = list(journal.read(self.folder / "journal.jsonl"))
        _write(self.folder / "README.md", render_index(pages, searches).encode())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process adds meanwhile: what is best, and the pages, depend on all entries."""
        folder = os.open(self.folder / "entries", os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _beside(self, entry: Entry, what: str) -> Path:
        return self.folder / "entries" / f"{entry.id}.{what}.json.gz"


def _order(entry: Entry) -> tuple[str, tuple[int, ...], str, str]:
    return entry.problem, tuple(entry.shape.values()), entry.category, str(entry.machine["name"])


def _dump(data: object, indent: int | None = None) -> bytes:
    separators = (",", ":") if indent is None else None
    return (json.dumps(data, indent=indent, separators=separators) + "\n").encode()


def _load(path: Path) -> Any:
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (gzip.BadGzipFile, zlib.error, ValueError, EOFError) as error:
        raise UserError(f"{path} is damaged: {error}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from None


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UserError: it cannot be written: a full disk, say.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
