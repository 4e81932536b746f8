"""Sweeps as jobs on a cluster: ``slotsmith submit``, ``jobs``, ``logs`` and ``stop``."""

import shlex
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from machine.errors import UserError, printable
from search.board.leaderboard import Leaderboard
from search.cli.fitting_table import Column, print_table, terminal
from search.cli.job_follow import NOT_WHOLE, follow_job, tell, tell_end
from search.cli.options import DEFAULT_RESULTS, JsonOption, ResultsOption, print_json
from search.sweep.cluster import shipped
from search.sweep.cluster.collect import Collector
from search.sweep.cluster.jobs import Job, JobService
from search.sweep.cluster.service import open_service, service_address
from search.sweep.cluster.shipment import packed
from search.sweep.duration import duration
from search.sweep.sweep_file import SweepBudget, SweepFile, load_sweep_file
from search.sweep.sweep_journal import open_journal
from search.sweep.sweep_progress import task_key

AddressOption = Annotated[
    str | None,
    typer.Option(
        help="Of the head node's dashboard; RAY_API_SERVER_ADDRESS, RAY_ADDRESS or http://127.0.0.1:8265 if not given."
    ),
]
JobArgument = Annotated[str, typer.Argument(help="A job's id, as `slotsmith jobs` lists it.")]

DETACHED = 130
_START = f"exec python -P -c 'import {shipped.CODE}; {shipped.CODE}.{shipped.run.__name__}()'"
_COLUMNS = (
    *(Column("job", 9), Column("sweep", 7), Column("status", 8), Column("started (UTC)", 5)),
    *(Column("time", 4), Column("code", 6, True), Column("results", 2)),
)
_OURS, _NAME, _RESULTS = "slotsmith", "sweep", "results"
"""Keys of a job's metadata."""

_LOOK_SECONDS = 0.5


def submit_command(
    sweep: Annotated[Path, typer.Argument(help="A sweep file, in TOML.")],
    address: AddressOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    shared: Annotated[
        Path | None, typer.Option(help="A results folder that the head node sees too, to be used by both.")
    ] = None,
    include: Annotated[
        list[Path] | None, typer.Option(help="Ship a file or folder that problems need; may be given again.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Trials at once; as many as fit if not given.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours for this run, if not as the file says.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials of all runs, if not as the file says.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run ended, if there was one.")
    ] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the job's id, and leave it to itself.")] = False,
) -> None:
    """Run a sweep as a job on a Ray cluster, show its log, and bring its results here.

    Ctrl-C leaves the job running; `slotsmith logs` goes on from there.

    Example: slotsmith submit sweeps/overnight.toml --address http://head:8265 --hours 8
    """
    described = load_sweep_file(sweep)
    SweepBudget(hours, trials)  # refused here, not by the job
    service = open_service(service_address(address))
    board = Leaderboard(results if shared is None else shared.absolute())
    board.ensure_writable()
    with ExitStack() as held:
        # No other run of the sweep is to begin here, while its results come here.
        held.enter_context(open_journal(described, board.folder, resume=resume))
        if shared is not None:
            held.close()  # there the job holds it
        _check_not_running(service, described, board)
        words = ["" if shared is None else str(board.folder), sweep.name, *_options(workers, hours, trials, resume)]
        for warning in service.warnings():
            tell(f"warning: {warning}")
        with packed(sweep, described, results if shared is None else None, include or []) as shipment:
            job_id = service.submit(f"{_START} {shlex.join(words)}", shipment, _metadata(described, board))
        if no_wait:
            typer.echo(job_id)
            return
        tell(f"job {job_id} at {service.address} runs sweep {described.name}; Ctrl-C leaves it running")
        _attend(service, job_id, Collector(board, {task_key(study.task) for study in described.studies}))


