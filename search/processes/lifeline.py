"""Ends a process with the one that holds the other end of a pipe, however that one ends."""

import fcntl
import os
import select
import signal
import sys


def end_when_closed(pipe: int, owner: int) -> None:
    """Have the kernel kill ``owner`` once nothing more can come through a pipe; Linux only, does nothing elsewhere.

    A thread that watches the pipe would not do: it never runs while compiled code holds the interpreter's lock.

    Args:
        pipe: descriptor to read from, of which all that was sent has been read.  The kernel watches it for as long as
            the caller has it open.
        owner: a process, or a process group as a negative number.
    """
    if sys.platform == "linux":
        fcntl.fcntl(pipe, fcntl.F_SETOWN, owner)
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
        closed_before, _, _ = select.select([pipe], [], [], 0)
        if closed_before:
            os.kill(owner, signal.SIGKILL)
