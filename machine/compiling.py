"""The one way in which functions are compiled: numba, cached on disk, with their types kept for the type checker."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core.registry import cpu_target
from numba.extending import register_jitable

from machine.compiled_cache import SourcesCache

INT64: Any = np.int64
"""For compiled code: a number of the one width that keeps numba from compiling a function once more for plain 0."""

_njit: Any = njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile ``function`` on first call; later processes load it from the disk cache."""
    return _cached(function, _njit(function))


def compiled_lean(function: Function) -> Function:
    """Compile ``function`` without reference counting: for hot functions that take tuples of arrays.

    Each use of a tuple's array otherwise costs two atomic updates
    (measured: a list schedule of 0.127 s took 0.008 s without).
    Such a function cannot allocate.
    """
    return _cached(function, _njit(forceinline=True, _nrt=False)(function))


def compilable(function: Function) -> Function:
    """Let compiled functions call ``function``, which stays a plain function of Python."""
    return register_jitable(forceinline=True)(function)


def load_numba() -> None:
    """Load what numba otherwise loads when a compiled function is first called: that takes it a sixth of a second."""
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def _cached(function: Function, dispatcher: Any) -> Function:
    dispatcher._cache = SourcesCache(function)  # what enable_caching() does, with numba's own kind of cache
    return cast(Function, dispatcher)
