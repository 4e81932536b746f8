"""Where the service is that runs jobs on a cluster, which is Ray's."""

import os
from urllib.parse import urlsplit

from machine.errors import MissingLibraryError, UserError
from search.sweep.cluster.jobs import JobService

DEFAULT_ADDRESS = "http://127.0.0.1:8265"
_VARIABLES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")
_NOWHERE = ("", "auto", "local")
"""What Ray takes for an address and is none of a service."""


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
        MissingLibraryError: Ray is not installed.
        UserError: there is no such service, or it does not let us in.
    """
    try:
        from search.sweep.cluster.ray_jobs import RayJobs  # noqa: PLC0415  (Ray is large and need not be installed)
    except ImportError as error:
        raise MissingLibraryError(f"jobs need Ray ({error})", "ray") from None
    return RayJobs(address)
