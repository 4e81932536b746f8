"""Journals: one record of JSON on each line, appended and synced, never rewritten."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from search.files.bounded_json import UnreadableError, parse

JOURNAL_FORMAT = 1

_MOST_LINE = 16 << 20
"""Bytes of a record."""


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Append a record; several processes may do so at once.

    A line torn by an earlier crash is closed first, so that it cannot swallow this one.
    """
    line = json.dumps({"format": JOURNAL_FORMAT, **record}, separators=(",", ":")) + "\n"
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if size > 0:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                line = "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


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
