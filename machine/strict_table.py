"""Tables of a user's TOML file, read strictly: what is wrong is said in one line that names the file and the key."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar

from machine.errors import UserError
from machine.limits import MOST_NAME, MOST_TEXT
from machine.nearest import did_you_mean


class Required(Enum):
    """Stands where a default would, for a key that must be there."""

    KEY = "key"


Default = TypeVar("Default")
Member = TypeVar("Member", bound=Enum)
REQUIRED = Required.KEY

_MOST_AMOUNT = 1e9
"""More hours, seconds or GiB can only be a slip."""

AMOUNT = f"a number above 0 and at most {_MOST_AMOUNT:g}"
"""What :func:`is_amount` accepts, in words."""

_MOST_SHOWN = 40
"""Characters of a wrong value that an error quotes."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class StrictTable:
    """A table of a file, where it stands there, and the keys that it may have.

    Every reader of a key gives ``default`` where the file leaves the key out, and raises ``UserError`` where the key is
    required and left out, or its value of a wrong type, out of range or too long.

    Args:
        value: what should be a table.
        origin: what errors call the file.
        path: the keys, and positions in lists, that lead to the table.
        known: the keys that it may have; any, unless given.

    Raises:
        UserError: it is no table, or has a key that is not known.
    """

    def __init__(self, value: object, origin: str, path: tuple[str | int, ...] = (), known: Sequence[str] = ()) -> None:
        self._origin = origin
        self._path = path
        if not isinstance(value, Mapping):
            raise self.error(f"must be a table, not {shown(value)}")
        self._values: Mapping[str, Any] = value
        for key in value if known else ():
            if key not in known:
                hint = did_you_mean(key, known) or f": use {', '.join(known)}"
                raise self.error(f"unknown key{hint}", key)

    def error(self, problem: str, *path: str | int) -> UserError:
        """An error that names the file and the key below this table; to be raised."""
        where = _joined((*self._path, *path))
        return UserError(f"{self._origin}: {where}{': ' if where else ''}{problem}")

    @contextmanager
    def about(self, *path: str | int, note: str = "") -> Iterator[None]:
        """Errors raised within are told with file and key, and a note before them."""
        try:
            yield
        except UserError as error:
            raise self.error(f"{note}{error}", *path) from None

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __getitem__(self, key: str) -> Any:
        """What the file has there, unchecked."""
        return self._values[key]

    def table(
        self, key: str, known: Sequence[str] = (), default: Mapping[str, Any] | Required = REQUIRED
    ) -> "StrictTable":
        """A table within this one."""
        return StrictTable(self._found(key, default), self._origin, (*self._path, key), known)

    def tables(
        self, key: str, known: Sequence[str], most: int, default: Sequence[Any] | Required = REQUIRED
    ) -> list["StrictTable"]:
        """A list of one table or more, each with the same known keys."""
        items = enumerate(self._list(key, "a list of tables", most, default))
        return [StrictTable(item, self._origin, (*self._path, key, position), known) for position, item in items]

    def dotted(self, key: str, default: Mapping[str, Any] | Required = REQUIRED) -> "StrictTable":
        """A table of names that may have dots.

        TOML makes tables of ``a.b = 1`` where ``"a.b" = 1`` is meant; both are read as the name ``a.b``.
        """
        table = self.table(key, default=default)
        try:
            names = dict(_flat(table._values))
        except RecursionError:
            raise self.error("is nested too deeply", key) from None
        return StrictTable(names, self._origin, (*self._path, key))

    def integer(self, key: str, least: int, most: int, default: Default | Required = REQUIRED) -> int | Default:
        """A whole number within limits; ``true`` is none."""
        wanted = f"a whole number from {least:,} to {most:,}"
        found: int | Default = self._read(key, default, wanted, lambda value: is_integer(value, least, most))
        return found

    def number(self, key: str, least: float, most: float, default: Default | Required = REQUIRED) -> float | Default:
        """A number within limits."""
        wanted = f"a number from {least:g} to {most:g}"
        found: float | Default = self._read(
            key, default, wanted, lambda value: type(value) in (int, float) and least <= value <= most
        )
        return found

    def positive(self, key: str, default: Default | Required = REQUIRED) -> float | Default:
        """A number above 0, and not beyond all measure."""
        found: float | Default = self._read(key, default, AMOUNT, is_amount)
        return found

    def boolean(self, key: str, default: Default | Required = REQUIRED) -> bool | Default:
        """``true`` or ``false``."""
        found: bool | Default = self._read(key, default, "true or false", lambda value: type(value) is bool)
        return found

    def member(self, key: str, default: Member) -> Member:
        """A member of the default's enum, which the file names by its value."""
        members = {str(member.value): member for member in type(default)}
        wanted = f"one of {', '.join(members)}"
        return members[self._read(key, default.value, wanted, lambda value: type(value) is str and value in members)]

    def text(self, key: str, most: int = MOST_TEXT, default: Default | Required = REQUIRED) -> str | Default:
        """A text of one line, with something in it."""
        found: str | Default = self._read(key, default, "a text in quotes", _is_text)
        if isinstance(found, str) and key in self:
            self._check_line(found, most, key)
        return found

    def paragraph(self, key: str, most: int = MOST_TEXT, default: str | Required = REQUIRED) -> str:
        """A text that the file may break into lines; line breaks become spaces."""
        found = " ".join(self._read(key, default, "a text in quotes", _is_text).split())
        if key in self:
            self._check_line(found, most, key)
        return found

    def name(self, key: str, default: str | Required = REQUIRED) -> str:
        """A text that can be part of a file's name; the default is checked as well."""
        found: str = self.text(key, MOST_NAME, default)
        if not _FILE_NAME.fullmatch(found):
            wanted = "letters and digits, or '-', '_', '.' after the first"
            raise self.error(f"must be of {wanted}, not {shown(found)}", key)
        return found

    def texts(self, key: str, most: int, default: Sequence[str] | Required = REQUIRED) -> list[str]:
        """A list of one text or more that are all different; what an empty one means, its user says."""
        found: list[str] = self._list(key, "a list", most, default)
        for position, item in enumerate(found):
            if not _is_text(item):
                raise self.error(f"must be a text in quotes, not {shown(item)}", key, position)
            if item:
                self._check_line(item, MOST_TEXT, key, position)
            if item in found[:position]:
                raise self.error(f"{shown(item)} is listed twice", key, position)
        return found

    def _list(self, key: str, wanted: str, most: int, default: Sequence[Any] | Required) -> list[Any]:
        found = self._read(key, default, wanted, lambda value: isinstance(value, list))
        if key in self and not 1 <= len(found) <= most:
            raise self.error(f"must have 1 to {most:,} items, not {len(found):,}", key)
        return list(found)

    def _check_line(self, text: str, most: int, *path: str | int) -> None:
        if not text.strip() or len(text) > most:
            raise self.error(f"must have 1 to {most:,} characters, not {len(text.strip()):,}", *path)
        if not text.isprintable():
            raise self.error(f"must be printable text on one line, not {shown(text)}", *path)

    def _found(self, key: str, default: object) -> Any:
        if key not in self and default is REQUIRED:
            raise self.error(f"missing key '{key}'")
        return self._values.get(key, default)

    def _read(self, key: str, default: object, wanted: str, accepts: Callable[[Any], bool]) -> Any:
        value = self._found(key, default)
        if key in self and not accepts(value):
            raise self.error(f"must be {wanted}, not {shown(value)}", key)
        return value


def is_integer(value: object, least: int, most: int) -> bool:
    """Whether a value from a file is a whole number within limits; true and 3.0 are none."""
    return type(value) is int and least <= value <= most


def is_amount(value: object) -> bool:
    """Whether a value is a number of hours, seconds or GiB that can be meant."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MOST_AMOUNT


def shown(value: object) -> str:
    """A value as a TOML file would have it, cut to one short line."""
    try:
        text = json.dumps(value, ensure_ascii=True, default=str)
    except (ValueError, RecursionError):  # a number or a nesting beyond what can be printed
        text = f"a {type(value).__name__}"
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def _joined(path: Iterable[str | int]) -> str:
    """A path as TOML writes dotted keys, with positions in lists from 0: ``engines.alu.opcodes[2]``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
            continue
        bare = key if _BARE_KEY.fullmatch(key) else shown(key)
        text += f".{bare}" if text else bare
    return text


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from ((f"{name}.{rest}", item) for rest, item in _flat(value))
        else:
            yield name, value
