"""Journals: one record of JSON on each line, appended and synced, never rewritten."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

JOURNAL_FORMAT = 1


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
    """Every whole record, oldest first; torn lines are passed over."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record
