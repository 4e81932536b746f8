"""``slotsmith submit``, ``jobs``, ``logs`` and ``stop``: what they ask of a job service, and what they make of it."""

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.board.leaderboard import Leaderboard
from search.cli import jobs_commands
from search.sweep.cluster.job_log import END, encode_item
from search.sweep.cluster.job_run import RESULTS, SWEEP
from search.sweep.cluster.jobs import Job, Status, UnknownJobError
from search.sweep.cluster.shipment import Shipment
from search.sweep.sweep_file import load_sweep_file
from search.sweep.sweep_journal import open_journal
from tests.search.cli.conftest import Command
from tests.search.sweep.cluster.sent import files, run, sent
from tests.search.sweep.small_sweep import write_sweep

BEGUN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADDRESS = "http://head:8265"


def log_of_a_sweep(*, with_end: bool = True) -> list[str]:
    """The log of a job that has found something, a line for each piece."""
    items = sent()
    last = [{"kind": END, "items": len(items)}] if with_end else []
    carried = [line for number, item in enumerate([*items, *last]) for line in encode_item(number, item)]
    return ["the job begins\n", *carried, "the job ends\n"]


class FakeService:
    """A job service that runs nothing; the job that is submitted comes to what the test says."""

    def __init__(self) -> None:
        self.address = ADDRESS
        self.known: dict[str, Job] = {}
        self.pieces = log_of_a_sweep()
        self.ends_as = Status.SUCCEEDED
        self.exit_code: int | None = 0
        self.interrupts = False
        self.warned: list[str] = []
        self.commands: list[list[str]] = []
        self.shipped: dict[str, bytes] = {}

    def warnings(self) -> list[str]:
        return self.warned

    def submit(self, command: str, shipment: Shipment, metadata: Mapping[str, str]) -> str:
        self.commands.append(shlex.split(command))
        self.shipped = files(shipment.working)
        return self.add("job-1", metadata).id

    def add(self, job_id: str, metadata: Mapping[str, str], status: Status = Status.RUNNING) -> Job:
        self.known[job_id] = Job(job_id, status, metadata, BEGUN, None, None, "")
        return self.known[job_id]

    def jobs(self) -> list[Job]:
        return list(self.known.values())

    def job(self, job_id: str) -> Job:
        if job_id not in self.known:
            raise UnknownJobError(f"no job '{job_id}'")
        return self.known[job_id]

    def log(self, job_id: str) -> str:
        self.job(job_id)
        return "".join(self.pieces)

    def follow(self, job_id: str) -> Iterator[str]:
        self.job(job_id)
        yield from self.pieces
        if self.interrupts:
            raise KeyboardInterrupt
        self.end(job_id)

    def end(self, job_id: str) -> None:
        ended = BEGUN + timedelta(seconds=83)
        job = replace(self.job(job_id), status=self.ends_as, ended=ended, exit_code=self.exit_code, message="no node")
        self.known[job_id] = job

    def stop(self, job_id: str) -> bool:
        if self.job(job_id).status.has_ended:
            return False
        self.end(job_id)
        return True


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """What every address leads to."""
    fake = FakeService()

    def opened(address: str) -> FakeService:
        fake.address = address
        return fake

    monkeypatch.setattr(jobs_commands, "open_service", opened)
    for name in ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return write_sweep(tmp_path / "small.toml")


def entries(folder: str = "results") -> int:
    return len(Leaderboard(Path(folder)).entries())


# submit


def test_the_log_is_printed_and_results_come_here(command: Command, service: FakeService, sweep: Path) -> None:
    ran = command("submit", sweep, "--address", ADDRESS)
    assert (ran.code, ran.out) == (0, "the job begins\nthe job ends\n")
    assert f"slotsmith: job job-1 at {ADDRESS} runs sweep small; Ctrl-C leaves it running" in ran.err
    assert "slotsmith: job job-1 has succeeded after 0:01:23" in ran.err
    for entry in Leaderboard(Path("results")).best():
        assert f"entry {entry.id}, {' '.join(entry.key)}: {entry.cycles} cycles" in ran.err
    assert entries() > 0
    assert Path("results/sweeps/small/journal.jsonl").exists()


def test_what_a_job_writes_steers_no_terminal(command: Command, service: FakeService, sweep: Path) -> None:
    service.pieces = ["\x1b[2J\x1b]0;owned\x07 a line\r\n"]
    service.ends_as, service.exit_code = Status.FAILED, None
    ran = command("submit", sweep)
    assert ran.out == "\\x1b[2J\\x1b]0;owned\\x07 a line\n"
    service.add("job-\x1b[1m", {**service.known["job-1"].metadata, "sweep": "\x1b[31mred"})
    for each in (ran.err, command("jobs").out, command("stop", "\x1b[1m").err):
        assert "\x1b" not in each


