"""The ``slotsmith`` command.  Outside the package, so that it can tell what goes wrong when that is imported."""

import gc
import os
import signal
import sys  # and nothing else before Ctrl-C is seen to

INTERRUPTED, USER_ERROR = 130, 2


def main() -> None:
    """Run the command line; what keeps it from starting is one line, and exit code 2."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, _end_at_once)
    if "_SLOTSMITH_COMPLETE" in os.environ:
        from search.cli.completion import complete  # noqa: PLC0415  (a shell waits: nothing else is imported)

        complete()
    _require_temporary_folder()
    gc.disable()  # while modules are loaded, which stay
    try:
        import slotsmith  # noqa: F401, PLC0415  (its import checks that the packages are ours)
        from search.cli.main import main as run  # noqa: PLC0415
        from search.processes.garbage import collect_rarely  # noqa: PLC0415
    except ImportError as error:
        if not str(error).startswith("Slotsmith needs its own package"):
            raise
        sys.exit(_refused(str(error)))
    collect_rarely()
    gc.enable()
    run()


def _end_at_once(number: int, frame: object) -> None:
    """Ctrl-C while modules are loaded, or when all is done: an exception may come out of an import as another one."""
    try:
        os.write(2, b"slotsmith: interrupted\n")
    finally:  # standard error may be closed
        os._exit(INTERRUPTED)


def _require_temporary_folder() -> None:
    """Worker processes, solvers and compiled code need one."""
    import tempfile  # noqa: PLC0415

    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        sys.exit(_refused(f"{error.strerror}: set TMPDIR to a folder that you can write, on a disk with room"))


def _refused(message: str) -> int:
    print(f"slotsmith: {message}", file=sys.stderr)
    return USER_ERROR
