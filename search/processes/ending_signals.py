"""What ends this program from outside: Ctrl-C, SIGTERM (a batch system's notice), SIGHUP (the terminal has gone).

The first of them is an interrupt: whoever searches keeps the best so far and winds up.  A second Ctrl-C ends at once,
whatever is being done; and so do the others, unless they come with the first, as they do when a terminal is closed.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from search.processes.lifeline import end_when_closed

Result = TypeVar("Result")

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_TOGETHER_SECONDS = 2.0
"""In which a SIGTERM or SIGHUP is taken for an echo of the first signal."""

_SWALLOWED_IN = ("_numba_unpickle", "__del__")
"""Functions out of which no exception comes: numba ignores it where it reads a constant, Python in finalizers."""

_AGAIN_SECONDS = 0.05
"""After which a signal that came in such a function is sent again."""

_SHOW_CURSOR = b"\x1b[?25h"

_has_come = threading.Event()
"""Whether the first of the signals has come; of the process, as its handlers are."""


@contextmanager
def ending_signals_interrupt() -> Iterator[None]:
    """In this block, in the main thread, each of the signals is a ``KeyboardInterrupt``; a second one ends at once.

    Signals that whoever started this program has it ignore (``nohup``) stay ignored.
    """
    heeded = [each for each in ENDING_SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    # One that was not set from Python is None, and cannot be put back: the default takes its place.
    before = {each: signal.getsignal(each) or signal.SIG_DFL for each in heeded}
    ends = _Ends(heeded)
    for each in heeded:
        signal.signal(each, ends.first)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        _has_come.clear()


def heed_signals() -> None:
    """Interrupt whoever goes on after a signal: compiled code may have dropped the exception without a word.

    For each turn of a loop that ends by an interrupt; whoever winds up does not call it.

    Raises:
        KeyboardInterrupt: one of the signals has come.
    """
    if _has_come.is_set():
        raise KeyboardInterrupt


class _Ends:
    """What the signals do."""

    def __init__(self, heeded: list[signal.Signals]) -> None:
        self._heeded = heeded
        self._first = 0.0

    def first(self, number: int, frame: FrameType | None) -> None:
        if _is_swallowed(frame):
            again = threading.Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        self._first = time.monotonic()
        _has_come.set()
        for each in self._heeded:
            # The kernel ends a process that is busy in compiled code, where Python would wait for its return.
            signal.signal(each, signal.SIG_DFL if each == signal.SIGINT else self._later)
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _SHOW_CURSOR)  # a live view that is killed cannot
        raise KeyboardInterrupt

    def _later(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._first > _TOGETHER_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _is_swallowed(frame: FrameType | None) -> bool:
    """Whether nobody would learn of an exception that is raised in ``frame``."""
    while frame is not None:
        if frame.f_code.co_name in _SWALLOWED_IN:
            return True
        frame = frame.f_back
    return False


@contextmanager
def ending_signals_held() -> Iterator[None]:
    """The signals wait: a process that is started meanwhile never gets them, not even before it could ignore them.

    Nor do the processes of Python's own that start with it, to which a terminal that is closed sends SIGHUP, too.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_signals_to(parent: Any) -> None:
    """In a worker: what ends the program is for its parent, which keeps the best; nobody else ends this process.

    But it does not outlive that one.

    Args:
        parent: as :func:`multiprocessing.parent_process` tells it.
    """
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    end_when_closed(parent.sentinel, os.getpid())


def once_more(action: Callable[[], Result]) -> tuple[Result, bool]:
    """What an action gives that may be begun again, and must not be lost; and whether an interrupt made it begin again.

    A second interrupt is not caught.
    """
    try:
        return action(), False
    except KeyboardInterrupt:
        return action(), True
