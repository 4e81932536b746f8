"""A process that serves calls one after another, within limits, and that can be killed at any time.

It stays warm: modules it has imported and functions it has compiled are there for the next call.  A call that crashes,
hangs or outgrows its memory ends as an outcome here, and the next one gets a new process.
"""

import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

from search.files import system
from search.processes.isolate import Ending, Isolated, pack
from search.sweep.executors.executor import Limits

_SERVE = "import sys; from search.sweep.executors.serving import serve; serve(*map(int, sys.argv[1:]))"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")

_START_SECONDS = 120.0
"""In which a process must have started and read its call, whatever that imports over a slow network."""

_INTERRUPTIBLE_SECONDS = 0.2
"""After which a wait looks whether it was interrupted: an interrupt that Ray delivers does not end a system call."""

_OUT_OF_MEMORY = re.compile("bad_alloc|MemoryError|out of memory|Cannot allocate memory", re.IGNORECASE)
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+) in (\S+)')
_OUTPUT_BYTES = 65536
_LINE_LENGTH = 200


def pack_call(function: Callable[[Any], Any], argument: object) -> bytes:
    """A call, ready to travel; raises what pickle raises where it cannot."""
    return pickle.dumps((function, argument), pickle.HIGHEST_PROTOCOL)


@dataclass(frozen=True)
class Reply:
    """What became of a call.

    Attributes:
        packed: its outcome, for :func:`search.processes.isolate.unpack`; who only passes it on need not import what is
            in it.
        seconds: it ran.
    """

    packed: bytes
    seconds: float


@dataclass(frozen=True)
class _Child:
    """A process and this end of its pipes, of which :func:`search.sweep.executors.serving.serve` has the other."""

    process: subprocess.Popen[bytes]
    calls: Connection
    outcomes: Connection
    lifeline: Connection
    output: IO[bytes]


class WorkerProcess:
    """A process, started for the first call, and anew after a call that has ended it.

    It runs in a session of its own, together with all processes that it starts, and cannot outlive this one.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: _Child | None = None
        self._sent = 0.0
        self._begun: float | None = None

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        return None if self._child is None else self._child.process.pid

    @property
    def connection(self) -> Connection:
        """While a call runs: readable when :meth:`poll` has something to do."""
        assert self._child is not None
        return self._child.outcomes

    @property
    def deadline(self) -> float:
        """While a call runs: time of the monotonic clock from which :meth:`poll` kills it."""
        if self._begun is None:
            return self._sent + _START_SECONDS
        return self._begun + self._limits.seconds

    def send(self, payload: bytes) -> None:
        """Begin a call, as packed by :func:`pack_call`; the one before has ended.

        Raises:
            OSError: no process can be started.
        """
        if self._child is not None and self._child.outcomes.poll():  # it ended while it had nothing to do
            self.close()
        if self._child is None:
            self._child = _start(self._limits)
        self._sent, self._begun = time.monotonic(), None
        self._child.output.seek(0)  # for the process too, which shares the offset
        self._child.output.truncate()
        with suppress(BrokenPipeError):  # the next poll tells how it ended
            self._child.calls.send_bytes(payload)

    def poll(self) -> Reply | None:
        """What became of the call, if it has ended; does not wait.  From the deadline on, it is killed."""
        while self.connection.poll():
            try:
                message = self.connection.recv()
            except (EOFError, OSError):
                return self._reply(_crashed(*self._end()))
            if isinstance(message, float):
                self._begun = message
                continue
            packed, seconds, spent = message
            if spent:
                self.close()
            return Reply(packed, seconds)
        if time.monotonic() < self.deadline:
            return None
        self.close()
        if self._begun is None:
            return self._reply(Isolated(Ending.CRASHED, None, f"the process did not start in {_START_SECONDS:g} s"))
        return self._reply(Isolated(Ending.TIMED_OUT, None, f"killed after {self._limits.seconds:g} s"))

    def call(self, payload: bytes) -> Reply:
        """Run a call to its end; an interrupt here kills it.

        Raises:
            OSError: no process can be started.
        """
        try:
            self.send(payload)
            while (reply := self.poll()) is None:
                left = self.deadline - time.monotonic()
                wait([self.connection], max(0.0, min(_INTERRUPTIBLE_SECONDS, left)))
        except BaseException:
            self.close()
            raise
        return reply

    def kill(self) -> None:
        """Kill the process and all that it started; does not wait for their end, which :meth:`close` does."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the process, wait for its end and let go of it; a further call starts another."""
        if self._child is not None:
            self._end()

    def _end(self) -> tuple[int, str]:
        """Close; the exit code and what the process printed during the call."""
        assert self._child is not None
        self.kill()  # before it is waited for: until then, nobody else is given its number
        code = self._child.process.wait()
        output = self._child.output
        output.seek(0)
        said = output.read(_OUTPUT_BYTES).decode(errors="replace")
        for end in (self._child.calls, self._child.outcomes, self._child.lifeline, output):
            end.close()
        self._child = None
        return code, said

    def _reply(self, outcome: Isolated[None]) -> Reply:
        return Reply(pack(outcome), 0.0 if self._begun is None else time.monotonic() - self._begun)


def _start(limits: Limits) -> _Child:
    """Start a process.  Its output is kept, as that may tell why it ends, and must not mix with this one's."""
    calls_end, calls = Pipe(duplex=False)
    outcomes, outcomes_end = Pipe(duplex=False)
    lifeline_end, lifeline = Pipe(duplex=False)
    given = [end.fileno() for end in (calls_end, outcomes_end, lifeline_end)]
    output = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is closed with the pipes
    threads = dict.fromkeys(_THREADS, str(limits.cpus))
    process = system.start(
        subprocess.Popen,
        [sys.executable, "-P", "-c", _SERVE, *map(str, given), str(limits.memory_bytes)],
        pass_fds=given,
        env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    for end in (calls_end, outcomes_end, lifeline_end):
        end.close()
    return _Child(process, calls, outcomes, lifeline, output)


def _crashed(code: int, said: str) -> Isolated[None]:
    """The outcome of a call whose process has ended by itself."""
    ending = Ending.OUT_OF_MEMORY if _OUT_OF_MEMORY.search(said) else Ending.CRASHED
    how = f"the process ended with code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
    if code == -signal.SIGKILL:
        how += ", not by us: most likely the machine has run out of memory"
    return Isolated(ending, None, how + _last_words(said))


def _last_words(said: str) -> str:
    """Where the process was, if it could tell, else the last line it printed."""
    if frame := _FRAME.search(said):
        file, line, function = frame.groups()
        return f", in {function} ({Path(file).name}:{line})"
    lines = [line for line in said.splitlines() if line.strip()]
    return f": {lines[-1].strip()[:_LINE_LENGTH]}" if lines else ""
