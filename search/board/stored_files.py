"""Files of the leaderboard read back: whole, within limits, and each under the name that its content asks for."""

from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.plain_file import UnreadableError
from search.board.entry import Entry, entry_from_json
from search.files.bounded_json import read_bounded

_MOST_BYTES = 16 << 20
"""Of an entry, a decision or a program, unpacked: thirty times the largest."""


class DamagedError(UserError):
    """A file of the leaderboard is missing, or does not hold what it should."""


class MissingError(DamagedError):
    """A file of the leaderboard is not there; another process may have removed it."""


def load_entry(path: Path) -> Entry:
    """The entry in a file.

    Raises:
        MissingError: there is no such file.
        UserError: it holds no entry, or one of another id.
    """
    data = load_stored(path)
    try:
        entry = entry_from_json(data)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    if entry.id != path.stem:
        raise DamagedError(f"{path} holds another entry, {entry.id}: names of files are ids of entries")
    return entry


def load_stored(path: Path) -> Any:
    """The JSON in a file.

    Raises:
        MissingError: there is no such file.
        DamagedError: it holds none, or too much.
        UserError: it cannot be read.
    """
    try:
        return read_bounded(path, _MOST_BYTES)
    except UnreadableError as error:
        raise DamagedError(f"{path} is damaged: {error}") from None
    except FileNotFoundError as error:
        raise MissingError(f"cannot read {path}: {error.strerror}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from None
