"""What is new in the results folder of a sweep that runs, as items to send."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search.files import journal_file
from search.sweep.cluster.job_log import Item

_CHUNK_BYTES = 1 << 20


class News:
    """Follows a results folder in which one sweep runs.

    Args:
        results: the folder; entries that it has by now are not news, the sweep's journal is, from its beginning.
    """

    def __init__(self, results: Path) -> None:
        self._results = results
        self._entries = {path.stem for path in self._entry_files()}
        self._searches = 0
        self._offset = 0

    def collect(self) -> Iterator[Item]:
        """What has come since the last time: whole records and whole entries."""
        yield from self._new_records()
        yield from self._new_entries()
        yield from self._new_searches()

    def _new_records(self) -> Iterator[Item]:
        for path in sorted((self._results / "sweeps").glob("*/journal.jsonl")):
            with path.open("rb") as file:
                digest = _digest(file.readline())
                file.seek(self._offset)
                while lines := _whole_lines(file.readlines(_CHUNK_BYTES)):
                    self._offset += sum(map(len, lines))
                    texts = [line.decode(errors="replace").rstrip("\n") for line in lines]
                    yield {"kind": "journal", "sweep": path.parent.name, "digest": digest, "lines": texts}
                    file.seek(self._offset)

    def _new_entries(self) -> Iterator[Item]:
        new = {path.stem: json.loads(path.read_bytes()) for path in self._entry_files() if self._is_new(path)}
        for name, entry in sorted(new.items(), key=lambda item: -item[1]["cycles"]):
            self._entries.add(name)
            parts = {what: self._beside(name, what) for what in ("decision", "program")}
            yield {"kind": "entry", "entry": entry, **parts}

    def _new_searches(self) -> Iterator[Item]:
        records = list(journal_file.read(self._results / "journal.jsonl"))
        for record in records[self._searches :]:
            yield {"kind": "search", "record": record}
        self._searches = len(records)

    def _entry_files(self) -> list[Path]:
        return list((self._results / "entries").glob("*.json"))

    def _is_new(self, path: Path) -> bool:
        return path.stem not in self._entries

    def _beside(self, name: str, what: str) -> Any:
        return json.loads(gzip.decompress((self._results / "entries" / f"{name}.{what}.json.gz").read_bytes()))


def _whole_lines(lines: list[bytes]) -> list[bytes]:
    return lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]


def _digest(line: bytes) -> str | None:
    """The sweep's digest, in the first record of its journal."""
    try:
        found = json.loads(line)["digest"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(found)
