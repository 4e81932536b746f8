"""What a worker process does: serve calls one after another, and end when its parent does.

Linux only: the kernel tells how much memory is in use, and ends the process whose parent is gone.
"""

import faulthandler
import os
import pickle
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from search.processes.ending_signals import ENDING_SIGNALS
from search.processes.garbage import collect_rarely
from search.processes.isolate import Ending, Isolated, attempt, pack
from search.processes.lifeline import end_when_closed


def serve(calls_fd: int, outcomes_fd: int, lifeline_fd: int, memory_bytes: int) -> None:
    """Serve calls until there are no more.

    For each, the parent is sent the time at which it begins (of the monotonic clock, which all processes share), then
    its packed outcome, its seconds, and whether this process is of no further use.

    Args:
        calls_fd: pipe from which pickled pairs of a function and its argument are read.
        outcomes_fd: pipe to the parent.  The descriptor itself is never closed: when the parent reads the pipe's end,
            this process is no more.
        lifeline_fd: pipe whose other end is held by the parent alone.
        memory_bytes: of address space that a call may add.
    """
    collect_rarely()
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)  # the parent kills
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a night of crashes must not fill the disk
    faulthandler.enable()
    end_when_closed(lifeline_fd, -os.getpgrp())
    calls = Connection(calls_fd, writable=False)
    outcomes = Connection(os.dup(outcomes_fd), readable=False)
    usual: int | None = None
    while True:
        try:
            payload = calls.recv_bytes()
        except EOFError:
            return
        packed, seconds, ending = _serve_one(payload, outcomes, memory_bytes)
        resident = _memory_in_use().resident
        usual = usual or resident
        spent = ending is Ending.OUT_OF_MEMORY or resident > usual + memory_bytes
        outcomes.send((packed, seconds, spent))


def _serve_one(payload: bytes, outcomes: Connection, memory_bytes: int) -> tuple[bytes, float, Ending]:
    """Read a call, which may import much, say that it begins, and run it."""
    read = attempt(pickle.loads, (payload,))
    begun = time.monotonic()
    outcomes.send(begun)
    if read.value is None:
        return pack(read), 0.0, read.ending
    function, argument = read.value
    packed, ending = _run(function, argument, memory_bytes)
    return packed, time.monotonic() - begun, ending


def _run(function: Callable[[Any], Any], argument: object, memory_bytes: int) -> tuple[bytes, Ending]:
    try:
        with _limited_memory(memory_bytes):
            outcome = attempt(function, (argument,))
            return pack(outcome), outcome.ending
    except MemoryError:  # so little was left that it could not even be told; now the limit is lifted
        outcome = Isolated(Ending.OUT_OF_MEMORY, None, "memory limit reached")
        return pack(outcome), outcome.ending


@contextmanager
def _limited_memory(more_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    set_before = [limit for limit in before if limit != resource.RLIM_INFINITY]
    limit = min([_memory_in_use().address_space + more_bytes, *set_before])
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@dataclass(frozen=True)
class _Memory:
    """Bytes in use by this process."""

    address_space: int
    resident: int


def _memory_in_use() -> _Memory:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    size = resource.getpagesize()
    return _Memory(int(pages[0]) * size, int(pages[1]) * size)
