"""Reads files of others: never more than a limit, in the file or unpacked, and never from what is no file."""

import os
import stat
import zlib
from pathlib import Path


class UnreadableError(ValueError):
    """What a file holds cannot be taken, or there is too much of it; the message says why, without the file's name."""


def read_plain(path: Path, most_bytes: int, *, may_be_link: bool = False) -> bytes:
    """The bytes of a plain file; a pipe with nobody at its other end would be waited for without end.

    Raises:
        UnreadableError: it is no plain file, a link that may not be one, or has more than ``most_bytes``.
        OSError: it cannot be opened or read.
    """
    if path.is_symlink() and not may_be_link:
        raise UnreadableError("it is a link, which may lead anywhere")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if may_be_link else os.O_NOFOLLOW))
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise UnreadableError("it is no plain file")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > most_bytes:
            raise UnreadableError(f"it has {status.st_size:,} bytes, more than {most_bytes:,}")
        return file.read(most_bytes + 1)


def unpacked(raw: bytes, most_bytes: int) -> bytes:
    """What a gzip file holds.

    Raises:
        UnreadableError: it is none, or holds more than ``most_bytes``.
    """
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
