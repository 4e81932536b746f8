"""Runs calls on a Ray cluster.

Each of Ray's workers has one worker process of ours, which does the work: so crashes, time and memory limits mean here
what they mean on this machine, and all that Ray itself can report is that a node or a worker was lost.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import ray
from ray.exceptions import RayError, RayTaskError

from machine.errors import UserError
from search.files import system
from search.processes.isolate import Ending, Isolated, unpack
from search.sweep.executors.executor import Call, Ended, Limits, available_processors
from search.sweep.executors.ray_head import RayHead, why_unreachable
from search.sweep.executors.worker_process import Reply, WorkerProcess, pack_call

_AHEAD = 2
"""Tasks given to Ray beyond those that run, so that a processor need not wait for us."""

_MOST_LOSSES = 5
"""After which a call is given up; they mean lost nodes, or a call that brings its node down."""

_LOCAL = "local"
_AUTHENTICATION = "RAY_AUTH_MODE"
_CANCEL_SECONDS = 5.0
_CAPACITY_SECONDS = 1.0
_OBJECT_STORE_BYTES = 128 << 20


@dataclass(frozen=True)
class _Task:
    number: int
    payload: bytes
    losses: int = 0


class RayExecutor:
    """An executor that runs calls as tasks of Ray, spread over the cluster.

    It uses the Ray that this process is connected to; else the one at ``address``; else that of ``RAY_ADDRESS``;
    else it starts one on this machine, which ends with it.

    Args:
        limits: of each call; Ray reserves the processors, not the memory, which is a limit and not what a call needs.
        address: of the cluster.
        workers: calls that run at once at most; ``None`` for as many as the cluster has processors for.
    """

    def __init__(self, limits: Limits, address: str | None, workers: int | None) -> None:
        self._limits = limits
        self._address = address
        self._workers = workers
        self._queue: deque[_Task] = deque()
        self._sent: dict[ray.ObjectRef[Reply], _Task] = {}
        self._slots = 1
        self._slots_known = -_CAPACITY_SECONDS
        self._head: RayHead | None = None
        self._is_ours = False
        self._task: Any = ray.remote(num_cpus=limits.cpus, max_retries=0, scheduling_strategy="SPREAD")(_serve_call)

    def __enter__(self) -> Self:
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            workers = self._workers or max(1, available_processors() // self._limits.cpus)
            _connect(self._address, workers * self._limits.cpus)
        self._head = RayHead(ray.get_runtime_context().gcs_address)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.cancel()
        finally:
            if self._is_ours:
                with suppress(UserError):  # it ends with this process
                    _asked(ray.shutdown)

    @property
    def capacity(self) -> int:
        now = time.monotonic()
        if now - self._slots_known >= _CAPACITY_SECONDS and self._head is not None and self._head.is_there():
            self._slots, self._slots_known = _slots(self._limits.cpus), now
        return max(1, self._slots if self._workers is None else min(self._slots, self._workers))

    def submit(self, call: Call) -> None:
        self._queue.append(_Task(call.number, pack_call(call.function, call.argument)))

    def wait(self, seconds: float) -> list[Ended]:
        until = time.monotonic() + seconds
        while True:
            self._hand_out()
            left = max(0.0, until - time.monotonic())
            if self._sent:
                _asked(ray.wait, list(self._sent), num_returns=1, timeout=left)
            else:
                time.sleep(left)
            ended = self._collect()
            if ended or time.monotonic() >= until:
                self._hand_out()
                return ended

    def cancel(self) -> None:
        self._queue.clear()
        running = list(self._sent)
        self._sent.clear()
        if self._is_ours:
            # Leaving Ray kills them; `ray.cancel` of a task that ends meanwhile may abort this process.
            return
        for force in (False, True):
            for ref in running:
                with suppress(UserError):  # what a Ray that is gone has run is gone, too
                    _asked(ray.cancel, ref, force=force)
            if running:
                with suppress(UserError):
                    _, running = _asked(ray.wait, running, num_returns=len(running), timeout=_CANCEL_SECONDS)

    def _hand_out(self) -> None:
        capacity = self.capacity
        ahead = _AHEAD if capacity == self._slots else 0  # where Ray has more, it would run them
        while self._queue and len(self._sent) < capacity + ahead:
            task = self._queue.popleft()
            self._sent[_asked(self._task.remote, self._limits, task.payload)] = task

    def _collect(self) -> list[Ended]:
        """Take in all tasks that are over; those that were lost go back to the queue."""
        if not self._sent:
            return []
        ready, _ = _asked(ray.wait, list(self._sent), num_returns=len(self._sent), timeout=0)
        found = [self._taken_in(ref) for ref in ready]
        return [ended for ended in found if ended is not None]

    def _taken_in(self, ref: "ray.ObjectRef[Reply]") -> Ended | None:
        task = self._sent.pop(ref)
        try:
            reply = system.ask_ray(ray.get, ref)
        except RayTaskError as error:
            return _crashed(task, f"the worker on its node failed: {error.cause!r}")
        except RayError as error:
            lost = replace(task, losses=task.losses + 1)
            if lost.losses >= _MOST_LOSSES:
                return _crashed(task, f"lost {lost.losses} times, at last: {error}")
            self._queue.appendleft(lost)
            return None
        except (OSError, RuntimeError) as error:
            raise _failed(error) from None
        return Ended(task.number, unpack(reply.packed), reply.seconds)


def _asked(asking: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What a function of Ray gives.

    Raises:
        UserError: Ray is no longer there, or not in order.
    """
    try:
        return system.ask_ray(asking, *arguments, **options)
    except (RayError, OSError, RuntimeError) as error:
        raise _failed(error) from None


