"""Runs a function in a process of its own, with limits: a crash there is an outcome here.

Solvers crash, hang and outgrow memory; none of that may take a search down with it.
"""

import multiprocessing
import resource
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

_PRELOADED = ["search.cpsat.solve"]


class Ending(Enum):
    """How an isolated call ended."""

    RETURNED = "returned"
    RAISED = "raised"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"


@dataclass(frozen=True, slots=True)
class Isolated(Generic[Value]):
    """What became of a call: its value if it returned, else a line about why not."""

    ending: Ending
    value: Value | None
    why: str = ""


def call_isolated(
    function: Callable[..., Value], arguments: Sequence[Any], seconds: float, memory_bytes: int
) -> Isolated[Value]:
    """Call a module-level function in a new process; kill it after ``seconds`` or beyond ``memory_bytes``."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, function, arguments, memory_bytes), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            return Isolated(Ending.TIMED_OUT, None, f"killed after {seconds:.0f} s")
        ending, value, why = receiver.recv()
        return Isolated(ending, value, why)
    except EOFError:
        process.join()
        return Isolated(Ending.CRASHED, None, f"the process ended with code {process.exitcode}")
    finally:
        receiver.close()
        process.kill()
        process.join()


def _serve(sender: Connection, function: Callable[..., object], arguments: Sequence[Any], memory_bytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    try:
        sender.send((Ending.RETURNED, function(*arguments), ""))
    except MemoryError as error:
        sender.send((Ending.OUT_OF_MEMORY, None, str(error) or "memory limit reached"))
    except Exception as error:  # whatever it is, the caller is told
        sender.send((Ending.RAISED, None, f"{type(error).__name__}: {error}"))
