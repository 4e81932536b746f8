"""What every executor with worker processes keeps to; a module of tests for one inherits it."""

import os
import re
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from search.processes.isolate import Ending, Isolated
from search.sweep.executors.executor import Call, Ended, Executor, Limits
from tests.search.sweep.executors import calls
from tests.search.waiting import PATIENCE, is_running, pids_in, wait_until

LIMITS = Limits(seconds=PATIENCE, memory_bytes=256 << 20)
SHORT = Limits(seconds=1.0, memory_bytes=256 << 20)
WORKERS = 2

Open = Callable[[Limits], AbstractContextManager[Executor]]
"""Opens the executor under test, with two workers."""


def gather(executor: Executor, count: int) -> list[Ended]:
    """Wait for so many calls to end, and for a moment whether there are more."""
    ended: list[Ended] = []
    begun = time.monotonic()
    while len(ended) < count:
        assert time.monotonic() - begun < 2 * PATIENCE, f"{len(ended)} of {count} calls have ended"
        ended += executor.wait(1.0)
    return ended + executor.wait(0.1)


def outcome(executor: Executor, function: Callable[[Any], Any], argument: object = None) -> Isolated[Any]:
    """What becomes of one call."""
    executor.submit(Call(0, function, argument))
    (ended,) = gather(executor, 1)
    return ended.outcome


def values(ended: Collection[Ended]) -> dict[int, Any]:
    """What calls have returned, by their numbers, of which none occurs twice."""
    assert len({each.number for each in ended}) == len(ended)
    assert {each.outcome.ending for each in ended} == {Ending.RETURNED}
    return {each.number: each.outcome.value for each in ended}


class ExecutorContract:
    """Tests of an executor with two workers; a subclass gives the fixture ``open_``."""

    def test_each_call_is_reported_once(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            for number in range(20):
                executor.submit(Call(number, calls.double, number))
            assert values(gather(executor, 20)) == {number: 2 * number for number in range(20)}

    def test_it_runs_as_many_calls_as_it_has_workers(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            assert executor.capacity == WORKERS

    def test_calls_run_in_processes_that_are_kept(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            for number in range(12):
                executor.submit(Call(number, calls.pid, None))
            pids = set(values(gather(executor, 12)).values())
        assert os.getpid() not in pids
        assert len(pids) <= WORKERS

    def test_seconds_are_those_of_the_call(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            executor.submit(Call(7, calls.sleep, 0.25))
            (ended,) = gather(executor, 1)
        assert ended.outcome == Isolated(Ending.RETURNED, 0.25)
        assert 0.25 <= ended.seconds < 0.25 + PATIENCE

    @pytest.mark.parametrize(
        ("function", "argument", "ending", "why"),
        [
            (calls.fail, "no\ngood", Ending.RAISED, "^ValueError: no good$"),
            (calls.give_unpicklable, None, Ending.RAISED, "the result cannot be sent: .*pickle"),
            (calls.give_unreadable, None, Ending.RAISED, "the result cannot be read: ValueError: invalid literal"),
            (calls.leave, 7, Ending.CRASHED, "^the process ended with code 7$"),
            (calls.abort, None, Ending.CRASHED, r"^killed by SIGABRT, in abort \(calls.py:\d+\)$"),
            (calls.fault, None, Ending.CRASHED, r"^killed by SIGSEGV, in string_at \(__init__.py:\d+\)$"),
            (calls.kill_oneself, None, Ending.CRASHED, "^killed by SIGKILL, not by us: most likely the machine"),
            (calls.eat_array, 512, Ending.OUT_OF_MEMORY, "Unable to allocate 512"),
            (calls.eat_in_compiled_code, None, Ending.OUT_OF_MEMORY, "^killed by SIGABRT, in eat_in_compiled_code"),
        ],
    )
    def test_whatever_becomes_of_a_call_the_next_one_runs(
        self, open_: Open, function: Callable[[Any], Any], argument: object, ending: Ending, why: str
    ) -> None:
        with open_(LIMITS) as executor:
            found = outcome(executor, function, argument)
            assert (found.ending, found.value) == (ending, None)
            assert re.search(why, found.why)
            assert outcome(executor, calls.double, 21) == Isolated(Ending.RETURNED, 42)

    @pytest.mark.parametrize("function", [calls.loop, calls.hold_lock])
    def test_a_call_that_does_not_end_is_killed_in_time(self, open_: Open, function: Callable[[Any], Any]) -> None:
        with open_(SHORT) as executor:
            executor.submit(Call(0, function, None))
            (ended,) = gather(executor, 1)
            assert ended.outcome == Isolated(Ending.TIMED_OUT, None, "killed after 1 s")
            assert 1.0 <= ended.seconds < 1.0 + PATIENCE
            assert outcome(executor, calls.pid).ending is Ending.RETURNED

    def test_small_objects_that_use_up_memory_are_told(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            assert outcome(executor, calls.eat_objects).ending is Ending.OUT_OF_MEMORY
            assert outcome(executor, calls.double, 21).value == 42

    def test_calls_may_have_processes_of_their_own(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            assert outcome(executor, calls.double_isolated, 21).value == Isolated(Ending.RETURNED, 42)

    def test_processes_of_a_call_end_with_it(self, open_: Open, tmp_path: Path) -> None:
        with open_(Limits(seconds=8.0, memory_bytes=1 << 30)) as executor:
            assert outcome(executor, calls.stay_isolated, str(tmp_path)).ending is Ending.TIMED_OUT
        wait_until(lambda: not any(map(is_running, pids_in(tmp_path))))
        assert pids_in(tmp_path, "call")

    def test_when_nothing_ends_a_wait_comes_back_with_nothing(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            executor.submit(Call(0, calls.sleep, 600.0))
            begun = time.monotonic()
            assert executor.wait(0.3) == []
            assert 0.3 <= time.monotonic() - begun < PATIENCE

    def test_cancelling_ends_all_processes_and_forgets_what_is_queued(self, open_: Open, tmp_path: Path) -> None:
        with open_(LIMITS) as executor:
            for number in range(6):
                executor.submit(Call(number, calls.stay, str(tmp_path)))
            while len(pids_in(tmp_path, "call")) < WORKERS:
                assert executor.wait(0.05) == []
            executor.cancel()
            assert not any(map(is_running, pids_in(tmp_path, "call")))
            wait_until(lambda: not any(map(is_running, pids_in(tmp_path, "child"))))
            executor.submit(Call(9, calls.double, 21))
            assert values(gather(executor, 1)) == {9: 42}
            assert len(pids_in(tmp_path, "call")) == WORKERS

    def test_leaving_the_block_ends_all_processes(self, open_: Open, tmp_path: Path) -> None:
        with open_(LIMITS) as executor:
            executor.submit(Call(0, calls.stay, str(tmp_path)))
            while not pids_in(tmp_path, "call"):
                assert executor.wait(0.05) == []
        wait_until(lambda: not any(map(is_running, pids_in(tmp_path))))

    def test_what_cannot_travel_is_refused_at_once(self, open_: Open) -> None:
        with open_(LIMITS) as executor, pytest.raises((AttributeError, TypeError), match="pickle"):
            executor.submit(Call(0, lambda _: None, None))

    def test_large_arguments_and_results_travel_whole(self, open_: Open) -> None:
        with open_(LIMITS) as executor:
            assert outcome(executor, calls.size, bytes(8 << 20)).value == 8 << 20
            assert outcome(executor, calls.zeros, 8 << 20).value == bytes(8 << 20)
