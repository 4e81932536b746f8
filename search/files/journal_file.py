"""Journals: one record of JSON on each line, appended and synced, never rewritten."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO

from machine.plain_file import UnreadableError
from search.files import system
from search.files.bounded_json import parse

JOURNAL_FORMAT = 1

_MOST_LINE = 16 << 20
"""Bytes of a record."""


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Append a record; several processes may do so at once.

    Raises:
        OSError: it cannot be written; it may be there in part, or even in whole.
    """
    line = json.dumps({"format": JOURNAL_FORMAT, **record}, separators=(",", ":"))
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        append_lines(file, [line.encode()])
        is_first = file.tell() == len(line) + 1
    if is_first:
        system.sync_folder(path.parent)


def append_lines(file: IO[bytes], lines: Sequence[bytes]) -> None:
    """Append lines to a file that is open for reading, too, and locked; sync it.

    A line torn by an earlier crash is closed first, so that it cannot swallow the first of these.
    """
    content = b"".join(line + b"\n" for line in lines)
    size = file.seek(0, os.SEEK_END)
    if size > 0:
        file.seek(size - 1)
        if file.read(1) != b"\n":
            content = b"\n" + content
    system.write(file, content)
    system.sync(file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole record, oldest first; lines that hold none, torn or not, are passed over.

    Raises:
        OSError: there is something of that name that cannot be read, or is no plain file.
    """
    if not path.exists():
        return
    if not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    with path.open("rb") as file:
        while line := file.readline(_MOST_LINE):
            if len(line) == _MOST_LINE and not line.endswith(b"\n"):
                _skip_line(file)
                continue
            try:
                record = parse(line)
            except UnreadableError:
                continue
            if isinstance(record, dict):
                yield record


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(_MOST_LINE)) and not rest.endswith(b"\n"):
        pass
