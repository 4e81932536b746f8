"""Runs calls in this process: for small sweeps, tests and debuggers."""

import time
from collections import deque
from types import TracebackType
from typing import Self

from search.processes.isolate import attempt
from search.sweep.executors.executor import Call, Ended


class InProcess:
    """An executor that runs one call in each :meth:`wait`.

    There are no limits: a call that hangs hangs the sweep, a crash ends it.
    """

    def __init__(self) -> None:
        self._queue: deque[Call] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cancel()

    @property
    def capacity(self) -> int:
        return 1

    def submit(self, call: Call) -> None:
        self._queue.append(call)

    def wait(self, seconds: float) -> list[Ended]:
        if not self._queue:
            time.sleep(seconds)
            return []
        call = self._queue.popleft()
        begun = time.monotonic()
        outcome = attempt(call.function, (call.argument,))
        return [Ended(call.number, outcome, time.monotonic() - begun)]

    def cancel(self) -> None:
        self._queue.clear()
