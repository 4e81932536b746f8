"""Puts records of a sweep's journal that come from elsewhere into the journal here, each once."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from machine.errors import UserError
from machine.strict_table import StrictTable
from search.files import system
from search.files.journal_file import append_lines
from search.sweep.cluster.received import RefusedError
from search.sweep.sweep_journal import journal_path
from search.sweep.trial_records import AskedTrial, EndedTrial, check_format

_EVENTS = ("begun", "asked", "ended", "finished")


class JournalMerge:
    """Merges into the journals of a results folder.

    A record is known by its text, so that the same ones may come again.

    Args:
        results: the folder.
    """

    def __init__(self, results: Path) -> None:
        self._results = results
        self._known: dict[Path, tuple[int, set[bytes]]] = {}

    def merge(self, item: Mapping[str, Any]) -> int:
        """Append the records that are not there yet; how many those were.

        Args:
            item: with ``sweep`` (its name), its ``digest``, and ``lines``, the records as text, oldest first.

        Raises:
            RefusedError: they are no records, or those of another sweep than is here.
            UserError: the journal cannot be written.
        """
        path, digest = journal_path(self._results, _name(item)), item.get("digest")
        lines = _lines(item)
        try:
            system.make_folder(path.parent)
            with path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                known = self._read(path, file)
                file.seek(0)
                _check_digest(path, digest, file.readline() or next(iter(lines), b""))
                new = [line for line in dict.fromkeys(lines) if line not in known]
                append_lines(file, new)
                known.update(new)
                self._known[path] = file.tell(), known
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from None
        return len(new)

    def _read(self, path: Path, file: IO[bytes]) -> set[bytes]:
        """The lines of a journal, which is read again only if others have written to it."""
        size, known = self._known.get(path, (-1, set[bytes]()))
        if file.seek(0, os.SEEK_END) != size:
            file.seek(0)
            known = set(file.read().splitlines())
        return known


def _name(item: Mapping[str, Any]) -> str:
    """The sweep's name, which becomes that of a folder."""
    try:
        return StrictTable(item, "a journal").name("sweep")
    except UserError as error:
        raise RefusedError(str(error)) from None


def _lines(item: Mapping[str, Any]) -> list[bytes]:
    lines = item.get("lines")
    if not isinstance(lines, list):
        raise RefusedError("a journal without lines")
    return [_checked(line) for line in lines]


def _checked(text: object) -> bytes:
    """A record as it is written here."""
    try:
        record = json.loads(text) if isinstance(text, str) else None
        if not isinstance(record, dict) or record.get("event") not in _EVENTS:
            raise RefusedError(f"no record of a sweep: {str(text)[:60]!r}")
        check_format(record)
        if record["event"] in ("asked", "ended"):
            (AskedTrial if record["event"] == "asked" else EndedTrial).from_json(record)
    except (UserError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise RefusedError(f"a record is damaged ({type(error).__name__}: {error})") from None
    return json.dumps(record, separators=(",", ":")).encode()


def _check_digest(path: Path, digest: object, first: bytes) -> None:
    """The journal is, or will be, of this sweep, as its first record says."""
    try:
        record = json.loads(first)
        is_same = record["event"] == "begun" and record["digest"] == digest
    except (ValueError, KeyError, TypeError):
        is_same = False
    if not is_same:
        raise RefusedError(f"{path} is of another sweep, or its beginning is missing: use another --results")
