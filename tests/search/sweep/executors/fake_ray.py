"""A Ray of one process, in which a task runs when its result is asked for: for sweeps whose calls of Ray fail."""

import pickle
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from search.processes.isolate import attempt, pack
from search.sweep.executors import ray_executor
from search.sweep.executors.executor import Limits
from search.sweep.executors.worker_process import Reply

_PROCESSORS = 2


class FakeRay:
    """What the executor uses of the module ``ray``; a reference to a result is the task itself."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._running = False

    def get_runtime_context(self) -> SimpleNamespace:
        return SimpleNamespace(gcs_address=self._address)

    def is_initialized(self) -> bool:
        return self._running

    def init(self, address: str, **options: Any) -> None:
        self._running = True

    def shutdown(self) -> None:
        self._running = False

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": float(_PROCESSORS)}}]

    def remote(self, **options: Any) -> Callable[[object], Any]:
        return lambda function: _Task

    def wait(self, refs: list["_Task"], num_returns: int, timeout: float) -> tuple[list["_Task"], Sequence["_Task"]]:
        return refs[: max(1, num_returns // 2)], refs[max(1, num_returns // 2) :]

    def get(self, ref: "_Task") -> Reply:
        function, argument = pickle.loads(ref.payload)
        return Reply(pack(attempt(function, (argument,))), 0.25)

    def cancel(self, ref: "_Task", force: bool) -> None:
        """It does not run before it is waited for."""


class _Task:
    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    @classmethod
    def remote(cls, limits: Limits, payload: bytes) -> "_Task":
        return cls(payload)


@contextmanager
def fake_ray() -> Iterator[None]:
    """In this block the executor asks a Ray of this process, whose head does nothing but listen."""
    with socket.create_server(("127.0.0.1", 0)) as head:
        host, port = head.getsockname()
        with patch.object(ray_executor, "ray", FakeRay(f"{host}:{port}")):
            yield
