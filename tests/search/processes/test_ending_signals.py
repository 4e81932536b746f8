"""The first signal that ends us is an interrupt, a second one ends at once; nobody outlives whoever was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from machine.errors import UserError
from search.processes.ending_signals import ENDING_SIGNALS, ending_signals_interrupt, heed_signals, once_more
from search.processes.workers import open_runner
from tests.search.waiting import PATIENCE, is_running, wait_until

_WINDING_UP = """
import re, time
from search.processes.ending_signals import ending_signals_interrupt

with ending_signals_interrupt():
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("winding up", flush=True)
        re.match("(a+)+b", "a" * 64)  # compiled code that does not return for ages
"""

_POOL = """
import os, sys, time
from search.processes.workers import open_runner
from tests.search.processes.test_ending_signals import told, busy

with open_runner(2) as runner:
    for future in [runner.submit(told) for _ in range(8)]:
        print(future.result(), flush=True)
    for _ in range(2):
        runner.submit(busy)
    print("ready", flush=True)
    time.sleep(60)
"""


def told() -> int:
    time.sleep(0.05)
    return os.getpid()


def busy() -> None:
    time.sleep(60)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def running(code: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def lines_until(process: "subprocess.Popen[str]", last: str) -> list[str]:
    assert process.stdout is not None
    found = []
    for line in process.stdout:
        if line.strip() == last:
            return found
        found.append(line.strip())
    pytest.fail(f"it ended before it said '{last}'")


@pytest.mark.parametrize("first", ENDING_SIGNALS)
def test_the_first_is_an_interrupt_and_a_second_ctrl_c_ends_whatever_runs(first: signal.Signals) -> None:
    with running(_WINDING_UP) as process:
        lines_until(process, "ready")
        process.send_signal(first)
        lines_until(process, "winding up")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == -signal.SIGINT


def test_what_comes_with_the_first_is_its_echo() -> None:
    """As when a terminal is closed: its shell and the kernel both tell of it."""
    handled = 0
    with ending_signals_interrupt():
        try:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(1)
        except KeyboardInterrupt:
            handled += 1
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
    assert handled == 1


def test_handlers_are_put_back_and_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with ending_signals_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) != handler
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) == handler
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_one_that_comes_where_exceptions_are_ignored_comes_again(number: signal.Signals) -> None:
    class Finalized:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)
            time.sleep(0)  # here the handler runs

    with ending_signals_interrupt(), pytest.raises(KeyboardInterrupt):
        Finalized()
        time.sleep(PATIENCE)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_an_interrupt_that_was_dropped_is_heeded_by_the_next_turn_of_a_loop(number: signal.Signals) -> None:
    with ending_signals_interrupt():
        heed_signals()
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
            time.sleep(1)
        with pytest.raises(KeyboardInterrupt):
            heed_signals()
    heed_signals()


def test_what_must_not_be_lost_is_begun_again_once() -> None:
    tries: list[int] = []

    def action() -> str:
        tries.append(1)
        if len(tries) in (1, 3, 4):
            raise KeyboardInterrupt
        return "done"

    assert once_more(action) == ("done", True)
    with pytest.raises(KeyboardInterrupt):
        once_more(action)


def test_workers_do_not_outlive_whoever_is_killed() -> None:
    with running(_POOL) as process:
        workers = {int(pid) for pid in lines_until(process, "ready")}
        assert workers
        process.kill()
        wait_until(lambda: not any(map(is_running, workers)))
        assert process.stdout is not None
        assert process.stdout.read() == ""  # nobody holds the pipe any more: who reads it goes on


def test_workers_leave_signals_to_their_parent() -> None:
    with open_runner(1) as runner:
        worker = runner.submit(told).result()
        for each in ENDING_SIGNALS:
            os.kill(worker, each)
        assert runner.submit(told).result() == worker


def test_a_worker_that_was_killed_is_told_in_one_line_and_the_others_end() -> None:
    others: list[int] = []
    with pytest.raises(UserError, match="a worker process was killed"), open_runner(2) as runner:
        others += {future.result() for future in [runner.submit(told) for _ in range(6)]}
        runner.submit(killed).result()
    wait_until(lambda: not any(map(is_running, others)))
