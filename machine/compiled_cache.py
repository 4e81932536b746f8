"""Where compiled functions are cached: in a folder for each version of the sources that they were compiled from.

Numba itself looks only at the file that a function stands in.  It does not see that a compiled function in another file
has changed which this one calls, and cannot load what another version of a named tuple has left in the cache.  So the
folder's name is a digest of the function's module and of every module that it imports, directly or not, within its own
top-level package and this one.

A cache is no more than saved time: what cannot be read is compiled again, and where there is no folder that is ours
alone, a fresh one serves this process.  (Cached functions are loaded by ``pickle``, which runs what it is given.)
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator

_IMPORT = re.compile(r"(?:^|[:;])[ \t]*(?:from\s+([\w.]+)\s+)?import\s*(\((?:[^)#]|#.*+)*+\)|\s[^;#\n]*)", re.MULTILINE)
"""An import statement, wherever one may stand: its module, if it is ``from`` one, and what it names there."""

_COMMENT, _NAME = re.compile(r"#.*"), re.compile(r"([\w.]+)(?:\s+as\s+\w+)?")


class _SourcesLocator(UserProvidedCacheLocator):
    """The cache folder of a function's sources."""

    def __init__(self, function: Callable[..., object], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(cache_folder() / sources_digest(Path(file), function.__module__))

    @classmethod
    def from_function(cls, function: Callable[..., object], file: str) -> "_SourcesLocator":
        return cls(function, file)


class _SourcesCacheImpl(CompileResultCacheImpl):
    _locator_classes = [_SourcesLocator]  # noqa: RUF012  (numba's)


class SourcesCache(FunctionCache):
    """Numba's cache of one function, in a folder for its sources; a damaged file there counts as none."""

    _impl_class = _SourcesCacheImpl

    def load_overload(self, signature: object, target: object) -> Any:
        try:
            return super().load_overload(signature, target)
        except Exception:  # damaged files make pickle raise anything at all
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: object, compiled: object) -> None:
        with suppress(OSError):  # a full disk, or a folder that is gone
            super().save_overload(signature, compiled)


def is_cached(function: Any) -> bool:
    """Whether a compiled function of these sources is in the cache, for arguments of whatever types."""
    return any(Path(function._cache.cache_path).glob(f"*.{function.__name__}-*.nbi"))


@cache
def sources_digest(file: Path, module: str) -> str:
    """A digest of a module's source and of all that it imports within its own package and this one.

    Args:
        file: the module's source.
        module: its dotted name.
    """
    own, ours = module.partition(".")[0], __name__.partition(".")[0]
    roots = {own: _package_root(file, module), ours: _package_root(Path(__file__), __name__)}
    found: set[Path] = set()
    left = [file, Path(__file__)]
    while left:
        source = left.pop()
        if source not in found:
            found.add(source)
            for name in _imported_in(source):
                root = roots.get(name.partition(".")[0])
                left += _module_files(root, name) if root else ()
    digest = hashlib.sha256()
    for source in sorted(found):
        content = _content(source)
        digest.update(f"{source}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _package_root(file: Path, module: str) -> Path | None:
    """The folder that a module's top-level package is in; ``None`` if the module is in no package."""
    depth = module.count(".")
    return file.parents[depth] if depth else None


@cache
def _content(source: Path) -> bytes:
    return source.read_bytes()


@cache
def _imported_in(source: Path) -> tuple[str, ...]:
    return tuple(imported_names(_content(source).decode(errors="replace")))


def imported_names(text: str) -> Iterator[str]:
    """Dotted names of what a source imports, at its top or in functions; some name things in modules, not modules.

    Found by their look, for Python's parser took a tenth of the time in which a command starts.  What only looks like
    an import, in a string say, is found, too.
    """
    for module, imported in _IMPORT.findall(text.replace("\\\n", " ")):
        if module:
            yield module
        for name in _NAME.findall(_COMMENT.sub("", imported)):
            yield f"{module}.{name}" if module else name


@cache
def _module_files(root: Path, name: str) -> tuple[Path, ...]:
    path = root.joinpath(*name.split("."))
    return tuple(file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file())


@cache
def cache_folder() -> Path:
    """A folder for what takes time to make again, which we can write, and nobody else."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    given = os.environ.get("NUMBA_CACHE_DIR")
    for place in (lambda: Path(given or home) / "slotsmith", _shared_folder):
        with suppress(OSError):
            folder = place()
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            if is_ours(folder):
                return folder
    return Path(tempfile.mkdtemp(prefix="slotsmith-"))


def _shared_folder() -> Path:
    """A folder among others' temporary files; there may be none (``OSError``)."""
    return Path(tempfile.gettempdir()) / f"slotsmith-{os.getuid()}"


def is_ours(folder: Path) -> bool:
    """Whether a folder is no link, belongs to us, and can be written by us alone."""
    status = folder.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & others
    return mine and os.access(folder, os.W_OK | os.X_OK)
