"""Where trials run: the interface that this process, local processes and Ray have in common."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from search.processes.isolate import Isolated


@dataclass(frozen=True)
class Limits:
    """What a call may use.

    Attributes:
        seconds: of wall time, after which it is killed.
        memory_bytes: of address space beyond what its process has when the call begins.
        cpus: threads it runs.
    """

    seconds: float
    memory_bytes: int
    cpus: int = 1


@dataclass(frozen=True)
class Call:
    """A module-level function to be called somewhere, with one argument that can be pickled."""

    number: int
    function: Callable[[Any], Any]
    argument: Any


@dataclass(frozen=True)
class Ended:
    """A call that has ended, how, and after how many seconds of running."""

    number: int
    outcome: Isolated[Any]
    seconds: float


class Executor(Protocol):
    """Runs calls, each within the executor's limits.  Used from one thread, in a ``with`` statement."""

    @property
    def capacity(self) -> int:
        """How many calls run at once; a caller keeps a few more submitted.  May change as nodes come and go."""

    def submit(self, call: Call) -> None:
        """Queue a call."""

    def wait(self, seconds: float) -> list[Ended]:
        """Calls that have ended since the last time; returns at once when there are some, else after ``seconds``."""

    def cancel(self) -> None:
        """Kill what runs and forget what is queued; processors are free at the latest when the executor is left."""


def available_processors() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0))
