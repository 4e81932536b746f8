"""The ``slotsmith`` command."""

import errno
import json
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from machine.errors import KernelError, UserError
from problems.checking.users_code import mistake_in_users_code
from search.cli.analyze_command import analyze_command
from search.cli.check_kernel_command import check_kernel_command
from search.cli.entry_commands import (
    export_command,
    reproduce_command,
    simulate_command,
    trace_command,
    validate_command,
)
from search.cli.explore_command import explore_command
from search.cli.improve_command import improve_command
from search.cli.jobs_commands import jobs_command, logs_command, stop_command, submit_command
from search.cli.list_commands import knobs_command, leaderboard_command, machines_command, problems_command
from search.cli.new_command import new_command
from search.cli.report_command import report_command
from search.cli.rewrite_commands import rewrite_command, rules_command
from search.cli.search_command import search_command
from search.cli.show_command import show_command
from search.cli.site_command import site_command
from search.cli.solve_commands import bound_command, solve_command
from search.cli.sweep_command import sweep_command
from search.cli.watch_command import watch_command
from search.processes.ending_signals import ending_signals_interrupt


class Commands(TyperGroup):
    """Commands whose interrupts come out as such: typer makes them an exit code, without a word."""

    def invoke(self, ctx: Any) -> Any:
        """Carry out the command that was given."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Abort from None


app = typer.Typer(
    name="slotsmith",
    cls=Commands,
    help="A superoptimizer and search-based scheduler for VLIW SIMD machines.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("new")(new_command)
app.command("check")(check_kernel_command)
app.command("search")(search_command)
app.command("solve")(solve_command)
app.command("bound")(bound_command)
app.command("explore")(explore_command)
app.command("improve")(improve_command)
app.command("rewrite")(rewrite_command)
app.command("rules")(rules_command)
app.command("sweep")(sweep_command)
app.command("watch")(watch_command)
app.command("analyze")(analyze_command)
app.command("submit")(submit_command)
app.command("jobs")(jobs_command)
app.command("logs")(logs_command)
app.command("stop")(stop_command)
app.command("show")(show_command)
app.command("report")(report_command)
app.command("validate")(validate_command)
app.command("simulate")(simulate_command)
app.command("reproduce")(reproduce_command)
app.command("export")(export_command)
app.command("trace")(trace_command)
app.command("leaderboard")(leaderboard_command)
app.command("site")(site_command)
app.command("problems")(problems_command)
app.command("knobs")(knobs_command)
app.command("machines")(machines_command)

USER_ERROR, INTERRUPTED = 2, 130

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> None:
    """Run the command line: a user's error is a line, in a kernel a few, and exit code 2; a bug keeps its traceback."""
    _prepare_streams()
    try:
        with ending_signals_interrupt():
            code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
            sys.stdout.flush()
    except KernelError as error:
        _fail_in_kernel(error)
    except UserError as error:
        _fail(str(error), USER_ERROR)
    except TyperException as error:
        _fail(error.format_message(), USER_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _drop_output()  # the reader has gone
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _drop_output()
        _fail(f"cannot write: {error.strerror}", USER_ERROR)
    except (Exception, SystemExit) as error:  # a kernel may end the process, too
        found = mistake_in_users_code(error)
        if found is not None:
            _fail_in_kernel(found)
        if not isinstance(error, MemoryError):
            raise
        _fail("there is not enough memory: give fewer --inputs or a smaller shape", USER_ERROR)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _prepare_streams() -> None:
    """Streams that are closed take what is written all the same; letters that one cannot write become ``?``."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (open until the process ends)
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Keep Python from complaining when it flushes at exit what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    _end(" ".join(message.split()), code)


def _fail_in_kernel(error: KernelError) -> None:
    _end(str(error), USER_ERROR)


def _end(message: str, code: int) -> None:
    """Say what is wrong and end; with ``--json`` standard output says it too, as JSON, for whoever reads that."""
    print(f"slotsmith: {message}", file=sys.stderr)
    if "--json" in sys.argv:
        with suppress(OSError):
            print(json.dumps({"error": message}), flush=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