def test_what_is_not_safe_is_told_before_anything_is_sent(command: Command, service: FakeService, sweep: Path) -> None:
    service.warned = ["whoever reaches it runs what he likes there"]
    ran = command("submit", sweep, "--no-wait")
    assert ran.err == "slotsmith: warning: whoever reaches it runs what he likes there\n"


def test_the_job_runs_the_sweep_on_ray(command: Command, service: FakeService, sweep: Path) -> None:
    command("submit", sweep, "--workers", 3, "--hours", 1.5, "--trials", 9, "--resume")
    (words,) = service.commands
    assert words[:4] == ["exec", "python", "-P", "-c"]
    assert words[5:7] == ["", "small.toml"]
    wanted = "--workers 3 --hours 1.5 --trials 9 --executor ray --address auto --resume"
    assert words[7:] == wanted.split()
    assert f"{SWEEP}/small.toml" in service.shipped


def test_without_waiting_the_jobs_id_is_all_there_is(command: Command, service: FakeService, sweep: Path) -> None:
    ran = command("submit", sweep, "--no-wait")
    assert (ran.code, ran.out, ran.err) == (0, "job-1\n", "")
    assert entries() == 0


def test_resume_takes_along_what_is_here(command: Command, service: FakeService, sweep: Path) -> None:
    run(sweep, sweep.parent / "results")
    journal = Path("results/sweeps/small/journal.jsonl").read_bytes()
    assert "go on with --resume" in command("submit", sweep).refusal
    assert service.commands == []
    assert command("submit", sweep, "--resume").code == 0
    assert service.shipped[f"{RESULTS}/sweeps/small/journal.jsonl"] == journal


def test_a_shared_folder_is_left_to_the_job(command: Command, service: FakeService, sweep: Path) -> None:
    service.pieces = ["hello\n"]
    assert command("submit", sweep, "--shared", "both").code == 0
    ((*_, shared, name, _, _, _, _),) = service.commands
    assert (Path(shared), name) == (sweep.parent / "both", "small.toml")
    assert Path("both/entries").is_dir()
    assert not Path("results").exists()


def test_files_may_be_included(command: Command, service: FakeService, sweep: Path) -> None:
    write_sweep(sweep.parent / "data" / "table.txt", "1")
    write_sweep(sweep.parent / "other.txt", "2")
    command("submit", sweep, "--include", "data", "--include", "other.txt")
    assert [name for name in service.shipped if name.endswith(".txt")] == [
        "slotsmith-files/data/table.txt",
        "slotsmith-files/other.txt",
    ]


def test_ctrl_c_leaves_the_job_and_tells_how_to_follow_it(command: Command, service: FakeService, sweep: Path) -> None:
    service.interrupts = True
    ran = command("submit", sweep, "--results", "else where")
    assert ran.code == 130
    assert service.job("job-1").status is Status.RUNNING
    told = ran.err.splitlines()[-1].partition("`")[2].partition("`")[0]
    assert entries("else where") > 0
    service.interrupts = False
    again = command(*shlex.split(told)[1:])
    assert (again.code, again.out) == (0, "the job begins\nthe job ends\n")


def test_while_it_waits_no_other_run_begins_here(command: Command, service: FakeService, sweep: Path) -> None:
    with open_journal(load_sweep_file(sweep), sweep.parent / "results", resume=False):
        assert "is running already" in command("submit", sweep).refusal
    assert service.commands == []


def test_a_sweep_that_runs_for_these_results_is_not_run_twice(
    command: Command, service: FakeService, sweep: Path
) -> None:
    command("submit", sweep, "--no-wait")
    assert "job job-1 runs sweep small for these results already" in command("submit", sweep, "--resume").refusal
    assert command("submit", sweep, "--results", "others", "--no-wait").code == 0
    service.known["job-1"] = replace(service.job("job-1"), status=Status.FAILED)
    assert command("submit", sweep, "--resume", "--no-wait").code == 0


ENDS = [
    (Status.SUCCEEDED, 0, 0, "has succeeded"),
    (Status.FAILED, 2, 2, "has failed with exit code 2"),
    (Status.FAILED, None, 1, "has failed: no node"),
    (Status.STOPPED, None, 1, "was stopped"),
]


@pytest.mark.parametrize(("status", "exit_code", "code", "told"), ENDS)
def test_the_exit_code_says_how_the_job_has_ended(
    command: Command,
    service: FakeService,
    sweep: Path,
    status: Status,
    exit_code: int | None,
    code: int,
    told: str,
) -> None:
    service.ends_as, service.exit_code, service.pieces = status, exit_code, ["oh\n"]
    ran = command("submit", sweep)
    assert (ran.code, ran.out) == (code, "oh\n")
    assert told in ran.err


