"""Python's collector of cyclic garbage, which has nothing to find where modules are loaded or a graph is built."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS, _YOUNG, _OLD = 50_000, 20, 50


def collect_rarely() -> None:
    """From now on the collector runs when many more objects have been made than Python waits for.

    Loading the modules of a search, it would otherwise run 300 times, a seventh of the time, and find nothing.
    """
    gc.set_threshold(_OBJECTS, _YOUNG, _OLD)


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
