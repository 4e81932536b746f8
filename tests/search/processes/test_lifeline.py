"""A process ends when the other end of its pipe is closed, and not before."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.search.waiting import PATIENCE

_LOOP = """
import os, re, sys
from search.processes.lifeline import end_when_closed

end_when_closed(int(sys.argv[1]), os.getpid() if sys.argv[2] == "process" else -os.getpgrp())
print("ready", flush=True)
re.match("(a+)+b", "a" * 64)  # holds the interpreter's lock for ages
"""


@contextmanager
def running(pipe: int, whom: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", _LOOP, str(pipe), whom]
    process = subprocess.Popen(command, pass_fds=[pipe], stdout=subprocess.PIPE, text=True, start_new_session=True)
    os.close(pipe)
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("whom", ["process", "group"])
def test_it_ends_when_the_pipe_is_closed(whom: str) -> None:
    reader, writer = os.pipe()
    with running(reader, whom) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        os.close(writer)
        assert process.wait(PATIENCE) == -signal.SIGKILL


def test_it_ends_at_once_where_the_pipe_was_closed_before() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with running(reader, "process") as process:
        assert process.stdout is not None
        assert process.stdout.read() == ""
        assert process.wait(PATIENCE) == -signal.SIGKILL
