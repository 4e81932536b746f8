"""Tables of a user's file, read strictly: a key that is not known, of its type and within its limits is an error."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from machine.errors import UserError
from machine.nearest import did_you_mean

MOST_SHOWN = 40
"""Characters of a wrong value that an error quotes."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Fields:
    """A table, the keys that it may have, and where it stands.

    Args:
        value: what should be a table.
        origin: what errors call the file.
        path: the keys that lead to the table.
        known: the keys that it may have; any, unless given.

    Raises:
        UserError: it is no table, or has a key that is not known.
    """

    def __init__(self, value: object, origin: str, path: tuple[str, ...] = (), known: Iterable[str] = ()) -> None:
        self._origin = origin
        self._path = path
        self._known = tuple(known)
        if not isinstance(value, Mapping):
            raise self.error(f"must be a table, not {shown(value)}")
        self._values = value
        for key in value if self._known else ():
            if key not in self._known:
                raise self.error(f"unknown key{did_you_mean(key, self._known)}", key)

    def error(self, problem: str, *path: str | int) -> UserError:
        """An error that names the file and the key below this table."""
        where = _joined((*self._path, *path))
        return UserError(f"machine model {self._origin}: {where}{': ' if where else ''}{problem}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def table(self, key: str, known: Iterable[str] = ()) -> "Fields":
        """The table of that key; an empty one where it is left out."""
        return Fields(self._values.get(key, {}), self._origin, (*self._path, key), known)

    def required(self, *keys: str) -> None:
        """Demand that these keys are there.

        Raises:
            UserError: one is not.
        """
        for key in keys:
            if key not in self._values:
                raise self.error(f"missing key '{key}'")

    def integer(self, key: str, least: int, most: int) -> int:
        """A whole number within limits."""
        value = self._values[key]
        if type(value) is not int or not least <= value <= most:
            raise self.error(f"must be a whole number from {least:,} to {most:,}, not {shown(value)}", key)
        return value

    def boolean(self, key: str) -> bool | None:
        """``true`` or ``false``; ``None`` where it is left out."""
        value = self._values.get(key)
        if value is not None and type(value) is not bool:
            raise self.error(f"must be true or false, not {shown(value)}", key)
        return value

    def text(self, key: str, most: int, *, joined: bool = False) -> str:
        """A text with something in it, of one line; where it may be ``joined``, line breaks become spaces."""
        value = self._values[key]
        if not isinstance(value, str):
            raise self.error(f"must be a text in quotes, not {shown(value)}", key)
        text = " ".join(value.split()) if joined else value
        if not text.strip() or len(text) > most:
            raise self.error(f"must have 1 to {most:,} characters, not {len(text.strip()):,}", key)
        if not text.isprintable():
            raise self.error(f"must be printable text on one line, not {shown(value)}", key)
        return text

    def texts(self, key: str, most: int) -> list[str]:
        """A list of texts that are all different, at least one."""
        value = self._values[key]
        if not isinstance(value, list):
            raise self.error(f"must be a list, not {shown(value)}", key)
        if not 1 <= len(value) <= most:
            raise self.error(f"must have 1 to {most} items, not {len(value)}", key)
        for position, item in enumerate(value):
            if not isinstance(item, str):
                raise self.error(f"must be a text in quotes, not {shown(item)}", key, position)
            if item in value[:position]:
                raise self.error(f"{shown(item)} is listed twice", key, position)
        return value


def shown(value: Any) -> str:
    """A value as a TOML file would have it, cut to one short line."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=str)
    except (ValueError, RecursionError):  # a number or a nesting beyond what can be printed
        text = f"a {type(value).__name__}"
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def _joined(path: tuple[str | int, ...]) -> str:
    """A path as TOML writes dotted keys: ``engines.alu.opcodes[2]``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
            continue
        bare = key if _BARE_KEY.fullmatch(key) else shown(key)
        text += f".{bare}" if text else bare
    return text
