"""The seam to what fails outside of this program: folders, writes, syncs, renames, starts of processes, calls of Ray.

Everything that is kept goes through here, and is called as an attribute of this module: so tests can put in the place
of each function one that fails, or ends the process, at its n-th use (as SQLite is tested).
"""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_CANNOT_SYNC_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}


def make_folder(path: Path) -> None:
    """Make a folder, and those it lies in, unless it is there; whoever can see it after a crash sees it whole."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)


def new_file(folder: Path, prefix: str) -> tuple[int, Path]:
    """Make an empty file of a name that nobody has; it is open for writing."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=prefix)
    return handle, Path(name)


def write(file: IO[bytes], content: bytes) -> None:
    """Write, and leave nothing in this process."""
    file.write(content)
    file.flush()


def sync(file: IO[bytes]) -> None:
    """Return once the file's content is on the disk."""
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Return once the names in a folder are on the disk, where its file system can tell."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise
    finally:
        os.close(handle)


def rename(path: Path, name: Path) -> None:
    """Give a file another name, in the place of whatever has it."""
    path.replace(name)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    path.unlink(missing_ok=True)


def start(starting: Callable[Arguments, Result], /, *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Call what starts a process."""
    return starting(*arguments, **options)


def ask_ray(asking: Callable[Arguments, Result], /, *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Call a function of Ray."""
    return asking(*arguments, **options)
