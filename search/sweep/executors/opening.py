"""Opens the executor that a sweep asks for."""

import os
from contextlib import AbstractContextManager

from machine.errors import MissingLibraryError
from search.sweep.executors.executor import Executor, Limits, available_processors
from search.sweep.executors.in_process import InProcess
from search.sweep.executors.processes import Processes
from search.sweep.sweep_file import ExecutorKind, ExecutorSettings

_RAY_DEFAULTS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # else it tells of lost workers on our standard output
}
"""Environment of Ray, which looks at it when it is imported."""


def open_executor(settings: ExecutorSettings, limits: Limits) -> AbstractContextManager[Executor]:
    """The executor, open while its block runs; it frees its processors when that is left.

    Raises:
        MissingLibraryError: Ray is not installed.
        UserError: when the block is entered, there is none at the address.
    """
    if settings.kind is ExecutorKind.IN_PROCESS:
        return InProcess()
    if settings.kind is ExecutorKind.PROCESSES:
        return Processes(settings.workers or max(1, available_processors() // limits.cpus), limits)
    for name, value in _RAY_DEFAULTS.items():
        os.environ.setdefault(name, value)
    try:
        from search.sweep.executors.ray_executor import RayExecutor  # noqa: PLC0415  (Ray is large and need not be installed)
    except ImportError as error:
        raise MissingLibraryError(f"the executor 'ray' needs Ray ({error})", "ray") from None
    return RayExecutor(limits, settings.address, settings.workers)
