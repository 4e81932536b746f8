"""Files that are written whole or not at all: a reader, or a crash, never meets half of one."""

import contextlib
import os
import tempfile
from pathlib import Path

from machine.errors import UserError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by way of another beside it, which is synced, then takes its name.

    Raises:
        UserError: it cannot be written: a full disk, say.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
