"""The ``slotsmith`` command.  Outside the package, so that it can tell what goes wrong when that is imported."""

import os
import sys


def main() -> None:
    """Run the command line; where another package shadows one of ours, say so in one line and exit 2."""
    if "_SLOTSMITH_COMPLETE" in os.environ:
        from search.cli.completion import complete  # noqa: PLC0415  (a shell waits: nothing else is imported)

        complete()
    try:
        import slotsmith  # noqa: F401, PLC0415  (its import checks that the packages are ours)
        from search.cli.main import main as run  # noqa: PLC0415
    except KeyboardInterrupt:  # while modules are loaded
        print("slotsmith: interrupted", file=sys.stderr)
        sys.exit(130)
    except ImportError as error:
        if not str(error).startswith("Slotsmith needs its own package"):
            raise
        print(f"slotsmith: {error}", file=sys.stderr)
        sys.exit(2)
    run()
