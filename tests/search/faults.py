"""Runs something with a fault at its n-th use of the system: a call that fails, or a process that ends there.

A run is in a forked process, so that one which ends in the middle of a write leaves what a killed one leaves.
"""

import errno
import json
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any

from machine.errors import UserError
from search.files import system

ERRORS = {
    "make_folder": errno.EACCES,
    "new_file": errno.ENOSPC,
    "write": errno.ENOSPC,
    "sync": errno.EIO,
    "sync_folder": errno.EIO,
    "rename": errno.EIO,
    "remove": errno.EROFS,
    "start": errno.EAGAIN,
    "ask_ray": errno.ECONNRESET,
}
"""Every function of the seam, and how it fails."""

_CRASHED, _DEFECT, _REFUSED = 86, 87, 2


class Fault(Enum):
    """What happens at the n-th use."""

    ONCE = "fails once"
    FOR_GOOD = "fails from then on"
    KILLED = "killed there"


Report = Callable[[str], None]
"""Tells the test what a user has been told: it must not be lost."""


@dataclass(frozen=True)
class Ran:
    """How a run came out.

    Attributes:
        uses: of the system, by name, in order.
        reported: what it has reported before it ended.
        refused: whether it ended with a user's error.
        killed: whether the fault ended it.
    """

    uses: list[str]
    reported: list[str]
    refused: bool
    killed: bool


def run_with_fault(
    action: Callable[[Report], None], number: int | None, fault: Fault = Fault.ONCE, only: str | None = None
) -> Ran:
    """Run ``action`` in a process of its own, with a fault at its use of that number; none if that is ``None``.

    With ``only``, uses of other names are not counted.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_run(action, number, fault, only, writer))
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = [json.loads(line) for line in pipe]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = {kind: [text for what, text in told if what == kind] for kind in ("use", "report", "defect")}
    assert code in (0, _REFUSED, _CRASHED), (number, fault, code, *said["defect"])
    return Ran(said["use"], said["report"], code == _REFUSED, code == _CRASHED)


def _run(action: Callable[[Report], None], number: int | None, fault: Fault, only: str | None, writer: int) -> int:
    def tell(kind: str, text: str) -> None:
        os.write(writer, json.dumps([kind, text]).encode() + b"\n")

    _put_faults(number, fault, only, tell)
    try:
        action(lambda text: tell("report", text))
    except UserError as error:
        tell("refusal", str(error))
        return _REFUSED
    except BaseException:
        tell("defect", traceback.format_exc())
        return _DEFECT
    return 0


def _put_faults(number: int | None, fault: Fault, only: str | None, tell: Callable[[str, str], None]) -> None:
    """Put functions that count, and fail, in the place of those of the seam; nobody puts the others back.

    Nothing is synced, which other tests would wait for: a process that ends loses nothing by that.
    """
    uses = 0
    system.sync = system.sync_folder = lambda path: None

    def failing(name: str, usual: Callable[..., Any]) -> Callable[..., Any]:
        def use(*arguments: Any, **options: Any) -> Any:
            nonlocal uses
            is_counted = only in (None, name)
            uses += is_counted
            tell("use", name)
            is_meant = number is not None and (uses == number or (fault is Fault.FOR_GOOD and uses > number))
            if not (is_counted and is_meant):
                return usual(*arguments, **options)
            if name == "write":
                _write_half(*arguments)
            if fault is Fault.KILLED:
                os._exit(_CRASHED)
            raise OSError(ERRORS[name], os.strerror(ERRORS[name]))

        return use

    for name in ERRORS:
        setattr(system, name, failing(name, getattr(system, name)))


def _write_half(file: IO[bytes], content: bytes) -> None:
    file.write(content[: len(content) // 2])
    file.flush()
