"""Python's collector of cyclic garbage, which has nothing to find where a graph is built."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """In this block the collector does not run.

    It runs whenever many objects have been made, and looks at all that there are; a graph has tens of thousands, none
    of them in a cycle.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
