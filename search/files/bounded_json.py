"""Reads JSON from files of others: never more than a limit, in memory or in depth, and never from what is no file."""

import json
from pathlib import Path
from typing import Any

from machine.plain_file import UnreadableError, read_plain, unpacked

MOST_DEPTH = 64
_NESTED = (dict, list)


def read_bounded(path: Path, most_bytes: int) -> Any:
    """The JSON in a file, which is unpacked if its name ends in ``.gz``.

    Raises:
        UnreadableError: it is no plain file, holds more than ``most_bytes`` (unpacked), or no JSON.
        OSError: it cannot be opened or read.
    """
    raw = read_plain(path, most_bytes)
    return parse(unpacked(raw, most_bytes) if path.suffix == ".gz" else raw)


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


def _check_depth(data: Any) -> None:
    level = [data] if type(data) in _NESTED else []
    for _ in range(MOST_DEPTH):
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if type(item) in _NESTED
        ]
        if not level:
            return
    raise UnreadableError("it is nested too deeply")


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")
