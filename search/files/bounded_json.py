"""Reads JSON from files of others: never more than a limit, in memory or in depth, and never from what is no file."""

import json
import os
import stat
import zlib
from pathlib import Path
from typing import Any

MOST_DEPTH = 64


class UnreadableError(ValueError):
    """What a file holds is not JSON, or too much of it; the message says which, without the file's name."""


def read_bounded(path: Path, most_bytes: int) -> Any:
    """The JSON in a file, which is unpacked if its name ends in ``.gz``.

    Raises:
        UnreadableError: it is no plain file, holds more than ``most_bytes`` (unpacked), or no JSON.
        OSError: it cannot be opened or read.
    """
    raw = _read(path, most_bytes)
    return parse(_unpacked(raw, most_bytes) if path.suffix == ".gz" else raw)


def parse(raw: bytes) -> Any:
    """The JSON in UTF-8 text.

    Raises:
        UnreadableError: it is none, is nested more deeply than :data:`MOST_DEPTH`, or has numbers that are none.
    """
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except ValueError as error:
        raise UnreadableError(f"it is not JSON: {error}") from None
    _check_depth(data)
    return data


def _read(path: Path, most_bytes: int) -> bytes:
    """The bytes of a plain file; a pipe with nobody at its other end would be waited for without end."""
    if path.is_symlink():
        raise UnreadableError("it is a link, which may lead anywhere")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise UnreadableError("it is no plain file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > most_bytes:
            raise UnreadableError(f"it has {status.st_size:,} bytes, more than {most_bytes:,}")
        return file.read(most_bytes + 1)


def _unpacked(raw: bytes, most_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        content = unpacking.decompress(raw, most_bytes + 1)
    except zlib.error as error:
        raise UnreadableError(f"it is no gzip file: {error}") from None
    if len(content) > most_bytes:
        raise UnreadableError(f"it unpacks to more than {most_bytes:,} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableError("it is no whole gzip file")
    return content


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(MOST_DEPTH):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise UnreadableError("it is nested too deeply")


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
