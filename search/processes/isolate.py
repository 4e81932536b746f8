"""Runs a function in a process of its own, with limits: a crash there is an outcome here.

Solvers crash, hang and outgrow memory; none of that may take a search down with it.
"""

import multiprocessing
import pickle
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Generic, TypeVar

from search.files import system
from search.processes.ending_signals import ending_signals_held, leave_signals_to
from search.processes.unguarded import main_module_hidden

Value = TypeVar("Value")

Hear = Callable[[Any], None]
"""Hears of a call that runs."""

_HEARD_EVERY = 0.5
"""Seconds."""

_NEWS = b"news "
"""Begins what a function tells while it runs; a pickle begins otherwise."""


class Ending(Enum):
    """How an isolated call ended."""

    RETURNED = "returned"
    RAISED = "raised"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"


FAILURES = frozenset(ending.value for ending in Ending if ending is not Ending.RETURNED)
"""Ends that another call of the same function may not have."""


@dataclass(frozen=True, slots=True)
class Isolated(Generic[Value]):
    """The outcome of a call: its value if it returned, else a line that says why it did not."""

    ending: Ending
    value: Value | None
    why: str = ""


def attempt(function: Callable[..., Value], arguments: Sequence[Any]) -> Isolated[Value]:
    """Call a function in this process; exceptions become outcomes, except those that are meant to end the process."""
    try:
        return Isolated(Ending.RETURNED, function(*arguments))
    except MemoryError as error:
        error.__traceback__ = None  # lets go of what the call holds, or there is no memory to tell of it
        return Isolated(Ending.OUT_OF_MEMORY, None, str(error) or "memory limit reached")
    except Exception as error:  # whatever it is, the caller is told
        return Isolated(Ending.RAISED, None, _line(error))


def pack(outcome: Isolated[Any]) -> bytes:
    """An outcome, ready to travel; a value that cannot travel is an exception."""
    try:
        return pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(Isolated(Ending.OUT_OF_MEMORY, None, "no memory left to send the result"))
    except Exception as error:
        return pickle.dumps(Isolated(Ending.RAISED, None, f"the result cannot be sent: {_line(error)}"))


def unpack(packed: bytes) -> Isolated[Any]:
    """The outcome that :func:`pack` was given; a value that cannot be read here is an exception."""
    try:
        outcome = pickle.loads(packed)
    except Exception as error:
        return Isolated(Ending.RAISED, None, f"the result cannot be read: {_line(error)}")
    assert isinstance(outcome, Isolated)
    return outcome


def call_isolated(
    function: Callable[..., Value],
    arguments: Sequence[Any],
    seconds: float,
    memory_bytes: int,
    preload: str | None = None,
    hear: Hear | None = None,
) -> Isolated[Value]:
    """Call a module-level function in a new process; kill it after ``seconds`` or beyond ``memory_bytes``.

    Such processes come from a server, which the first call starts.

    Args:
        function: what to call.
        arguments: of the function; where somebody hears, a function of one argument that tells him comes last.
        seconds: until it is killed.
        memory_bytes: of address space.
        preload: a module that such functions import late because whoever calls does without it; with that of the
            function, the server loads it.
        hear: is told what the function tells while it runs, and about twice a second ``None``.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([function.__module__, *([] if preload is None else [preload])])
    receiver, sender = context.Pipe(duplex=False)
    wanted = function, arguments, memory_bytes, hear is not None
    process = context.Process(target=_serve, args=(sender, *wanted), daemon=True)
    try:
        with _memory_limit_lifted(), ending_signals_held(), main_module_hidden():
            system.start(process.start)
    except OSError as error:
        receiver.close()
        return Isolated(Ending.CRASHED, None, f"no process could be started: {error.strerror}")
    finally:
        sender.close()
    try:
        found = _listen(receiver, seconds, hear)
        return Isolated(Ending.TIMED_OUT, None, f"killed after {seconds:.0f} s") if found is None else found
    except EOFError:
        process.join()
        return Isolated(Ending.CRASHED, None, f"the process ended with code {process.exitcode}")
    finally:
        receiver.close()
        process.kill()
        process.join()


def _listen(receiver: Connection, seconds: float, hear: Hear | None) -> Isolated[Any] | None:
    """The outcome of a call; ``None`` if it has not ended in so many seconds.

    Raises:
        EOFError: its process has ended without one.
    """
    deadline = time.monotonic() + seconds
    while True:
        left = max(0.0, deadline - time.monotonic())
        if receiver.poll(left if hear is None else min(left, _HEARD_EVERY)):
            packed = receiver.recv_bytes()
            if not packed.startswith(_NEWS):
                return unpack(packed)
            news = pickle.loads(packed.removeprefix(_NEWS))
        elif left == 0:
            return None
        else:
            news = None
        if hear is not None:
            hear(news)


@contextmanager
def _memory_limit_lifted() -> Iterator[None]:
    """For the server of processes, which the first call starts: it stays, and its children have their own limits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _serve(
    sender: Connection, function: Callable[..., object], arguments: Sequence[Any], memory_bytes: int, is_heard: bool
) -> None:
    leave_signals_to(multiprocessing.parent_process())  # nobody else would end a solver whose caller was killed
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    one_at_a_time = Lock()

    def tell(news: object) -> None:
        with one_at_a_time:
            sender.send_bytes(_NEWS + pickle.dumps(news))

    sender.send_bytes(pack(attempt(function, (*arguments, tell) if is_heard else arguments)))


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
