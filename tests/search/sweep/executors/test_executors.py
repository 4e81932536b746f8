"""Calls in worker processes of this machine, and in this process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from machine.errors import UserError
from search.processes.isolate import Ending, Isolated
from search.sweep.executors.executor import Call, Limits
from search.sweep.executors.in_process import InProcess
from search.sweep.executors.opening import open_executor
from search.sweep.executors.processes import Processes
from search.sweep.sweep_file import ExecutorKind, ExecutorSettings
from tests.search.sweep.executors import calls
from tests.search.sweep.executors.contract import LIMITS, WORKERS, ExecutorContract, Open, gather, outcome, values
from tests.search.waiting import is_running, pids_in, wait_until

_DRIVER = """
import sys
from search.sweep.executors.executor import Call, Limits
from search.sweep.executors.processes import Processes
from tests.search.sweep.executors import calls

with Processes(2, Limits(seconds=600, memory_bytes=1 << 30)) as executor:
    for number in range(2):
        executor.submit(Call(number, calls.stay, sys.argv[1]))
    executor.wait(600)
"""


class TestProcesses(ExecutorContract):
    """What executors have in common."""

    @pytest.fixture
    def open_(self) -> Open:
        return lambda limits: Processes(WORKERS, limits)


def running_driver(folder: Path) -> subprocess.Popen[bytes]:
    """A driver whose two calls, and their children, run and have left their numbers in the folder."""
    root = Path(__file__).parents[4]
    driver = subprocess.Popen([sys.executable, "-c", _DRIVER, str(folder)], cwd=root)
    wait_until(lambda: len(pids_in(folder)) == 4)
    return driver


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_driver_that_is_killed(number: int, tmp_path: Path) -> None:
    driver = running_driver(tmp_path)
    driver.send_signal(number)
    driver.wait()
    wait_until(lambda: not any(map(is_running, pids_in(tmp_path))))


def test_a_process_that_died_while_idle_is_replaced() -> None:
    with Processes(1, LIMITS) as executor:
        pid = outcome(executor, calls.pid).value
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_running(pid))
        assert outcome(executor, calls.double, 21).value == 42


def test_the_memory_limit_is_lifted_between_calls() -> None:
    """Else what a call has left behind would count against those that follow."""
    with Processes(1, Limits(60.0, 256 << 20)) as executor:
        for number in range(4):
            executor.submit(Call(number, calls.keep, 80))
        assert len(set(values(gather(executor, 4)).values())) == 1


def test_a_process_that_has_leaked_more_than_its_limit_is_replaced() -> None:
    with Processes(1, Limits(60.0, 100 << 20)) as executor:
        for number in range(4):
            executor.submit(Call(number, calls.keep, 60))
        pids = list(values(sorted(gather(executor, 4), key=lambda ended: ended.number)).values())
    assert pids[0] == pids[1] == pids[2] != pids[3]


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "NUMBA_NUM_THREADS"])
def test_calls_are_told_how_many_threads_they_may_run(name: str) -> None:
    with Processes(1, Limits(60.0, 1 << 30, cpus=3)) as executor:
        assert outcome(executor, calls.environment, name).value == "3"


def test_what_calls_print_is_not_mixed_with_our_output(capfd: pytest.CaptureFixture[str]) -> None:
    with Processes(1, LIMITS) as executor:
        assert outcome(executor, calls.talk, "hello").value == "hello"
    assert capfd.readouterr() == ("", "")


def test_a_call_is_not_blamed_for_what_an_earlier_one_has_printed() -> None:
    with Processes(1, LIMITS) as executor:
        outcome(executor, calls.talk, "MemoryError")
        assert outcome(executor, calls.leave, 3) == Isolated(Ending.CRASHED, None, "the process ended with code 3")


def test_where_no_process_can_be_started_the_call_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Processes(1, LIMITS) as executor:
        found = outcome(executor, calls.double, 1)
    assert found == Isolated(Ending.CRASHED, None, "no process could be started: No such file or directory")


def test_in_this_process_a_wait_runs_one_call() -> None:
    with InProcess() as executor:
        for number in range(3):
            executor.submit(Call(number, calls.pid, None))
        (ended,) = executor.wait(0.0)
        assert (ended.number, ended.outcome) == (0, Isolated(Ending.RETURNED, os.getpid()))
        assert [each.number for _ in range(2) for each in executor.wait(0.0)] == [1, 2]


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (calls.double, 21, Isolated(Ending.RETURNED, 42)),
        (calls.fail, "no good", Isolated(Ending.RAISED, None, "ValueError: no good")),
    ],
)
def test_in_this_process_outcomes_are_those_of_others(
    function: Callable[[Any], Any], argument: object, expected: Isolated[Any]
) -> None:
    with InProcess() as executor:
        assert outcome(executor, function, argument) == expected


def test_in_this_process_cancelling_forgets_what_is_queued() -> None:
    with InProcess() as executor:
        executor.submit(Call(0, calls.fail, "never called"))
        executor.cancel()
        begun = time.monotonic()
        assert executor.wait(0.1) == []
        assert time.monotonic() - begun >= 0.1


@pytest.mark.parametrize(
    ("settings", "capacity"),
    [
        (ExecutorSettings(ExecutorKind.IN_PROCESS), 1),
        (ExecutorSettings(ExecutorKind.PROCESSES, workers=3), 3),
        (ExecutorSettings(ExecutorKind.PROCESSES), max(1, len(os.sched_getaffinity(0)))),
    ],
)
def test_the_executor_that_is_asked_for_is_opened(settings: ExecutorSettings, capacity: int) -> None:
    with open_executor(settings, LIMITS) as executor:
        assert executor.capacity == capacity


def test_without_a_number_there_are_as_many_workers_as_processors_allow() -> None:
    every = len(os.sched_getaffinity(0))
    with open_executor(ExecutorSettings(ExecutorKind.PROCESSES), Limits(1.0, 1 << 30, cpus=every)) as executor:
        assert executor.capacity == 1


def test_where_ray_is_missing_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "search.sweep.executors.ray_executor", raising=False)
    with pytest.raises(UserError, match=r"pip install -e '\.\[ray\]'"):
        open_executor(ExecutorSettings(ExecutorKind.RAY), LIMITS)


def refusal_of_ray(address: str) -> str:
    settings = ExecutorSettings(ExecutorKind.RAY, address=address)
    with pytest.raises(UserError) as refused, open_executor(settings, LIMITS):
        pass
    return str(refused.value)


def test_where_nobody_listens_one_is_told_at_once_how_to_start_ray() -> None:
    with socket.socket() as bound_only:
        bound_only.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound_only.getsockname()[1]}"
        assert refusal_of_ray(address).startswith(f"no Ray at '{address}' (Connection refused): start one there")


@pytest.mark.parametrize("address", ["rubbish", "127.0.0.1:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refusal_of_ray(address).startswith(f"cannot use Ray at '{address}': ")
