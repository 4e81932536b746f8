"""Ray's own job service, over HTTP."""

import asyncio
import logging
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from ray.exceptions import AuthenticationError, RayError
from ray.job_submission import JobSubmissionClient

from machine.errors import UserError
from search.files import system
from search.sweep.cluster import shipped
from search.sweep.cluster.jobs import Job, Status, UnknownJobError
from search.sweep.cluster.shipment import Shipment
from search.sweep.cluster.tokens import takes_jobs_of_anybody, token_file_warnings

_ADDRESS = "RAY_API_SERVER_ADDRESS"
_REACH_SECONDS = 10.0
_STOP_SECONDS = 60
_QUIET_SECONDS = 120.0
"""Without a word, after which the log is asked for anew: the connection may be gone."""

_LOST_SECONDS = 600.0
"""Without a connection, after which we give up."""

_AGAIN_SECONDS = 2.0
_ID = re.compile(r"[A-Za-z0-9_.-]+")
_SHOWN = 300

_ENVIRONMENT = {
    "RAY_JOB_STOP_SIGNAL": "SIGINT",  # as by Ctrl-C, so that a sweep ends in order
    "RAY_JOB_STOP_WAIT_TIME_S": str(_STOP_SECONDS),
}
_HOW_TO_CLOSE = "start Ray with RAY_AUTH_MODE=token, see docs/cluster.md"
_FAILURES = (OSError, RuntimeError, ValueError, RayError, aiohttp.ClientError)


class RayJobs:
    """The job service of a Ray cluster; see :class:`search.sweep.cluster.jobs.JobService`.

    Args:
        address: of its dashboard, a URL.

    Raises:
        UserError: nobody is there, it is no such service, or it does not let us in.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        for handler in logging.getLogger("ray").handlers:
            handler.setLevel(logging.ERROR)  # else it tells of each upload and connection
        with self._told():
            _check_listens(address)
            with _environment(_ADDRESS, address):  # Ray would prefer its variables to what it is given
                self._client = system.ask_ray(JobSubmissionClient, address)

    @property
    def address(self) -> str:
        return self._address

    def warnings(self) -> list[str]:
        found = token_file_warnings()
        if takes_jobs_of_anybody(self._address):
            found.insert(0, f"whoever reaches {self._address} runs what he likes there: {_HOW_TO_CLOSE}")
        return found

    def submit(self, command: str, shipment: Shipment, metadata: Mapping[str, str]) -> str:
        environment = {
            "working_dir": str(shipment.working),
            "py_modules": [str(shipment.code)],
            "worker_process_setup_hook": f"{shipped.CODE}.{shipped.activate.__name__}",
            "env_vars": _ENVIRONMENT,
        }
        with self._told():
            submit = self._client.submit_job
            return str(system.ask_ray(submit, entrypoint=command, runtime_env=environment, metadata=dict(metadata)))

    def jobs(self) -> list[Job]:
        with self._told():
            found = [_job(details) for details in system.ask_ray(self._client.list_jobs) if details.submission_id]
        return sorted(found, key=lambda job: (job.started is None, job.started, job.id))

    def job(self, job_id: str) -> Job:
        with self._told(job_id):
            return _job(system.ask_ray(self._client.get_job_info, job_id))

    def log(self, job_id: str) -> str:
        with self._told(job_id):
            return str(system.ask_ray(self._client.get_job_logs, job_id))

    def follow(self, job_id: str) -> Iterator[str]:
        seen, reached = 0, time.monotonic()
        while True:
            with suppress(*_FAILURES):  # whatever it is, the service will say whether the job goes on
                for chunk in self._tail(job_id, seen):
                    seen, reached = seen + len(chunk), time.monotonic()
                    yield chunk
            try:
                if self.job(job_id).status.has_ended:
                    break
                reached = time.monotonic()
            except UnknownJobError:
                raise
            except UserError as error:
                if time.monotonic() - reached > _LOST_SECONDS:
                    raise UserError(f"lost job {job_id}, and what it has sent until now is here: {error}") from None
            time.sleep(_AGAIN_SECONDS)
        if left := self.log(job_id)[seen:]:  # it may have ended while we were away
            yield left

    def stop(self, job_id: str) -> bool:
        with self._told(job_id):
            return bool(system.ask_ray(self._client.stop_job, job_id))

    def _tail(self, job_id: str, seen: int) -> Iterator[str]:
        """What comes after the first ``seen`` characters, until the job has ended or the connection is lost."""
        with asyncio.Runner() as runner:
            chunks = system.ask_ray(self._client.tail_job_logs, job_id)
            while (chunk := runner.run(_following(chunks))) is not None:
                if len(chunk) > seen:
                    yield chunk[seen:]
                seen = max(0, seen - len(chunk))

    @contextmanager
    def _told(self, job_id: str | None = None) -> Iterator[None]:
        """Failures within are a user's errors."""
        if job_id is not None and not _ID.fullmatch(job_id):
            raise self._unknown(job_id)
        try:
            yield
        except UserError:
            raise
        except AuthenticationError:
            how = "set RAY_AUTH_MODE=token, and the token of its head node in RAY_AUTH_TOKEN or ~/.ray/auth_token"
            raise UserError(f"Ray at {self._address} does not let us in: {how}") from None
        except _FAILURES as error:
            said = " ".join(str(error).split())
            if job_id is not None and "status code 404" in said:
                raise self._unknown(job_id) from None
            hint = f" (is that the address of its dashboard?): {said[:_SHOWN]}"
            raise UserError(f"cannot use Ray's jobs at {self._address}{hint}") from None

    def _unknown(self, job_id: str) -> UnknownJobError:
        return UnknownJobError(f"no job '{job_id}' at {self._address}: `slotsmith jobs` lists them")


async def _following(chunks: AsyncIterator[str]) -> str | None:
    try:
        return await asyncio.wait_for(anext(chunks), _QUIET_SECONDS)
    except StopAsyncIteration:
        return None


def _job(details: Any) -> Job:
    return Job(
        id=str(details.submission_id or details.job_id),
        status=Status(str(details.status.value)),
        metadata=dict(details.metadata or {}),
        started=_time(details.start_time),
        ended=_time(details.end_time),
        exit_code=details.driver_exit_code,
        message=str(details.message or ""),
    )


def _time(milliseconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _check_listens(address: str) -> None:
    """Refuse an address where nobody listens: Ray itself would try for minutes.

    Raises:
        UserError: that is so.
    """
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((str(parts.hostname), port), _REACH_SECONDS).close()
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"no Ray at {address} ({why}): start one there with `ray start --head`") from None


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable has a value for as long as the block runs."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
