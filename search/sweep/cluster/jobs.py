"""Jobs on a cluster: what they are, and the service that runs them, which is Ray's."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit

from machine.errors import UserError
from search.sweep.cluster.shipment import Shipment

DEFAULT_ADDRESS = "http://127.0.0.1:8265"
_VARIABLES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")
_NOWHERE = ("", "auto", "local")
"""What Ray takes for an address and is none of a service."""


class Status(Enum):
    """Where a job stands, in Ray's words."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def has_ended(self) -> bool:
        """Whether that is final."""
        return self in (Status.STOPPED, Status.SUCCEEDED, Status.FAILED)


@dataclass(frozen=True)
class Job:
    """A job, as the service knows it.

    Attributes:
        id: by which the service knows it.
        status: where it stands.
        metadata: what its submitter has said about it.
        started: when, in UTC.
        ended: when, in UTC, if it has.
        exit_code: of its command, if that has ended by itself.
        message: what the service says about its status.
    """

    id: str
    status: Status
    metadata: Mapping[str, str]
    started: datetime | None
    ended: datetime | None
    exit_code: int | None
    message: str


class UnknownJobError(UserError):
    """The service has no such job."""


class JobService(Protocol):
    """Runs jobs.  Everything raises ``UserError`` where the service cannot be reached, refuses, or has no such job."""

    @property
    def address(self) -> str:
        """Where it is."""

    def submit(self, command: str, shipment: Shipment, metadata: Mapping[str, str]) -> str:
        """Run a shell command where a shipment has been unpacked; the new job's id."""

    def jobs(self) -> list[Job]:
        """All jobs, the oldest first."""

    def job(self, job_id: str) -> Job:
        """One job."""

    def log(self, job_id: str) -> str:
        """All that a job has written by now."""

    def follow(self, job_id: str) -> Iterator[str]:
        """What a job writes, in pieces, from the beginning until it has ended."""

    def stop(self, job_id: str) -> bool:
        """Begin to stop a job; false if it has ended already."""


def service_address(given: str | None) -> str:
    """The address of a job service, as a URL: the one given, that of Ray's variables, or the default on this machine.

    Raises:
        UserError: it is none.
    """
    found = [given, *(os.environ.get(name) for name in _VARIABLES)]
    address = next((text for text in found if text is not None and text not in _NOWHERE), DEFAULT_ADDRESS)
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and parts.hostname is not None and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise UserError(f"'{address}' is not the address of Ray's dashboard: write http://HOST:8265")
    return url.rstrip("/")


def open_service(address: str) -> JobService:
    """The job service at an address.

    Raises:
        UserError: Ray is not installed, or there is no such service, or it does not let us in.
    """
    try:
        from search.sweep.cluster.ray_jobs import RayJobs  # noqa: PLC0415  (Ray is large and need not be installed)
    except ImportError as error:
        raise UserError(f"jobs need Ray ({error}): pip install 'slotsmith[ray]'") from None
    return RayJobs(address)
