"""Calls on a Ray of several nodes, of which one is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ray.cluster_utils import Cluster

from search.sweep.executors.executor import Call
from search.sweep.executors.ray_executor import RayExecutor
from search.sweep.sweep_journal import Reason
from search.sweep.sweep_progress import SweepProgress
from tests.search.sweep.executors import calls
from tests.search.sweep.executors.contract import LIMITS, gather, values
from tests.search.sweep.fakes import answered_slowly, journaled, numbers, run, sweep_of, timeless, winners
from tests.search.waiting import is_running, wait_until

pytestmark = [pytest.mark.ray, pytest.mark.slow]

_NOTICE_LOST_NODES_SOON = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 3,
}
_CALLS = 40
_TRIALS = 200
_OBJECT_STORE_BYTES = 100 << 20


@pytest.fixture
def cluster(only_ray: None) -> Iterator[Cluster]:
    """One node, with one processor."""
    node = {
        "num_cpus": 1,
        "object_store_memory": _OBJECT_STORE_BYTES,
        "include_dashboard": False,
        "_system_config": _NOTICE_LOST_NODES_SOON,
    }
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield cluster
    finally:
        cluster.shutdown()


def test_calls_of_a_lost_node_run_again_elsewhere(cluster: Cluster, tmp_path: Path) -> None:
    """Half of the calls end; of the others, each of the two nodes runs one, and waits, when one node is killed."""
    second = cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE_BYTES)
    cluster.wait_for_nodes()

    def processes_of_waiting_calls() -> list[int]:
        names = [file.name.split(".") for file in tmp_path.iterdir()]
        return [int(pid) for number, pid in names if int(number) >= _CALLS // 2]

    with RayExecutor(LIMITS, cluster.address, None) as executor:
        assert executor.capacity == 2
        for number in range(_CALLS):
            executor.submit(Call(number, calls.wait_for_file, (number, str(tmp_path))))
        ended = gather(executor, _CALLS // 2)
        while len(processes_of_waiting_calls()) < 2:
            ended += executor.wait(0.05)
        cluster.remove_node(second, allow_graceful=False)
        wait_until(lambda: sum(map(is_running, processes_of_waiting_calls())) == 1)
        wait_until(lambda: executor.capacity == 1)
        (tmp_path / "go").touch()
        ended += gather(executor, _CALLS - len(ended))
    assert values(ended) == {number: number for number in range(_CALLS)}
    assert len(list(tmp_path.iterdir())) - len(["go"]) == _CALLS + 1


def test_a_sweep_of_200_trials_survives_the_loss_of_a_node(cluster: Cluster, tmp_path: Path) -> None:
    """Each trial ends exactly once in the journal, and the leaderboard is that of an undisturbed sweep."""
    second = cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE_BYTES)
    cluster.wait_for_nodes()
    lost: list[int] = []

    def lose_a_node_half_way(progress: SweepProgress) -> None:
        if progress.trials >= _TRIALS // 2 and not lost:
            lost.append(progress.trials)
            cluster.remove_node(second, allow_graceful=False)

    sweep = sweep_of(trials=_TRIALS)
    executor = RayExecutor(LIMITS, cluster.address, None)
    outcome = run(sweep, tmp_path / "ray", executor, answer=answered_slowly, watch=lose_a_node_half_way)
    assert lost
    assert lost[0] < _TRIALS
    assert outcome.reason is Reason.TRIALS
    assert sorted(numbers(tmp_path / "ray", "ended")) == list(range(_TRIALS))
    assert {each["ending"] for each in journaled(tmp_path / "ray") if each["event"] == "ended"} == {"returned"}
    run(sweep, tmp_path / "here")
    assert timeless(tmp_path / "ray") == timeless(tmp_path / "here")
    assert winners(tmp_path / "ray") == winners(tmp_path / "here")
