"""TOML files of users: what is no TOML, or would take without end to read, is told in one line with the place."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.plain_file import UnreadableError, read_plain

MOST_BYTES = 1 << 20
"""Of a file."""

MOST_PARTS = 64
"""Of a key with dots: what such a key takes to read grows with the square of its parts, or faster."""

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_PART}\.[ \t]*+){{{MOST_PARTS}}}")


def read_toml(path: Path, kind: str) -> dict[str, Any]:
    """The tables of a file; ``kind`` says in errors what the file should be.

    Raises:
        UserError: it cannot be read, is too large, or no TOML.
    """
    try:
        text = read_plain(path, MOST_BYTES, may_be_link=True).decode("utf-8")
    except OSError as error:
        raise UserError(f"cannot read {kind} {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"cannot read {kind} {path}: it is not UTF-8 text ({error.reason})") from None
    except UnreadableError as error:
        raise UserError(f"cannot read {kind} {path}: {error}") from None
    return parse_toml(text, f"{kind} {path}")


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """The tables of a file's text; ``origin`` says in errors where it comes from.

    Raises:
        UserError: it is no TOML.
    """
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UserError(f"{origin}: a key has more than {MOST_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{origin}: {error}") from None
    except ValueError:  # the only one: Python reads no integer of thousands of digits
        raise UserError(f"{origin}: a number has too many digits (at line {_line_with_most(text, r'[0-9]')})") from None
    except RecursionError:
        line = _line_with_most(text, r"[\[{]")
        raise UserError(f"{origin}: brackets are nested too deeply (at line {line})") from None


def format_text(text: str) -> str:
    """A text in quotes, as TOML spells it: as JSON does, which leaves one character that TOML takes for a control."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line_with_most(text: str, pattern: str) -> int:
    """The number of the line in which ``pattern`` is found most often."""
    lines = text.splitlines()
    return 1 + max(range(len(lines)), key=lambda number: len(re.findall(pattern, lines[number])))
