"""The one way in which functions are compiled: numba, cached on disk, with their types kept for the type checker.

The cache lies in a folder of its own for each version of the compiled sources.  Numba's default, beside the sources,
fails where those are read-only, and cannot load what another version of a class has left there.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import njit
from numba.extending import register_jitable

INT64: Any = np.int64
"""For compiled code: a number of the one width that keeps numba from compiling a function once more for plain 0."""

_lean_njit: Any = njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile ``function`` on first call; later processes load it from the disk cache."""
    return cast(Function, njit(cache=True)(function))


def compiled_lean(function: Function) -> Function:
    """Compile ``function`` without reference counting: for hot functions that take tuples of arrays.

    Each use of a tuple's array otherwise costs two atomic updates
    (measured: a list schedule of 0.127 s took 0.008 s without).
    Such a function cannot allocate.
    """
    return cast(Function, _lean_njit(cache=True, forceinline=True, _nrt=False)(function))


def compilable(function: Function) -> Function:
    """Let compiled functions call ``function``, which stays a plain function of Python."""
    return register_jitable(forceinline=True)(function)


def _cache_folder() -> Path:
    """A writable folder that no other version of the compiled sources uses."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for package in ("machine", "search"):
        for source in sorted((root / package).rglob("*.py")):
            text = source.read_bytes()
            if b"machine.compiling import" in text or source == Path(__file__):
                digest.update(str(source).encode() + text)
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    name = digest.hexdigest()[:16]
    for base in (Path(home) / "slotsmith", Path(tempfile.gettempdir()) / f"slotsmith-{os.getuid()}"):
        try:
            (base / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(base / name, os.W_OK):
            return base / name
    return Path(tempfile.mkdtemp(prefix="slotsmith-"))


if not os.environ.get("NUMBA_CACHE_DIR"):
    setattr(numba.config, "CACHE_DIR", str(_cache_folder()))  # noqa: B010  (numba declares no such name)