def jobs_command(address: AddressOption = None, json: JsonOption = False) -> None:
    """List the sweeps that were submitted to a cluster, the oldest first.

    Example: slotsmith jobs --address http://head:8265
    """
    service = open_service(service_address(address))
    jobs = [job for job in service.jobs() if _OURS in job.metadata]
    if json:
        print_json([_summary(job) for job in jobs])
        return
    if not jobs:
        typer.echo(f"no jobs at {service.address}: `slotsmith submit SWEEP` makes some")
        return
    rows = []
    for job in jobs:
        started = job.started.strftime("%Y-%m-%d %H:%M:%S") if job.started else "-"
        code = "-" if job.exit_code is None else str(job.exit_code)
        job_id, *about = map(printable, (job.id, *(job.metadata.get(key, "-") for key in (_NAME, _RESULTS))))
        rows.append((job_id, about[0], job.status.value.lower(), started, duration(_seconds(job)), code, about[1]))
    print_table(terminal(), _COLUMNS, rows)


def logs_command(
    job: JobArgument,
    address: AddressOption = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the job has ended.")] = False,
    results: ResultsOption = DEFAULT_RESULTS,
) -> None:
    """Print a job's log, and take its results into the results folder.

    Example: slotsmith logs raysubmit_1dxCeNvG1fCMVNHG --follow
    """
    service = open_service(service_address(address))
    board = Leaderboard(results)
    board.ensure_writable()
    if follow:
        _attend(service, job, Collector(board, None))
        return
    has_ended = service.job(job).status.has_ended
    if follow_job([service.log(job)], Collector(board, None), to_the_end=has_ended):
        raise typer.Exit(NOT_WHOLE)


def stop_command(job: JobArgument, address: AddressOption = None) -> None:
    """Stop a job, as Ctrl-C stops a sweep: its best is kept, and --resume goes on from there.

    Example: slotsmith stop raysubmit_1dxCeNvG1fCMVNHG
    """
    service = open_service(service_address(address))
    if service.stop(job):
        while not service.job(job).status.has_ended:
            time.sleep(_LOOK_SECONDS)
    typer.echo(f"job {job}: {service.job(job).status.value.lower()}; `slotsmith logs {job}` brings its results")


def _attend(service: JobService, job_id: str, collector: Collector) -> None:
    """Print and collect until the job has ended.

    Raises:
        typer.Exit: unless it has succeeded and all its results are here.
    """
    try:
        bad = follow_job(service.follow(job_id), collector, to_the_end=True)
        code = tell_end(service.job(job_id))
        tell(f"what it has found is in {collector.folder}")
    except KeyboardInterrupt:
        again = ["--follow", "--address", service.address, "--results", str(collector.folder)]
        tell(f"job {job_id} goes on: `slotsmith logs {job_id} {shlex.join(again)}` follows it")
        raise typer.Exit(DETACHED) from None
    if code or bad:
        raise typer.Exit(code or NOT_WHOLE)


def _options(workers: int | None, hours: float | None, trials: int | None, resume: bool) -> list[str]:
    """Options of ``slotsmith sweep`` on the cluster."""
    given = {"--workers": workers, "--hours": hours, "--trials": trials}
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    return [*words, "--executor", "ray", "--address", "auto", *(["--resume"] if resume else [])]


def _metadata(sweep: SweepFile, board: Leaderboard) -> dict[str, str]:
    return {
        _OURS: version("slotsmith"),
        _NAME: sweep.name,
        _RESULTS: str(board.folder.absolute()),
    }


def _check_not_running(service: JobService, sweep: SweepFile, board: Leaderboard) -> None:
    """Two runs of a sweep would write one journal."""
    wanted = _metadata(sweep, board)
    for job in service.jobs():
        if job.metadata == wanted and not job.status.has_ended:
            raise UserError(
                f"job {job.id} runs sweep {sweep.name} for these results already: wait for it, or `slotsmith stop` it"
            )


def _seconds(job: Job) -> float:
    if job.started is None:
        return 0.0
    return ((job.ended or datetime.now(UTC)) - job.started).total_seconds()


def _summary(job: Job) -> dict[str, object]:
    return {
        "job": job.id,
        "sweep": job.metadata.get(_NAME),
        "status": job.status.value.lower(),
        "started": job.started.isoformat(timespec="seconds") if job.started else None,
        "seconds": round(_seconds(job), 1),
        "exit_code": job.exit_code,
        "results": job.metadata.get(_RESULTS),
    }
