"""Files that are written whole or not at all: a reader, or a crash, never meets half of one."""

import contextlib
import os
import re
from pathlib import Path

from machine.errors import UserError
from search.files import system

_LEFTOVER = re.compile(r"\..+-[a-z0-9_]{8}")
"""Names of files that have not got their own yet."""


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of another beside it, which is synced, then takes its name; that is synced, too.

    Raises:
        UserError: it cannot be written: a full disk, say.
    """
    try:
        temporary = _written(path.parent, f".{path.name}-", content)
        try:
            system.rename(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                system.remove(temporary)
            raise
        system.sync_folder(path.parent)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None


def try_writing(folder: Path) -> None:
    """Write a file of some size in a folder, and remove it.

    Raises:
        OSError: that fails.
    """
    system.remove(_written(folder, ".probe-", b"\0" * 4096))


def clear_leftovers(folder: Path) -> None:
    """Remove what writers that were killed have left; nobody else writes in the folder meanwhile.

    Raises:
        OSError: something cannot be removed.
    """
    for path in folder.iterdir():
        if _LEFTOVER.fullmatch(path.name) and path.is_file():
            system.remove(path)


def _written(folder: Path, prefix: str, content: bytes) -> Path:
    """A new file of that content, synced."""
    handle, path = system.new_file(folder, prefix)
    try:
        with os.fdopen(handle, "wb") as file:
            system.write(file, content)
            system.sync(file)
        path.chmod(0o644)
    except BaseException:
        with contextlib.suppress(OSError):
            system.remove(path)
        raise
    return path