def test_results_that_are_refused_are_told_and_count(command: Command, service: FakeService, sweep: Path) -> None:
    service.pieces += encode_item(99, {"kind": "entry", "entry": {"id": "bad"}})
    ran = command("submit", sweep)
    assert ran.code == 1
    assert "slotsmith: refused entry bad: " in ran.err
    assert entries() > 0


@pytest.mark.parametrize("is_torn", [False, True])
def test_results_that_did_not_arrive_are_told_and_count(
    command: Command, service: FakeService, sweep: Path, is_torn: bool
) -> None:
    service.pieces = log_of_a_sweep(with_end=is_torn)
    if is_torn:
        service.pieces[1] = service.pieces[1].replace(":0:", ":1:", 1)
    ran = command("submit", sweep)
    assert ran.code == 1
    told = "1 of the job's results did not arrive whole" if is_torn else "did not send the end of its results"
    assert told in ran.err


# jobs, logs, stop


def test_jobs_lists_what_was_submitted(command: Command, service: FakeService, sweep: Path) -> None:
    assert f"no jobs at {ADDRESS}" in command("jobs", "--address", ADDRESS).out
    service.add("foreign", {})
    command("submit", sweep)
    service.add("job-2", {"slotsmith": "9", "sweep": "other", "results": "/there"}, Status.PENDING)
    first, second = command("jobs", "--json").json
    assert first == {
        "job": "job-1",
        "sweep": "small",
        "status": "succeeded",
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": 83.0,
        "exit_code": 0,
        "results": str(sweep.parent / "results"),
    }
    assert (second["job"], second["status"], second["exit_code"]) == ("job-2", "pending", None)
    table = command("jobs").out
    assert [line.split()[:7] for line in table.splitlines() if "job-1" in line] == [
        ["job-1", "small", "succeeded", "2026-01-02", "03:04:05", "0:01:23", "0"]
    ]
    assert "foreign" not in table


def test_logs_prints_what_there_is_and_collects_once(command: Command, service: FakeService) -> None:
    service.add("job-1", {})
    first = command("logs", "job-1")
    assert (first.code, first.out) == (0, "the job begins\nthe job ends\n")
    assert "new best" in first.err
    before = files(Path("results"))
    assert command("logs", "job-1").err == ""
    assert files(Path("results")) == before


def test_the_results_of_a_job_that_runs_need_not_be_complete(command: Command, service: FakeService) -> None:
    service.pieces = log_of_a_sweep(with_end=False)
    service.add("job-1", {})
    assert command("logs", "job-1").code == 0
    service.end("job-1")
    assert command("logs", "job-1").code == 1


def test_logs_that_follow_end_as_the_job_does(command: Command, service: FakeService) -> None:
    service.add("job-1", {})
    service.ends_as = Status.STOPPED
    ran = command("logs", "job-1", "--follow")
    assert (ran.code, ran.out) == (1, "the job begins\nthe job ends\n")


def test_stop_waits_until_the_job_has_ended(command: Command, service: FakeService) -> None:
    service.add("job-1", {})
    service.ends_as = Status.STOPPED
    assert command("stop", "job-1").out.startswith("job job-1: stopped; ")
    assert command("stop", "job-1").out.startswith("job job-1: stopped; ")


# Wrong input


REFUSED = [
    (["submit"], "sweep"),
    (["submit", "missing.toml"], "cannot read sweep file missing.toml"),
    (["submit", "small.toml", "--address", "ray://head:10001"], "write http://HOST:8265"),
    (["submit", "small.toml", "--workers", "0"], "--workers"),
    (["submit", "small.toml", "--hours", "inf"], "hours must be a number above 0 and at most 1e+09, not inf"),
    (["submit", "small.toml", "--include", "nothing"], "nothing"),
    (["submit", "small.toml", "--include", "../up"], "below the current directory"),
    (["submit", "small.toml", "--results", "small.toml"], "cannot write the results folder small.toml"),
    (["submit", "small.toml", "--shared", "small.toml"], "cannot write the results folder"),
    (["logs"], "job"),
    (["logs", "nope"], "no job 'nope'"),
    (["logs", "nope", "--follow"], "no job 'nope'"),
    (["stop", "nope"], "no job 'nope'"),
    (["stop", "nope", "--address", "head:x"], "write http://HOST:8265"),
]


@pytest.mark.usefixtures("service", "sweep")
@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(words) for words, _ in REFUSED])
def test_wrong_input_is_refused_in_one_line(command: Command, arguments: list[str], message: str) -> None:
    assert message in command(*arguments).refusal


@pytest.mark.parametrize("words", [["submit", "small.toml"], ["jobs"], ["logs", "x"], ["stop", "x"]])
def test_without_ray_it_says_what_to_install(
    command: Command, sweep: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.delitem(sys.modules, "search.sweep.cluster.ray_jobs", raising=False)
    monkeypatch.setitem(sys.modules, "ray.job_submission", None)
    assert "pip install -e '.[ray]'" in command(*words).refusal
