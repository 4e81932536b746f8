"""What data from files must look like: types, ranges and sizes, checked field by field before anything is made of it.

A *rule* is a function of a value and of its place ("effort.seed"), which raises :class:`SchemaError` unless the value
is as it should be.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from machine.strict_table import is_integer, shown

Rule = Callable[[Any, str], None]

MOST = 1 << 53
"""Integers up to here are the same number in every reader of JSON."""


class SchemaError(ValueError):
    """A value that is not as it should be; the message says where, what is wanted, and what is there."""

    def __init__(self, place: str, wanted: str, value: object) -> None:
        super().__init__(f"{place or 'it'} must be {wanted}, not {shown(value)}")


def integer(least: int = 0, most: int = MOST) -> Rule:
    """An integer in a range; true and 3.0 are none."""

    def check(value: Any, place: str) -> None:
        if not is_integer(value, least, most):
            raise SchemaError(place, f"an integer from {least:,} to {most:,}", value)

    return check


def number(least: float = 0.0, most: float = 1e12) -> Rule:
    """A number in a range."""

    def check(value: Any, place: str) -> None:
        if type(value) not in (int, float) or not least <= value <= most:
            raise SchemaError(place, f"a number from {least:g} to {most:g}", value)

    return check


def text(most: int = 1000, pattern: str = r".*") -> Rule:
    """A text of one line without control characters, so that it cannot steer a terminal."""
    compiled = re.compile(pattern)

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or len(value) > most or not value.isprintable() or not compiled.fullmatch(value):
            raise SchemaError(place, f"a printable text of at most {most} characters", value)

    return check


_INSTANT = text(40, r"[0-9T:+.Z-]{4,40}")


def instant(value: Any, place: str) -> None:
    """A date, or a date and a time of day, as ISO 8601 writes it; of UTC where it names no other."""
    _INSTANT(value, place)
    try:
        time = datetime.fromisoformat(value)
        (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)  # which the first and last days may lack
    except (ValueError, OverflowError):
        raise SchemaError(place, "a date and time such as 2026-01-31T12:00:00+00:00", value) from None


def boolean(value: Any, place: str) -> None:
    """True or false."""
    if type(value) is not bool:
        raise SchemaError(place, "true or false", value)


def choice(*texts: str) -> Rule:
    """One of some texts."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or value not in texts:
            raise SchemaError(place, f"one of {', '.join(texts)}", value)

    return check


def any_of(*rules: Rule) -> Rule:
    """A value that keeps one of some rules."""

    def check(value: Any, place: str) -> None:
        errors = []
        for rule in rules:
            try:
                rule(value, place)
            except SchemaError as error:
                errors.append(error)
            else:
                return
        raise errors[0]

    return check


def optional(rule: Rule) -> Rule:
    """Null, or a value that keeps the rule."""

    def check(value: Any, place: str) -> None:
        if value is not None:
            rule(value, place)

    return check


def list_of(rule: Rule, most: int = 1000) -> Rule:
    """A list of values that keep the rule."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise SchemaError(place, f"a list of at most {most}", value)
        for position, item in enumerate(value):
            rule(item, f"{place}[{position}]")

    return check


def row_of(*rules: Rule) -> Rule:
    """A list with one value for each rule, in their order."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or len(value) != len(rules):
            raise SchemaError(place, f"a list of {len(rules)}", value)
        for position, (rule, item) in enumerate(zip(rules, value, strict=True)):
            rule(item, f"{place}[{position}]")

    return check


def mapping(rule: Rule, most: int = 1000) -> Rule:
    """A table of whatever names, with values that keep the rule."""
    name_rule = text(200, r".+")

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict) or len(value) > most:
            raise SchemaError(place, f"a table of at most {most}", value)
        for name, item in value.items():
            name_rule(name, f"a name in {place}")
            rule(item, f"{place}.{name}")

    return check


def table(required: Mapping[str, Rule], others: Mapping[str, Rule] | None = None) -> Rule:
    """A table of these names, ``others`` may be left out; no more."""
    rules = {**required, **(others or {})}

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise SchemaError(place, "a table", value)
        for name in required:
            if name not in value:
                raise SchemaError(f"{place}.{name}" if place else name, "there", None)
        for name, item in value.items():
            inner = f"{place}.{name}" if place else str(name)
            if name not in rules:
                raise SchemaError(inner, f"left out: it is none of {', '.join(rules)}", item)
            rules[name](item, inner)

    return check


def where(name: str, rule: Rule, otherwise: Rule) -> Rule:
    """One rule for a table with that name, another for whatever else: tables of a former format have other names."""

    def check(value: Any, place: str) -> None:
        (rule if isinstance(value, dict) and name in value else otherwise)(value, place)

    return check


def anything(value: Any, place: str) -> None:
    """A rule that every value keeps."""
