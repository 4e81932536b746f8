"""Jobs on a cluster: what they are, and what is asked of a service that runs them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from machine.errors import UserError
from search.sweep.cluster.shipment import Shipment


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

    def warnings(self) -> list[str]:
        """What is not safe about the service, or about how we are let in."""

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
