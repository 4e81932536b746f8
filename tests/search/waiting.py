"""Tests of processes wait for a condition, rather than for a time in which it ought to hold."""

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, for a minute at most."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < PATIENCE, "it did not come to pass"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False
    return "\nState:\tZ" not in status


def pids_in(folder: Path, kind: str = "*") -> list[int]:
    """The processes that have left their numbers in a folder, as names of files like ``123.call``."""
    return [int(file.stem) for file in folder.glob(f"*.{kind}")]
