"""What tests have executors call: functions that travel, and what can become of them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from search.processes.isolate import Isolated, call_isolated

_KEPT: list[bytearray] = []


def double(number: int) -> int:
    return 2 * number


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def pid(_: object) -> int:
    return os.getpid()


def environment(name: str) -> str | None:
    return os.environ.get(name)


def size(data: bytes) -> int:
    return len(data)


def zeros(count: int) -> bytes:
    return bytes(count)


def talk(text: str) -> str:
    print(text)
    print(text, file=sys.stderr, flush=True)
    return text


def fail(message: str) -> None:
    raise ValueError(message)


def abort(_: object) -> None:
    os.abort()


def fault(_: object) -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    sys.exit(code)


def kill_oneself(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def loop(_: object) -> None:
    while True:
        pass


def hold_lock(argument: object) -> None:
    """For ever, in C, without letting other threads or handlers of signals run: takes a lock twice.

    It does not use the processor, which others need meanwhile.
    """
    library, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(128)
    for _ in range(2):
        library.pthread_mutex_lock(mutex)


def eat_objects(_: object) -> None:
    hoard: dict[int, str] = {}
    while True:
        hoard[len(hoard)] = str(len(hoard))


def eat_array(mebibytes: int) -> int:
    return int(np.ones(mebibytes << 20, dtype=np.uint8).sum(dtype=np.int64))


def eat_in_compiled_code(_: object) -> None:
    """C++ that finds no memory and does not expect it."""
    ctypes.CDLL("libstdc++.so.6")["_Znwm"](ctypes.c_size_t(1 << 60))


def keep(mebibytes: int) -> int:
    """Leak."""
    _KEPT.append(bytearray(os.urandom(1 << 20)) * mebibytes)
    return os.getpid()


def give_unpicklable(_: object) -> Callable[[], int]:
    return lambda: 1


class Unreadable:
    """Can be pickled, but not read again."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return int, ("not a number",)


def give_unreadable(_: object) -> Unreadable:
    return Unreadable()


def stay(folder: str) -> None:
    """Never end, nor does the child this starts; both leave their numbers in the folder."""
    child = subprocess.Popen(["sleep", "600"])
    Path(folder, f"{child.pid}.child").touch()
    Path(folder, f"{os.getpid()}.call").touch()
    hold_lock(None)


def double_isolated(number: int) -> Isolated[int]:
    """As trials do with solvers."""
    return call_isolated(double, (number,), 60.0, 4 << 30)


def stay_isolated(folder: str) -> None:
    call_isolated(stay, (folder,), 600.0, 4 << 30)


def need_two_attempts(folder: str) -> int:
    """Leave this process's number in the folder; the first never ends."""
    Path(folder, f"{os.getpid()}.call").touch()
    if len(list(Path(folder).iterdir())) == 1:
        hold_lock(None)
    return os.getpid()


def wait_for_file(number_and_folder: tuple[int, str]) -> int:
    """Leave the numbers of the call and of this process in the folder; the later calls wait there for a file."""
    number, folder = number_and_folder
    Path(folder, f"{number}.{os.getpid()}").touch()
    while number >= 20 and not Path(folder, "go").exists():
        time.sleep(0.05)
    return number


def lose_worker(file: str) -> None:
    """Kill the parent, having noted that this was run."""
    with Path(file).open("a", encoding="utf-8") as noted:
        noted.write("x")
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
