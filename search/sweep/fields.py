"""Reads the tables of a TOML file field by field and checks every field; errors name file, table and field."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar

from machine.errors import UserError

Default = TypeVar("Default")
Member = TypeVar("Member", bound=Enum)

_MOST = 1e9
"""The largest number that is no integer: more hours, seconds or GiB can only be a slip."""

_INTEGERS = 2**63
"""Beyond all integers of TOML."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

_MOST_TEXT = 1000
_MOST_ITEMS = 10_000
"""Characters of a text, and items of a list."""

_SHOWN = 60
"""Characters of a wrong value that an error quotes."""


class Table:
    """A table of a file, and which of its fields have been asked for.

    Every reader gives ``default`` where the field is not in the file, and raises ``UserError`` where it is of a wrong
    type or out of range.

    Args:
        data: what the file has.
        origin: file and table, with which errors begin.
    """

    def __init__(self, data: Mapping[str, Any], origin: str) -> None:
        self._data = data
        self._origin = origin
        self._known: list[str] = []

    def error(self, message: str) -> UserError:
        """An error that tells where it comes from; to be raised."""
        return UserError(f"{self._origin}: {message}")

    @contextmanager
    def about(self, field: str) -> Iterator[None]:
        """Errors raised within are told with file, table and field."""
        try:
            yield
        except UserError as error:
            raise self.error(f"{field}: {error}") from None

    def has(self, name: str) -> bool:
        """Whether the file gives the field."""
        return name in self._data

    def require(self, *names: str) -> None:
        """Refuse a table that leaves one of these fields out."""
        for name in names:
            if name not in self._data:
                raise self.error(f"{name} is missing")

    def end(self) -> None:
        """Refuse fields that nothing has asked for."""
        for name in self._data:
            if name not in self._known:
                raise self.error(f"unknown key '{name}': use {', '.join(self._known)}")

    def integer(
        self, name: str, default: Default, least: int | None = None, most: int = _INTEGERS - 1
    ) -> int | Default:
        """An integer in a range."""
        wanted = "an integer" + ("" if least is None else f" of at least {least}")
        wanted += f" and at most {most:,}" if most < _INTEGERS - 1 else ""
        low = -_INTEGERS if least is None else least
        found: int | Default = self._take(
            name, default, wanted, lambda value: type(value) is int and low <= value <= most
        )
        return found

    def positive(self, name: str, default: Default) -> float | Default:
        """A number above 0, and not beyond all measure."""
        wanted = f"a number above 0 and at most {_MOST:g}"
        found: float | Default = self._take(
            name, default, wanted, lambda value: type(value) in (int, float) and 0 < value <= _MOST
        )
        return found

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        found: bool = self._take(name, default, "true or false", lambda value: type(value) is bool)
        return found

    def text(self, name: str, default: Default) -> str | Default:
        """A text that is not empty, of one line that steers no terminal."""
        found: str | Default = self._take(name, default, "a text", _is_text)
        return found

    def name(self, name: str, default: str) -> str:
        """A text that can be part of a file's name; the default is checked as well."""
        found = self.text(name, default)
        if not _NAME.fullmatch(found):
            wanted = "letters and digits, or '-', '_', '.' after the first"
            raise self.error(f"{name} must be of {wanted}, not {quoted(found)}")
        return found

    def texts(self, name: str, default: Sequence[str]) -> list[str]:
        """A list of one text or more."""
        found: Sequence[str] = self._take(
            name, default, "a list of texts", lambda value: _is_list(value, lambda item: item == "" or _is_text(item))
        )
        return list(found)

    def member(self, name: str, default: Member) -> Member:
        """A member of the default's enum, which the file names by its value."""
        members = {str(member.value): member for member in type(default)}
        wanted = f"one of {', '.join(members)}"
        chosen = self._take(name, default.value, wanted, lambda value: type(value) is str and value in members)
        return members[chosen]

    def table(self, name: str) -> "Table":
        """A table within this one, empty where the file has none."""
        return Table(self._take(name, {}, "a table", _is_table), f"{self._origin}: [{name}]")

    def tables(self, name: str) -> list["Table"]:
        """The tables of an array; no tables where the file has no such array."""
        found = self._take(name, [], "a list of tables", lambda value: _is_list(value, _is_table))
        return [Table(data, f"{self._origin}: [[{name}]] {number}") for number, data in enumerate(found, start=1)]

    def dotted(self, name: str) -> dict[str, Any]:
        """A table of names that may have dots.

        TOML makes tables of ``a.b = 1`` where ``"a.b" = 1`` is meant; both are read as the name ``a.b``.
        """
        return dict(_flat(self._take(name, {}, "a table", _is_table)))

    def numbers(self) -> dict[str, float]:
        """All fields of the table, numbers above 0, in the order of the file."""
        return {name: float(self.positive(name, 1.0)) for name in self._data}

    def integers(self, name: str, least: int) -> dict[str, int]:
        """A table of integers by dotted name."""
        found = self.dotted(name)
        fields = Table(found, f"{self._origin}: [{name}]")
        return {key: fields.integer(key, least, least) for key in found}

    def _take(self, name: str, default: Any, wanted: str, accepts: Callable[[Any], bool]) -> Any:
        self._known.append(name)
        if name not in self._data:
            return default
        value = self._data[name]
        if not accepts(value):
            raise self.error(f"{name} must be {wanted}, not {quoted(value)}")
        return value


def quoted(value: object) -> str:
    """A value as errors show it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_TEXT and value.isprintable()


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_list(value: Any, accepts: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST_ITEMS and all(map(accepts, value))


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from ((f"{name}.{rest}", item) for rest, item in _flat(value))
        else:
            yield name, value
