"""Starts processes that do not run the caller's script again.

A started process imports the caller's main module, so that functions defined there can be called.  Ours are never
defined there; and a script that calls this library at its top level, with no ``if __name__ == "__main__"`` around it,
would run, and start processes, without end.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def main_module_hidden() -> Iterator[None]:
    """Processes started in this block know of no main module."""
    with _ONE_AT_A_TIME:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
