"""The job itself, on a head node without Ray: what it sends leads to its results, however it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from search.board.leaderboard import Leaderboard
from search.sweep.cluster.collect import Collector, Kept
from search.sweep.cluster.job_log import Item, JobLog
from search.sweep.cluster.shipment import packed
from search.sweep.sweep_file import load_sweep_file
from tests.search.sweep.cluster.sent import read, run
from tests.search.sweep.small_sweep import write_sweep
from tests.search.waiting import wait_until

pytestmark = pytest.mark.slow

RUN = "from pathlib import Path; from search.sweep.cluster.job_run import main; main(Path.cwd())"
MANY = ("--trials", "1000000")


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return write_sweep(tmp_path / "small.toml")


@contextmanager
def job(sweep: Path, options: Sequence[str], shared: str = "", results: Path | None = None) -> Iterator["Running"]:
    """The job in a process of its own, in the folder that was shipped."""
    with packed(sweep, load_sweep_file(sweep), results, ()) as shipment, (sweep.parent / "log").open("wb") as log:
        words = [sys.executable, "-c", RUN, shared, sweep.name, "--executor", "in-process", *options]
        process = subprocess.Popen(words, cwd=shipment.working, stdout=log, stderr=log, start_new_session=True)
        try:
            yield Running(process, sweep.parent / "log")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Running:
    """A job that runs, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def wait_for_a_best(self) -> None:
        wait_until(lambda: b": best " in self.log.read_bytes())

    def sweep_process(self) -> int:
        """The process of the sweep alone."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        (child,) = map(int, children.split())
        return child

    def end(self) -> tuple[int, list[str], list[Item]]:
        """Its exit code, lines and items, of which none is missing."""
        code = self.process.wait(timeout=120)
        log = JobLog()
        lines, items = read(log, [self.log.read_text(encoding="utf-8")])
        assert (log.missing, log.damaged) == (0, 0)
        return code, lines, items


def collected(folder: Path, items: list[Item]) -> Leaderboard:
    board = Leaderboard(folder)
    board.ensure_writable()
    collector = Collector(board, None)
    taken = [collector.take(item) for item in items]
    assert all(each is None or isinstance(each, Kept) for each in taken)
    return board


def winners(folder: Path) -> dict[str, int]:
    return {entry.id: entry.cycles for entry in Leaderboard(folder).best()}


def test_what_it_sends_is_what_the_sweep_has_found(tmp_path: Path, sweep: Path) -> None:
    with job(sweep, []) as running:
        code, lines, items = running.end()
    run(sweep, tmp_path / "plain")
    board = collected(tmp_path / "here", items)
    assert code == 0
    assert any(re.match(r"sweep small: 6 trials, 6 of them in .*, ended by trials", line) for line in lines)
    assert winners(board.folder) == winners(tmp_path / "plain") != {}


def test_it_goes_on_where_an_earlier_run_has_ended(tmp_path: Path, sweep: Path) -> None:
    run(sweep, tmp_path / "results")
    with job(sweep, ["--trials", "9", "--resume"], results=tmp_path / "results") as running:
        code, lines, items = running.end()
    assert code == 0
    assert any(line.startswith("sweep small: 9 trials, 3 of them in") for line in lines)
    before = winners(tmp_path / "results")
    sent = {item["entry"]["id"] for item in items if item["kind"] == "entry"}
    assert not sent & set(before)
    collected(tmp_path / "results", items)
    journal = (tmp_path / "results/sweeps/small/journal.jsonl").read_text(encoding="utf-8")
    assert (journal.count('"begun"'), journal.count('"event":"ended"')) == (1, 9)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_stopped_sends_what_there_is(tmp_path: Path, sweep: Path, stop: signal.Signals) -> None:
    """As Ray stops it: the signal goes to each of its processes."""
    with job(sweep, MANY) as running:
        running.wait_for_a_best()
        os.killpg(running.process.pid, stop)
        code, lines, items = running.end()
    assert winners(collected(tmp_path / "here", items).folder)
    assert code == 0
    assert any("interrupted" in line for line in lines)


def test_a_stop_counts_where_interrupts_were_ignored(sweep: Path) -> None:
    """As in a Ray that a script has started in its background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with job(sweep, MANY) as running:
            signal.signal(signal.SIGINT, before)
            running.wait_for_a_best()
            os.killpg(running.process.pid, signal.SIGINT)
            code, lines, _ = running.end()
    finally:
        signal.signal(signal.SIGINT, before)
    assert code == 0
    assert any("interrupted" in line for line in lines)


def test_what_a_sweep_that_crashed_had_found_is_sent(tmp_path: Path, sweep: Path) -> None:
    with job(sweep, MANY) as running:
        running.wait_for_a_best()
        os.kill(running.sweep_process(), signal.SIGKILL)
        code, _, items = running.end()
    assert code == 128 + signal.SIGKILL
    assert winners(collected(tmp_path / "here", items).folder)


def test_a_users_error_is_one_line_in_the_log(sweep: Path) -> None:
    with job(sweep, ["--nonsense"]) as running:
        code, lines, items = running.end()
    assert (code, items) == (2, [])
    assert [line for line in lines if line.startswith("slotsmith: ")] == [lines[-1]]


def test_a_shared_folder_is_used_as_it_is_and_nothing_is_sent(tmp_path: Path, sweep: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    with job(sweep, [], shared=str(shared)) as running:
        assert running.process.wait(timeout=120) == 0
        log = JobLog()
        read(log, [running.log.read_text(encoding="utf-8")])
        assert not log.carries_results
    assert winners(shared)
    assert (shared / "sweeps/small/journal.jsonl").exists()


def test_a_shared_folder_that_the_head_does_not_see_is_refused(tmp_path: Path, sweep: Path) -> None:
    with job(sweep, [], shared=str(tmp_path / "elsewhere")) as running:
        assert running.process.wait(timeout=120) == 2
        assert "is it shared" in running.log.read_text(encoding="utf-8")
    assert not (tmp_path / "elsewhere").exists()
