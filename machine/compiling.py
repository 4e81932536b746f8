"""The one way in which functions are compiled: numba, cached on disk, with their types kept for the type checker."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

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
