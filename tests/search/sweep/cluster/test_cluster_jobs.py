"""Sweeps submitted to a Ray head on this machine: the log streams, results come back, a job can fail and be stopped."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.board.recheck import Verdict, recheck
from search.cli.main import app
from search.files import journal_file
from search.sweep.cluster.job_log import MARK
from search.sweep.cluster.jobs import JobService, Status
from search.sweep.cluster.service import open_service
from tests.search.cli.conftest import slotsmith
from tests.search.sweep.cluster.sent import files
from tests.search.sweep.small_sweep import write_sweep
from tests.search.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:ssl=None is deprecated:DeprecationWarning"),  # by Ray
]

_OBJECT_STORE_BYTES = 100 << 20
_START_SECONDS = 120.0
_END_SECONDS = 30.0

PROBLEM = """
from pathlib import Path
from problems.kernels.hash_vectors import HashVectors

class Mine(HashVectors):
    name = "mine"
    summary = Path("mine/summary.txt").read_text()
"""
SWEEP = """
[budget]
trials = 4
[sampler]
kind = "random"
[trial]
schedules = 2
inputs = 16
[[studies]]
problem = "tree_hash"
shapes = ["height=2,rounds=2,batch=8"]
"""
OWN = '[[studies]]\nproblem = "mine/problem.py:Mine"\nshapes = ["vectors=1"]\n'


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def address(only_ray: None) -> Iterator[str]:
    """A head node with its dashboard; what belongs to it, and nothing else, is killed at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ss-", ignore_cleanup_errors=True) as folder:
        options = {
            "port": 0,
            "dashboard-port": port,
            "dashboard-agent-listen-port": 0,
            "ray-client-server-port": free_port(),
            "min-worker-port": 0,
            "max-worker-port": 0,
            "num-cpus": 2,
            "object-store-memory": _OBJECT_STORE_BYTES,
            "temp-dir": folder,
        }
        python = Path(sys.executable)
        words = [str(python.with_name("ray")), "start", "--head", "--block", "--disable-usage-stats"]
        path = os.pathsep.join([str(python.parent), os.environ["PATH"]])  # jobs run the `python` that is found there
        with (Path(folder) / "output").open("wb") as output:
            head = subprocess.Popen(
                words + [f"--{name}={value}" for name, value in options.items()],
                env={**os.environ, "PATH": path},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            _wait_for(port, head, Path(folder) / "output")
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(head, folder)


def _wait_for(port: int, head: subprocess.Popen[bytes], output: Path) -> None:
    """Wait until the dashboard answers, and can run jobs."""
    until = time.monotonic() + _START_SECONDS
    while True:
        assert head.poll() is None and time.monotonic() < until, output.read_text(encoding="utf-8")
        with suppress(UserError):
            open_service(f"http://127.0.0.1:{port}").jobs()
            return
        time.sleep(0.2)


def _end(head: subprocess.Popen[bytes], folder: str) -> None:
    head.terminate()  # upon which it ends the processes of its node
    with suppress(subprocess.TimeoutExpired):
        head.wait(_END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(head.pid, signal.SIGKILL)
    head.wait()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if folder.encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


def said(*words: str) -> tuple[int, str, str]:
    """What a command comes to, in this process."""
    ran = CliRunner().invoke(app, words, catch_exceptions=False)
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.fixture
def service(address: str) -> JobService:
    return open_service(address)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The submitter's directory, with a problem that needs a file."""
    write_sweep(tmp_path / "mine" / "problem.py", PROBLEM)
    write_sweep(tmp_path / "mine" / "summary.txt", "a problem of mine")
    write_sweep(tmp_path / "small.toml", SWEEP + OWN)
    write_sweep(tmp_path / "long.toml", SWEEP.replace("trials = 4", "trials = 1000000"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_job_runs_and_its_entries_are_on_the_leaderboard(here: Path, address: str, service: JobService) -> None:
    words = ["small.toml", "--address", address, "--include", "mine/summary.txt", "--workers", "1"]
    ran = slotsmith("submit", *words, folder=here)
    assert ran.code == 0, ran.err
    assert "sweep small: 4 trials, 4 of them in" in ran.out
    assert MARK not in ran.out

    results = here / "results"
    entries = Leaderboard(results).best()
    assert {entry.problem for entry in entries} == {"tree_hash", "mine/problem.py:Mine"}
    assert all(f"entry {entry.id}" in ran.err and f"entry {entry.id}" in ran.out for entry in entries)
    assert [recheck(results, entry, 8).verdict for entry in entries] == [Verdict.VALID] * 2
    events = [record["event"] for record in journal_file.read(results / "sweeps/small/journal.jsonl")]
    assert (events.count("ended"), events[-1]) == (4, "finished")

    (job,) = service.jobs()
    assert (job.status, job.exit_code, job.metadata["sweep"]) == (Status.SUCCEEDED, 0, "small")
    before = files(results)
    code, out, err = said("logs", job.id, "--address", address)
    assert (code, err) == (0, "")
    assert "sweep small: 4 trials" in out
    assert files(results) == before


def test_a_job_that_fails_ends_with_its_exit_code(here: Path, address: str) -> None:
    """It was not told to take the file along that its problem needs."""
    ran = slotsmith("submit", "small.toml", "--address", address, "--results", "failed", folder=here)
    assert ran.code == 2
    assert "mine/problem.py fails to load: FileNotFoundError" in ran.out
    assert "has failed with exit code 2" in ran.err


def test_while_a_job_runs_its_log_streams_and_its_best_comes_here_and_it_can_be_stopped(
    here: Path, address: str, service: JobService
) -> None:
    script = Path(sys.executable).with_name("slotsmith")
    words = [script, "submit", "long.toml", "--address", address, "--workers", "1"]
    with subprocess.Popen(words, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(": best " in line for line in process.stdout)
        wait_until(lambda: len(Leaderboard(here / "results").best()) == 1)
        (job,) = (job for job in service.jobs() if not job.status.has_ended)
        assert job.status is Status.RUNNING
        assert said("stop", job.id, "--address", address)[1].startswith(f"job {job.id}: stopped")
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "interrupted" in out
    assert f"job {job.id} was stopped" in err
    assert "results did not arrive" not in err
    events = [record["event"] for record in journal_file.read(here / "results/sweeps/long/journal.jsonl")]
    assert events.count("ended") > 0
    assert not service.stop(job.id)


@pytest.mark.parametrize("verb", ["job", "log", "stop", "follow"])
def test_an_unknown_job_is_said_to_be_unknown(service: JobService, verb: str) -> None:
    for name in ("raysubmit_nope", "../jobs", ""):
        with pytest.raises(UserError, match=f"no job '{name}' at http"):
            next(iter(getattr(service, verb)(name)))


def test_whoever_has_no_token_is_not_let_in(address: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(16))
    assert "does not let us in: set RAY_AUTH_MODE=token" in slotsmith("jobs", "--address", address, folder=here).refusal


def test_where_nobody_listens_it_is_told_at_once() -> None:
    with pytest.raises(UserError, match=r"no Ray at http://127\.0\.0\.1:\d+ \(.*start one there"):
        open_service(f"http://127.0.0.1:{free_port()}")


def test_where_something_else_listens_it_is_told_too() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(UserError, match=r"cannot use Ray's jobs at .*is that the address of its dashboard\?"):
            open_service(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
