"""The job on the head node: runs ``slotsmith sweep``, and writes what it finds into the job's log.

The sweep is a process of its own, so that what it had found is sent even if it crashes.  When the job is stopped, Ray
interrupts both; the sweep ends as it does by Ctrl-C, and what it still writes is sent.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine.errors import UserError
from search.files import system
from search.sweep.cluster.job_log import END, Item, encode_item
from search.sweep.cluster.job_news import News

SWEEP, RESULTS = "slotsmith-sweep", "slotsmith-results"
"""Folders of a job: the sweep's file, and the results that it goes on from."""

_EVERY_SECONDS = 5.0
_STOPS = (signal.SIGINT, signal.SIGTERM)


def main(folder: Path) -> None:
    """Run the job that was unpacked in ``folder`` and that the command line describes: ``SHARED SWEEP OPTION...``.

    That is the shared folder, or an empty word; the name of the sweep's file; options of ``slotsmith sweep``.
    """
    shared, sweep, *options = sys.argv[1:]
    words = [str(folder / SWEEP / sweep), *options]
    try:
        if shared:
            sys.exit(_run_shared(Path(shared), words))
        sys.exit(_run_and_send(folder / RESULTS, words))
    except (UserError, OSError) as error:
        print(f"slotsmith: {error}", file=sys.stderr)
        sys.exit(2)


def _run_shared(results: Path, words: list[str]) -> int:
    """Run with results in a folder that the submitter sees too, and has made."""
    if not results.is_dir():
        raise UserError(f"the head node does not see {results}: is it shared, under the same path?")
    with _sweep(words, results) as process:
        return _code(process)


def _run_and_send(known: Path, words: list[str]) -> int:
    """Run with results in a folder of its own, which begins with the submitter's."""
    with tempfile.TemporaryDirectory(prefix="slotsmith-") as name:
        results = Path(name) / "results"
        shutil.copytree(known, results)
        outbox = _Outbox(News(results))
        with _sweep(words, results) as process:
            while not _has_ended(process):
                outbox.send_news()
        outbox.send_news()
        outbox.send_end()
        return _code(process)


@contextmanager
def _sweep(words: list[str], results: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The sweep's process, and whoever stops it leaves this one alone."""
    for stop in _STOPS:
        # Also where they were ignored: so Ray was started in the background of a script.
        signal.signal(stop, lambda number, frame: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    command = [sys.executable, "-P", "-m", "search.cli.main", "sweep", *words, "--results", str(results)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("PYTHONUNBUFFERED", None)  # with it lines are written in pieces, and may mix with ours
    with system.start(subprocess.Popen, command, env=environment) as process:
        yield process


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_EVERY_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _code(process: subprocess.Popen[bytes]) -> int:
    """A process's exit code, as a shell tells it."""
    code = process.wait()
    return code if code >= 0 else 128 - code


class _Outbox:
    """Writes items into the log."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._sent = 0

    def send_news(self) -> None:
        for item in self._news.collect():
            self._send(item)

    def send_end(self) -> None:
        self._send({"kind": END, "items": self._sent})

    def _send(self, item: Item) -> None:
        for line in encode_item(self._sent, item):
            sys.stdout.write(line)
            sys.stdout.flush()
        self._sent += 1
