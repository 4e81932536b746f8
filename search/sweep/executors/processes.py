"""Runs calls in worker processes on this machine."""

import time
from collections import deque
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from search.processes.isolate import Ending, Isolated, unpack
from search.sweep.executors.executor import Call, Ended, Limits
from search.sweep.executors.worker_process import WorkerProcess, pack_call


class Processes:
    """An executor with worker processes on this machine; a process is started when there is a first call for it."""

    def __init__(self, workers: int, limits: Limits) -> None:
        self._idle = [WorkerProcess(limits) for _ in range(workers)]
        self._running: dict[WorkerProcess, int] = {}
        self._queue: deque[tuple[int, bytes]] = deque()
        self._capacity = workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.cancel()

    @property
    def capacity(self) -> int:
        return self._capacity

    def submit(self, call: Call) -> None:
        self._queue.append((call.number, pack_call(call.function, call.argument)))

    def wait(self, seconds: float) -> list[Ended]:
        until = time.monotonic() + seconds
        while True:
            ended = self._collect() + self._hand_out()
            left = until - time.monotonic()
            if ended or left <= 0:
                return ended
            next_deadline = min((worker.deadline for worker in self._running), default=until)
            wait([worker.connection for worker in self._running], max(0.0, min(left, next_deadline - time.monotonic())))

    def cancel(self) -> None:
        self._queue.clear()
        self._idle += self._running
        self._running.clear()
        for worker in self._idle:
            worker.kill()
        for worker in self._idle:
            worker.close()

    def _collect(self) -> list[Ended]:
        ended = []
        for worker, number in list(self._running.items()):
            reply = worker.poll()
            if reply is not None:
                del self._running[worker]
                self._idle.append(worker)
                ended.append(Ended(number, unpack(reply.packed), reply.seconds))
        return ended

    def _hand_out(self) -> list[Ended]:
        """Give queued calls to idle processes; the result has the calls for which no process could be started."""
        ended = []
        while self._queue and self._idle:
            number, payload = self._queue.popleft()
            worker = self._idle.pop()
            try:
                worker.send(payload)
            except OSError as error:
                self._idle.append(worker)
                why = f"no process could be started: {error.strerror}"
                ended.append(Ended(number, Isolated(Ending.CRASHED, None, why), 0.0))
            else:
                self._running[worker] = number
        return ended
