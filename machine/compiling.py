"""The one way in which functions are compiled: numba, cached on disk, with their types kept for the type checker."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile ``function`` on first call; later processes load it from the disk cache."""
    return cast(Function, njit(cache=True)(function))
