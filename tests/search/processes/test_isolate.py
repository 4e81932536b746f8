"""Calls in a process of their own: whatever happens there is an outcome here, and nothing is left behind."""

import os
import re
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from search.processes.isolate import Ending, Isolated, attempt, call_isolated, pack, unpack
from tests.search.waiting import is_running, wait_until

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


def hold_lock(pid_file: Path) -> None:
    """For ages, in C, without letting other threads run."""
    pid_file.with_suffix(".part").write_text(str(os.getpid()), encoding="utf-8")
    pid_file.with_suffix(".part").rename(pid_file)
    re.match("(a+)+b", "a" * 64)


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


def count_to(number: int, tell: Callable[[int], None]) -> int:
    """From two threads."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tell, range(number)))
    return number


def tell_and_abort(tell: Callable[[str], None]) -> None:
    tell("last words")
    os.abort()


def sleep_a_while(tell: Callable[[str], None]) -> str:
    time.sleep(1.2)
    return "awake"


def call(function: Callable[..., Any], *arguments: Any, seconds: float = 60.0, memory: int = MEMORY) -> Isolated[Any]:
    return call_isolated(function, arguments, seconds, memory)


def test_a_value_is_returned() -> None:
    assert call(double, 21) == Isolated(Ending.RETURNED, 42)


def test_it_is_another_process() -> None:
    found = call(os.getpid).value
    assert found not in (None, os.getpid())


def test_what_a_call_tells_is_heard_before_it_returns() -> None:
    heard: list[Any] = []
    assert call_isolated(count_to, (100,), 60.0, MEMORY, hear=heard.append) == Isolated(Ending.RETURNED, 100)
    assert sorted(each for each in heard if each is not None) == list(range(100))


def test_what_a_call_has_told_is_heard_whatever_ends_it() -> None:
    heard: list[Any] = []
    assert call_isolated(tell_and_abort, (), 60.0, MEMORY, hear=heard.append).ending is Ending.CRASHED
    assert [each for each in heard if each is not None] == ["last words"]


def test_who_hears_a_call_is_told_twice_a_second_that_it_runs_and_may_interrupt_it() -> None:
    heard: list[Any] = []
    assert call_isolated(sleep_a_while, (), 60.0, MEMORY, hear=heard.append).value == "awake"
    assert len(heard) >= 2
    assert set(heard) == {None}

    def interrupt(news: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call_isolated(sleep_a_while, (), 60.0, MEMORY, hear=interrupt)


def test_a_call_that_is_heard_is_killed_in_time_too() -> None:
    heard: list[Any] = []
    assert call_isolated(sleep_a_while, (), 0.7, MEMORY, hear=heard.append).ending is Ending.TIMED_OUT


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


def test_a_call_does_not_outlive_a_caller_that_is_killed(tmp_path: Path) -> None:
    caller = (
        "import sys; from pathlib import Path; from tests.search.processes.test_isolate import call, hold_lock;"
        "call(hold_lock, Path(sys.argv[1]))"
    )
    file = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", caller, file], cwd=Path(__file__).parents[3]) as running:
        wait_until(file.exists)
        running.kill()
    pid = int(file.read_text(encoding="utf-8"))
    wait_until(lambda: not is_running(pid))


def test_a_crash_leaves_the_next_call_alone() -> None:
    assert call(fault).ending is Ending.CRASHED
    assert call(double, 4).value == 8


class Hoard:
    """Takes much memory."""


class Unreadable:
    """Can be pickled, but not read again."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return int, ("not a number",)


def unreadable() -> Unreadable:
    return Unreadable()


def test_a_value_that_cannot_be_read_again_is_an_exception() -> None:
    found = call(unreadable)
    assert (found.ending, found.value) == (Ending.RAISED, None)
    assert found.why.startswith("the result cannot be read: ValueError")


def test_an_attempt_is_told_like_a_call_elsewhere() -> None:
    assert attempt(double, (21,)) == call(double, 21)
    assert attempt(divide, (1,)) == call(divide, 1)


def test_why_is_one_line() -> None:
    def fail() -> None:
        raise ValueError("no\n good")

    assert attempt(fail, ()).why == "ValueError: no good"


def test_an_attempt_lets_go_of_what_used_up_the_memory() -> None:
    """Or there might be none left to tell of it: the error's words are asked for when the call's frames are gone."""
    held: list[weakref.ref[Hoard]] = []

    class TooMuchError(MemoryError):
        def __str__(self) -> str:
            return "still held" if held[0]() else "let go"

    def outgrow() -> None:
        hoard = Hoard()
        held.append(weakref.ref(hoard))
        raise TooMuchError

    assert attempt(outgrow, ()) == Isolated(Ending.OUT_OF_MEMORY, None, "let go")


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_what_means_to_end_the_process_is_no_outcome(error: type[BaseException]) -> None:
    def leave() -> None:
        raise error

    with pytest.raises(error):
        attempt(leave, ())


@pytest.mark.parametrize("outcome", [Isolated(Ending.RETURNED, 42), Isolated(Ending.CRASHED, None, "killed")])
def test_an_outcome_travels(outcome: Isolated[int]) -> None:
    assert unpack(pack(outcome)) == outcome
