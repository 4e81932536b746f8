"""What a job writes, as it comes: lines for people are printed, results are taken into the results folder."""

import sys
from collections.abc import Iterable

import typer

from machine.errors import printable
from search.sweep.cluster.collect import Collector, Kept, Refused
from search.sweep.cluster.job_log import Item, JobLog
from search.sweep.cluster.jobs import Job, Status
from search.sweep.duration import duration

NOT_WHOLE = 1
"""Exit code of a command that could not take in all that a job has sent."""


def follow_job(chunks: Iterable[str], collector: Collector, *, to_the_end: bool) -> int:
    """Print and collect; how many items were refused, damaged or missing.

    Args:
        chunks: the log.
        collector: takes what it carries.
        to_the_end: whether the job has ended where the log ends, so that all its results ought to be there.
    """
    log, refused, missing = JobLog(), 0, 0
    for chunk in chunks:
        for found in log.feed(chunk):
            refused += _handle(found, collector)
    for found in log.finish():
        refused += _handle(found, collector)
    if to_the_end and log.carries_results:
        missing = log.missing if log.missing is not None else 1
        if log.missing is None:
            tell("the job did not send the end of its results: what it had sent until then is here")
        elif missing:
            tell(f"{missing} of the job's results did not arrive whole: `slotsmith logs` tries again")
    return refused + missing


def _handle(found: str | Item, collector: Collector) -> int:
    if isinstance(found, str):
        typer.echo(printable(found))
        return 0
    match collector.take(found):
        case Kept(entry):
            tell(f"entry {entry.id}, {' '.join(entry.key)}: {entry.cycles} cycles, checked here, new best")
        case Refused(what, reason):
            tell(f"refused {what}: {reason}")
            return 1
    return 0


def tell_end(job: Job) -> int:
    """Print how a job has ended; the exit code that says so."""
    seconds = (job.ended - job.started).total_seconds() if job.ended and job.started else 0.0
    after = f"after {duration(seconds)}"
    if job.status is Status.SUCCEEDED:
        tell(f"job {job.id} has succeeded {after}")
        return 0
    if job.status is Status.STOPPED:
        tell(f"job {job.id} was stopped {after}")
        return 1
    if job.exit_code is not None:
        tell(f"job {job.id} has failed with exit code {job.exit_code} {after}")
    else:
        tell(f"job {job.id} has failed: {' '.join(job.message.split())[:500]}")
    return job.exit_code or 1


def tell(line: str) -> None:
    """Print a line about what is being done, which is no result."""
    print(f"slotsmith: {printable(line)}", file=sys.stderr, flush=True)
