"""Where searches run their pieces: in this process, or in a pool of others."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, Protocol, TypeVar

from search.processes.unguarded import main_module_hidden

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Runner(Protocol):
    """Calls module-level functions somewhere.

    Attributes:
        workers: processes; 0 for none but this one.
        threads: that a solver may use meanwhile.
    """

    workers: int
    threads: int

    def submit(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> "Future[Result]":
        """Start a call."""


class InProcess:
    """Calls at once, in this process."""

    workers = 0

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def submit(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> "Future[Result]":
        future: Future[Result] = Future()
        future.set_result(function(*args, **kwargs))
        return future


class Processes:
    """Calls in a pool of processes."""

    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        self._pool = pool
        self.workers = self.threads = workers

    def submit(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> "Future[Result]":
        with _interrupts_held(), main_module_hidden():
            return self._pool.submit(function, *args, **kwargs)


@contextmanager
def open_runner(workers: int) -> Iterator[Runner]:
    """A runner with so many processes, ended when the block is left; 0 runs in this process."""
    if workers == 0:
        yield InProcess()
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)
    try:
        yield Processes(pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C waits: a process that is started meanwhile never gets it, not even before it could ignore it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ignore_interrupts() -> None:
    """Ctrl-C is for the main process, which keeps the best and ends the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
