"""Results in the log of a job: lines that carry them, between lines for people.

The log is the one thing that Ray's job service hands out over HTTP while a job runs and after it has ended.  Each item
is JSON, packed, in parts short enough for any reader of lines, each with a checksum::

    @slotsmith:ITEM:PART:PARTS:CHECKSUM:BASE64
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from search.files.bounded_json import parse

MARK = "@slotsmith:"

END = "end"
"""Kind of the last item, which says how many came before it."""

_PART = 6000
"""Characters of base64 in a line: Ray passes on ten lines at a time, and its readers take no more than 4 MiB."""

_MOST_PARTS = 20_000
"""Of an item, and of all that have not arrived whole."""

_MOST_LINE = 1 << 20
"""Characters after which a line is taken for over."""

_MOST_BYTES = 1 << 26
"""Of an item, unpacked: twenty times the largest."""

_LINE = re.compile(r"(\d{1,9}):(\d{1,7}):(\d{1,7}):([0-9a-f]{8}):([A-Za-z0-9+/=]*)")

Item = dict[str, Any]
"""What was sent, with its ``kind``; what is in it has not been checked."""


def encode_item(number: int, item: Mapping[str, Any]) -> list[str]:
    """The lines that carry an item, each with its end.

    Args:
        number: of the item in its job, from 0.
        item: what can be JSON: its numbers are finite.
    """
    packed = zlib.compress(json.dumps(item, separators=(",", ":"), allow_nan=False).encode())
    text = base64.b64encode(packed).decode()
    parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    bodies = [(f"{number}:{part}:{len(parts)}", data) for part, data in enumerate(parts)]
    return [f"{MARK}{head}:{_checksum(head, data)}:{data}\n" for head, data in bodies]


class JobLog:
    """Takes in a log as it comes, and tells its lines and items apart.

    Attributes:
        damaged: lines that were to carry a part of an item and do not, and items that cannot be read.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._rest = ""
        self._parts: dict[tuple[int, int], dict[int, str]] = {}
        self._whole: set[int] = set()
        self._items: int | None = None

    def feed(self, text: str) -> Iterator[str | Item]:
        """What ``text``, which follows on what came before, completes: lines for people, without ends, and items."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            yield from self._take(line)
        if len(self._rest) > _MOST_LINE:
            yield from self.finish()

    def finish(self) -> Iterator[str | Item]:
        """What is left when nothing more comes."""
        rest, self._rest = self._rest, ""
        if rest:
            yield from self._take(rest)

    @property
    def missing(self) -> int | None:
        """How many items did not arrive whole; ``None`` if the end did not, so that nobody knows."""
        if self._items is None:
            return None
        return self._items - sum(number < self._items for number in self._whole)

    @property
    def carries_results(self) -> bool:
        """Whether there was any sign of an item."""
        return bool(self._whole or self._parts or self.damaged)

    def _take(self, line: str) -> Iterator[str | Item]:
        before, mark, body = line.partition(MARK)
        if before or not mark:  # others may have written something, and left its line open
            yield before.rstrip("\r")
        if mark:
            yield from self._take_part(body.rstrip("\r"))

    def _take_part(self, body: str) -> Iterator[Item]:
        found = _LINE.fullmatch(body)
        if found is None or _checksum(body[: found.end(3)], found[5]) != found[4]:
            self.damaged += 1
            return
        number, part, count = (int(found[group]) for group in (1, 2, 3))
        if number in self._whole or not part < count <= _MOST_PARTS:
            return
        parts = self._parts.setdefault((number, count), {})
        parts[part] = found[5]
        if sum(map(len, self._parts.values())) > _MOST_PARTS:
            self.damaged += len(self._parts)
            self._parts.clear()
            return
        if len(parts) == count:
            del self._parts[number, count]
            yield from self._take_item(number, "".join(parts[part] for part in range(count)))

    def _take_item(self, number: int, text: str) -> Iterator[Item]:
        item = _decode(text)
        if item is None:
            self.damaged += 1
            return
        self._whole.add(number)
        if item.get("kind") != END:
            yield item
        elif type(item.get("items")) is int:
            self._items = item["items"]


def _checksum(head: str, data: str) -> str:
    return f"{zlib.crc32(f'{head}:{data}'.encode()):08x}"


def _decode(text: str) -> Item | None:
    """The item in some text, if there is one of a size that can be meant."""
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(base64.b64decode(text, validate=True), _MOST_BYTES)
        item = parse(raw) if unpacking.eof else None
    except (binascii.Error, zlib.error, ValueError):
        return None
    return item if isinstance(item, dict) else None
