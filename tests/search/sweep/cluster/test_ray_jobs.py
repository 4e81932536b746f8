"""What Ray's job service says, put in our words; and a log that is followed through connections that break."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import AuthenticationError
from ray.job_submission import JobStatus

from machine.errors import UserError
from search.files import system
from search.sweep.cluster import ray_jobs
from search.sweep.cluster.jobs import Status, UnknownJobError
from search.sweep.cluster.ray_jobs import RayJobs
from search.sweep.cluster.shipment import Shipment

ADDRESS = "http://head:8265"
LOG = [f"line {number}\n" for number in range(6)]
WHOLE = "".join(LOG)


class FakeClient:
    """Of a job that writes ``LOG``; each time it is followed, the connection breaks where a test says."""

    def __init__(self, address: str) -> None:
        assert address == os.environ["RAY_API_SERVER_ADDRESS"], "Ray would take that one"
        self.breaks: list[tuple[int, Exception | None]] = []
        self.infos: list[JobStatus | Exception] = [JobStatus.SUCCEEDED]
        self.whole = WHOLE

    def get_job_info(self, job_id: str) -> Any:
        found = self.infos.pop(0) if len(self.infos) > 1 else self.infos[0]
        if isinstance(found, Exception):
            raise found
        return details(job_id, found)

    def get_job_logs(self, job_id: str) -> str:
        return self.whole

    async def tail_job_logs(self, job_id: str) -> AsyncIterator[str]:
        count, failure = self.breaks.pop(0) if self.breaks else (len(LOG), None)
        for line in LOG[:count]:
            yield line
        if failure is not None:
            raise failure


def details(job_id: str, status: JobStatus, **changed: Any) -> Any:
    known = {
        "submission_id": job_id,
        "job_id": "01000000",
        "status": status,
        "metadata": {"sweep": "night"},
        "start_time": 1_000_000,
        "end_time": 1_090_000,
        "driver_exit_code": 0,
        "message": None,
    }
    return SimpleNamespace(**(known | changed))


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> RayJobs:
    monkeypatch.setenv("RAY_ADDRESS", "http://elsewhere:8265")
    monkeypatch.delenv("RAY_API_SERVER_ADDRESS", raising=False)
    monkeypatch.setattr(ray_jobs, "JobSubmissionClient", FakeClient)
    monkeypatch.setattr(ray_jobs, "_check_listens", lambda address: None)
    monkeypatch.setattr(ray_jobs, "_AGAIN_SECONDS", 0.0)
    made = RayJobs(ADDRESS)
    assert "RAY_API_SERVER_ADDRESS" not in os.environ
    return made


@pytest.fixture
def client(jobs: RayJobs) -> Any:
    return jobs._client


def test_a_log_is_followed_to_its_end(jobs: RayJobs) -> None:
    assert list(jobs.follow("job")) == LOG


BREAKS = {
    "by an error": [(2, RuntimeError("closed")), (5, OSError("reset"))],
    "without a word": [(2, None), (0, None), (4, None)],
    "after less than before": [(4, TimeoutError()), (1, TimeoutError())],
}


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_loses_and_repeats_nothing(jobs: RayJobs, client: Any, breaks: Any) -> None:
    client.breaks = list(breaks)
    client.infos = [*[JobStatus.RUNNING] * len(breaks), JobStatus.SUCCEEDED]
    assert "".join(jobs.follow("job")) == WHOLE


def test_a_job_that_ends_while_the_connection_is_broken_loses_nothing(jobs: RayJobs, client: Any) -> None:
    client.breaks = [(2, RuntimeError("closed"))]
    assert "".join(jobs.follow("job")) == WHOLE


def test_a_service_that_cannot_be_reached_for_a_while_is_waited_for(jobs: RayJobs, client: Any) -> None:
    client.breaks = [(2, OSError("gone"))]
    client.infos = [*[OSError("gone")] * 5, JobStatus.RUNNING, JobStatus.FAILED]
    assert "".join(jobs.follow("job")) == WHOLE


def test_a_service_that_is_lost_for_good_is_given_up(
    jobs: RayJobs, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_jobs, "_LOST_SECONDS", -1.0)
    client.breaks = [(2, OSError("gone"))]
    client.infos = [OSError("no route")]
    got = []
    with pytest.raises(UserError, match=r"lost job job, .* no route"):
        for chunk in jobs.follow("job"):
            got.append(chunk)
    assert got == LOG[:2]


def test_a_head_that_was_started_anew_does_not_know_the_job(jobs: RayJobs, client: Any) -> None:
    client.breaks = [(2, OSError("gone"))]
    client.infos = [RuntimeError("Request failed with status code 404: Job job does not exist.")]
    with pytest.raises(UnknownJobError, match=r"no job 'job' at http://head:8265: `slotsmith jobs` lists them"):
        list(jobs.follow("job"))


def test_a_job_is_what_ray_says_it_is(jobs: RayJobs) -> None:
    job = jobs.job("raysubmit_1")
    assert (job.id, job.status, job.exit_code, job.message) == ("raysubmit_1", Status.SUCCEEDED, 0, "")
    assert job.started is not None
    assert job.ended is not None
    assert (job.started.timestamp(), (job.ended - job.started).total_seconds()) == (1000.0, 90.0)


def test_jobs_are_listed_from_the_oldest_and_drivers_are_not(jobs: RayJobs, client: Any) -> None:
    found = [
        details("c", JobStatus.PENDING, start_time=None, end_time=None),
        details("b", JobStatus.RUNNING, start_time=2_000, end_time=None),
        details("a", JobStatus.FAILED, start_time=1_000, metadata=None),
        details("", JobStatus.RUNNING),
    ]
    client.list_jobs = lambda: found
    assert [(job.id, job.status) for job in jobs.jobs()] == [
        ("a", Status.FAILED),
        ("b", Status.RUNNING),
        ("c", Status.PENDING),
    ]


FAILURES = [
    (AuthenticationError("no token\nat all"), "does not let us in: set RAY_AUTH_MODE=token"),
    (ConnectionError("refused"), "cannot use Ray's jobs at http://head:8265 .*: refused"),
    (RuntimeError("status code 500:\nTraceback"), "cannot use Ray's jobs at .*: status code 500: Traceback"),
    (ValueError("too large"), "cannot use Ray's jobs at .*: too large"),
]


@pytest.mark.parametrize(("failure", "told"), FAILURES)
def test_failures_are_told_in_a_line(jobs: RayJobs, client: Any, failure: Exception, told: str) -> None:
    client.infos = [failure]
    with pytest.raises(UserError, match=told) as raised:
        jobs.job("job")
    assert "\n" not in str(raised.value)


# Calls that fail, through the seam to the system

CALLS: dict[str, Callable[[RayJobs], object]] = {
    "jobs": lambda jobs: jobs.jobs(),
    "job": lambda jobs: jobs.job("night"),
    "log": lambda jobs: jobs.log("night"),
    "stop": lambda jobs: jobs.stop("night"),
    "submit": lambda jobs: jobs.submit("true", Shipment(Path("code"), Path("work")), {}),
    "connecting": lambda jobs: RayJobs(ADDRESS),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails_is_one_line(jobs: RayJobs, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise ConnectionResetError("reset")

    monkeypatch.setattr(system, "ask_ray", fail)
    for name in ("list_jobs", "stop_job", "submit_job"):
        monkeypatch.setattr(FakeClient, name, None, raising=False)
    with pytest.raises(UserError, match=r"cannot use Ray's jobs at http://head:8265 .*: reset"):
        CALLS[call](jobs)


def test_a_log_is_followed_through_calls_that_fail(jobs: RayJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    def fail_at_times(asking: Callable[..., object], *arguments: object, **options: object) -> object:
        nonlocal asked
        asked += 1
        if asked % 3:
            raise ConnectionResetError("reset")
        return asking(*arguments, **options)

    monkeypatch.setattr(system, "ask_ray", fail_at_times)
    monkeypatch.setattr(jobs, "log", lambda job_id: WHOLE)
    assert "".join(jobs.follow("job")) == WHOLE
    assert asked > 3