def _failed(error: Exception) -> UserError:
    why = " ".join(str(error).split())
    return UserError(f"Ray has failed ({type(error).__name__}: {why}): --resume goes on from here")


def _serve_call(limits: Limits, payload: bytes) -> Reply:
    """The task."""
    return _worker_process(limits).call(payload)


@lru_cache(maxsize=1)
def _worker_process(limits: Limits) -> WorkerProcess:
    """The worker process of this worker of Ray's, kept from one task to the next."""
    return WorkerProcess(limits)


def _crashed(task: _Task, why: str) -> Ended:
    return Ended(task.number, Isolated(Ending.CRASHED, None, " ".join(why.split())), 0.0)


def _slots(cpus: int) -> int:
    """How many tasks with so many processors the nodes that are alive can run at once."""
    nodes: list[dict[str, Any]] = _asked(ray.nodes)
    return sum(int(node["Resources"].get("CPU", 0) // cpus) for node in nodes if node["Alive"])


def _connect(address: str | None, processors: int) -> None:
    """Connect to a running Ray, or start one with so many processors on this machine.

    Raises:
        UserError: there is no such Ray, or it does not let us in.
    """
    address = address or os.environ.get("RAY_ADDRESS") or _LOCAL
    local: dict[str, Any] = {"num_cpus": processors, "object_store_memory": _OBJECT_STORE_BYTES}
    try:
        _check_listens(address)
        system.ask_ray(
            ray.init,
            address,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **local if address == _LOCAL else {},
        )
    except (OSError, RuntimeError, ValueError, RayError) as error:
        hint = "" if _AUTHENTICATION in os.environ else f"; if it was started with a token, set {_AUTHENTICATION}=token"
        raise UserError(f"cannot use Ray at '{address}': {error}{hint}") from None


def _check_listens(address: str) -> None:
    """Refuse ``host:port`` where nobody listens: Ray itself would try for minutes.

    Raises:
        UserError: that is so.
    """
    found = urlsplit(address if "://" in address else f"//{address}")
    if found.hostname and found.port and (why := why_unreachable(found.hostname, found.port)):
        raise UserError(f"no Ray at '{address}' ({why}): start one there with `ray start --head`")
