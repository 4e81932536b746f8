"""Calls in a process of their own: whatever happens there is an outcome here, and nothing is left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from search.isolate import Ending, Isolated, call_isolated

MEMORY = 4 << 30


def double(number: int) -> int:
    return 2 * number


def divide(number: int) -> float:
    return number / 0


def interrupt_oneself() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.05)
    return "still there"


def sleep_for_long(pid_file: Path) -> None:
    pid_file.write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


def exit_at_once(code: int) -> None:
    os._exit(code)


def exit_politely() -> None:
    sys.exit(3)


def fault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def abort() -> None:
    os.abort()


def allocate(megabytes: int) -> int:
    return int(np.ones(megabytes << 20, dtype=np.uint8).sum(dtype=np.int64))


def unpicklable() -> Callable[[], int]:
    return lambda: 1


def large() -> bytes:
    return b"x" * (8 << 20)


def call(function: Callable[..., Any], *arguments: Any, seconds: float = 60.0, memory: int = MEMORY) -> Isolated[Any]:
    return call_isolated(function, arguments, seconds, memory)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return "\nState:\tZ" not in status


def test_a_value_is_returned() -> None:
    assert call(double, 21) == Isolated(Ending.RETURNED, 42)


def test_it_is_another_process() -> None:
    found = call(os.getpid).value
    assert found not in (None, os.getpid())


def test_a_large_value_is_returned_whole() -> None:
    assert call(large).value == large()


def test_an_exception_is_told_by_name() -> None:
    assert call(divide, 1) == Isolated(Ending.RAISED, None, "ZeroDivisionError: division by zero")


def test_a_value_that_cannot_travel_is_an_exception() -> None:
    found = call(unpicklable)
    assert (found.ending, found.value) == (Ending.RAISED, None)
    assert "pickle" in found.why


@pytest.mark.parametrize(
    ("function", "arguments", "code"),
    [
        (exit_at_once, (7,), "7"),
        (exit_at_once, (0,), "0"),
        (exit_politely, (), "3"),
        (fault, (), f"-{int(signal.SIGSEGV)}"),
        (abort, (), f"-{int(signal.SIGABRT)}"),
    ],
)
def test_a_crash_is_told_with_its_code(function: Callable[..., Any], arguments: tuple[int, ...], code: str) -> None:
    assert call(function, *arguments) == Isolated(Ending.CRASHED, None, f"the process ended with code {code}")


def test_a_call_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    begun = time.monotonic()
    found = call(sleep_for_long, tmp_path / "pid", seconds=2.0)
    assert found == Isolated(Ending.TIMED_OUT, None, "killed after 2 s")
    assert time.monotonic() - begun < 5
    assert not is_running(int((tmp_path / "pid").read_text(encoding="utf-8")))


def test_a_call_that_takes_too_much_memory_is_told() -> None:
    found = call(allocate, 2000, memory=1 << 30)
    assert (found.ending, found.value) == (Ending.OUT_OF_MEMORY, None)
    assert found.why


def test_within_its_memory_the_same_call_returns() -> None:
    assert call(allocate, 50).value == 50 << 20


def test_an_interrupt_is_not_for_the_call() -> None:
    assert call(interrupt_oneself).value == "still there"


def test_an_interrupt_here_ends_the_call(tmp_path: Path) -> None:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            call(sleep_for_long, tmp_path / "pid")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not is_running(int((tmp_path / "pid").read_text(encoding="utf-8")))


def test_a_crash_leaves_the_next_call_alone() -> None:
    assert call(fault).ending is Ending.CRASHED
    assert call(double, 4).value == 8
