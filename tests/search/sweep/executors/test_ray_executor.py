"""Calls on a Ray of this machine: the same outcomes as anywhere, and lost workers."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray

from search.processes.isolate import Ending
from search.sweep.executors import ray_executor
from search.sweep.executors.executor import Call, Limits
from search.sweep.executors.ray_executor import RayExecutor
from tests.search.sweep.executors import calls
from tests.search.sweep.executors.contract import LIMITS, WORKERS, ExecutorContract, Open, gather, outcome, values
from tests.search.waiting import is_running, pids_in, wait_until

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def _local_ray(only_ray: None) -> Iterator[None]:
    """A Ray for all tests of this module; the executor uses one that it finds, and lets it run on."""
    with RayExecutor(LIMITS, "local", WORKERS):
        yield


@pytest.mark.usefixtures("_local_ray")
class TestRay(ExecutorContract):
    """What executors have in common."""

    @pytest.fixture
    def open_(self) -> Open:
        return lambda limits: RayExecutor(limits, None, WORKERS)


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("\nPPid:\t")[2].split()[0])


@pytest.mark.usefixtures("_local_ray")
def test_a_lost_worker_takes_its_process_along_and_the_call_runs_again(tmp_path: Path) -> None:
    with RayExecutor(LIMITS, None, WORKERS) as executor:
        executor.submit(Call(5, calls.need_two_attempts, str(tmp_path)))
        while not pids_in(tmp_path):
            assert executor.wait(0.05) == []
        (first,) = pids_in(tmp_path)
        os.kill(parent_of(first), signal.SIGKILL)
        wait_until(lambda: not is_running(first))
        second = values(gather(executor, 1))[5]
    assert {first, second} == set(pids_in(tmp_path))


@pytest.mark.usefixtures("_local_ray")
def test_a_call_that_is_lost_again_and_again_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor, "_MOST_LOSSES", 3)
    noted = tmp_path / "noted"
    with RayExecutor(LIMITS, None, 1) as executor:
        found = outcome(executor, calls.lose_worker, str(noted))
        assert outcome(executor, calls.double, 21).value == 42
    assert found.ending is Ending.CRASHED
    assert found.why.startswith("lost 3 times")
    assert noted.read_text(encoding="utf-8") == "xxx"


@pytest.mark.usefixtures("_local_ray")
def test_a_ray_that_was_there_before_is_left_running() -> None:
    with RayExecutor(LIMITS, None, None) as executor:
        assert executor.capacity == WORKERS
    assert ray.is_initialized()


@pytest.mark.usefixtures("_local_ray")
@pytest.mark.parametrize(("cpus", "workers", "capacity"), [(1, 1, 1), (2, None, 1), (4, None, 1), (1, 9, WORKERS)])
def test_capacity_is_what_the_cluster_has_processors_for(cpus: int, workers: int | None, capacity: int) -> None:
    with RayExecutor(Limits(60.0, 1 << 30, cpus), None, workers) as executor:
        assert executor.capacity == capacity
