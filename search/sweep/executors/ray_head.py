"""Whether the head of a Ray is there.

A process that is connected to a Ray whose head has gone waits in compiled code for a minute; then Ray ends it, whatever
it is doing.  So the head is asked for before Ray is.
"""

import socket
import time

from machine.errors import UserError

_REACH_SECONDS = 10.0
"""To wait for a connection."""

_PATIENCE_SECONDS = 20.0
"""In which a head may come back, with _REACH_SECONDS more well below the minute after which Ray ends this process."""


class RayHead:
    """The process of a Ray that knows its nodes.

    Args:
        address: where it listens, as ``host:port``.
        patience: seconds in which it may come back.
    """

    def __init__(self, address: str, patience: float = _PATIENCE_SECONDS) -> None:
        self._address = address
        self._patience = patience
        self._there = time.monotonic()

    def is_there(self) -> bool:
        """Whether it listens now.

        Raises:
            UserError: it has not for longer than patience allows.
        """
        host, _, port = self._address.rpartition(":")
        why = why_unreachable(host, int(port))
        if why is None:
            self._there = time.monotonic()
        elif time.monotonic() - self._there > self._patience:
            raise UserError(f"the head of Ray at {self._address} has gone ({why}): --resume goes on from here")
        return why is None


def why_unreachable(host: str, port: int) -> str | None:
    """Why nobody listens there; ``None`` where somebody does."""
    try:
        socket.create_connection((host.strip("[]"), port), _REACH_SECONDS).close()
    except OSError as error:
        return str(error.strerror or error)
    return None
