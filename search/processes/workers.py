"""Where searches run their pieces: in this process, or in a pool of others."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import ParamSpec, Protocol, TypeVar

from machine.errors import UserError
from search.files import system
from search.processes.ending_signals import ending_signals_held, leave_signals_to
from search.processes.garbage import collect_rarely
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
        with ending_signals_held(), main_module_hidden():
            try:
                return system.start(self._pool.submit, function, *args, **kwargs)
            except OSError as error:
                raise UserError(f"cannot start a worker process: {error.strerror}; try fewer --workers") from None


@contextmanager
def open_runner(workers: int) -> Iterator[Runner]:
    """A runner with so many processes, ended when the block is left, or when this process is, however that ends.

    Args:
        workers: processes; 0 runs in this one.

    Raises:
        UserError: in the block, a worker has ended by itself.
    """
    if workers == 0:
        yield InProcess()
        return
    with ending_signals_held():
        pool = ProcessPoolExecutor(workers, mp_context=_WorkerContext(), initializer=_begin)
    try:
        yield Processes(pool, workers)
    except BrokenProcessPool:
        raise UserError(
            "a worker process was killed (is memory short? try fewer --workers); the best so far is on the leaderboard"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Worker(SpawnProcess):
    """A process of a pool; the pool ends those that are left when one has crashed by SIGTERM, which they ignore."""

    def terminate(self) -> None:
        self.kill()


class _WorkerContext(SpawnContext):
    Process = _Worker


def _begin() -> None:
    collect_rarely()
    leave_signals_to(multiprocessing.parent_process())
