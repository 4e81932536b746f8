"""``slotsmith sweep``: what it prints, what it takes, and that wrong input ends it before it begins."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.cli.sweep_command import found_line
from search.files import journal_file
from search.sweep.study_outcome import StudyOutcome
from tests.search.cli.conftest import Command, interrupted
from tests.search.sweep.small_sweep import SWEEP, write_sweep

STUDIES = ["tree_hash height=2,rounds=2,batch=8 values on takehome", "hash_vectors vectors=2 all on takehome"]
JOURNAL = Path("results/sweeps/small/journal.jsonl")


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """A small sweep's file."""
    return write_sweep(tmp_path / "small.toml")


def ended(path: Path = JOURNAL) -> int:
    return sum(record["event"] == "ended" for record in journal_file.read(path))


# What it prints


def test_it_prints_a_line_for_each_study_and_where_the_journal_is(command: Command, sweep: Path) -> None:
    ran = command("sweep", sweep)
    assert ran.code == 0, ran.err
    title, *studies, last = ran.out.splitlines()
    assert title.startswith("sweep small: 6 trials, 6 of them in 0:0")
    assert title.endswith("ended by trials")
    entries = {f"{entry.problem} {entry.shape_text}": entry for entry in Leaderboard(Path("results")).best()}
    for study, line in zip(STUDIES, studies, strict=True):
        entry = entries[" ".join(study.split()[:2])]
        assert line.startswith(f"  {study}: {entry.cycles} cycles, bound {entry.bound.cycles}, gap {entry.gap:.1%}")
        assert line.endswith(f"entry {entry.id}: new best on the leaderboard")
    assert last.split() == ["journal", str(JOURNAL)]
    assert JOURNAL.exists()


def test_progress_goes_to_standard_error_in_plain_lines(command: Command, sweep: Path) -> None:
    ran = command("sweep", sweep)
    assert all(any(line.startswith(f"{study}: best ") for line in ran.err.splitlines()) for study in STUDIES)
    assert "\x1b" not in ran.out + ran.err
    assert command("sweep", sweep, "--results", "other", "--quiet").err == ""


def test_json_is_a_summary_and_nothing_else(command: Command, sweep: Path) -> None:
    ran = command("sweep", sweep, "--json")
    summary = ran.json
    assert ran.err == ""
    assert (summary["sweep"], summary["points"], summary["points_now"], summary["reason"]) == ("small", 6, 6, "trials")
    assert (summary["workers"], summary["failures"], summary["interrupted"]) == (1, {}, False)
    assert summary["journal"] == str(JOURNAL)
    assert [study["problem"] for study in summary["studies"]] == ["tree_hash", "hash_vectors"]
    for study in summary["studies"]:
        assert study["bound"] <= study["cycles"]
        assert (study["record"], study["points"]) == (True, 3)
        assert Leaderboard(Path("results")).find(study["entry"]).cycles == study["cycles"]


def test_what_is_not_better_than_the_leaderboard_is_said_so(command: Command, sweep: Path) -> None:
    command("sweep", sweep)
    best = Leaderboard(Path("results")).best()
    assert len(best) == 2
    ran = command("sweep", sweep.rename(sweep.with_name("again.toml")))
    for entry in best:
        assert f"entry {entry.id}: the leaderboard's best already" in ran.out


@pytest.mark.parametrize(
    ("cycles", "entry", "is_record", "is_standing", "standing", "line"),
    [
        (50, "x-1", True, True, 50, "entry x-1: new best on the leaderboard"),
        (50, "x-1", False, True, 50, "entry x-1: the leaderboard's best already"),
        (50, "x-1", False, False, 45, "entry x-1: not better than the leaderboard's 45, not kept"),
        (50, None, False, False, 45, "entry none: not better than the leaderboard's 45, not kept"),
    ],
)
def test_what_the_leaderboard_made_of_a_result(
    cycles: int, entry: str | None, is_record: bool, is_standing: bool, standing: int, line: str
) -> None:
    of = ("tree_hash", "height=2", "values", "takehome", 9)
    found = found_line(StudyOutcome(*of, cycles, Bound(40, "path"), entry, is_record, is_standing, standing))
    assert found == f"50 cycles, bound 40, gap 25.0%, {line}"


def test_a_study_without_a_program_says_so() -> None:
    of = ("tree_hash", "height=2", "values", "takehome", 9)
    assert found_line(StudyOutcome(*of, None, None, None, False, False, 45)) == "no program"


# What the command line changes


def test_trials_and_hours_may_be_given(command: Command, sweep: Path) -> None:
    command("sweep", sweep, "--trials", "3")
    assert ended() == 3
    ran = command("sweep", sweep, "--trials", "8", "--hours", "1e-9", "--resume")
    assert "ended by hours" in ran.out
    assert ended() == 3


def test_resume_goes_on_and_without_it_a_sweep_that_was_begun_is_refused(command: Command, sweep: Path) -> None:
    assert command("sweep", sweep, "--trials", "2", "--resume").code == 0
    assert "is there already: go on with --resume" in command("sweep", sweep).refusal
    ran = command("sweep", sweep, "--resume")
    assert ran.out.startswith("sweep small: 6 trials, 4 of them in")
    assert ended() == 6


def test_a_changed_file_is_refused(command: Command, sweep: Path) -> None:
    command("sweep", sweep, "--trials", "2")
    sweep.write_text(SWEEP.replace("schedules = 2", "schedules = 3"), encoding="utf-8")
    assert "the sweep file has changed since" in command("sweep", sweep, "--resume").refusal


@pytest.mark.slow
def test_the_executor_may_be_given_and_changes_nothing(command: Command, sweep: Path) -> None:
    command("sweep", sweep)
    command("sweep", sweep, "--executor", "processes", "--workers", "2", "--results", "other")
    first, second = (
        [(entry.id, entry.cycles) for entry in Leaderboard(Path(folder)).entries()] for folder in ("results", "other")
    )
    assert first == second
    (record,) = journal_file.read(Path("other/journal.jsonl"))
    assert record["workers"] == 2


# Wrong input


REFUSED = [
    ([], "sweep"),
    (["missing.toml"], "cannot read sweep file missing.toml"),
    (["broken.toml"], "sweep file broken.toml"),
    (["odd.toml"], "nonsense"),
    (["small.toml", "--executor", "moon"], "--executor"),
    (["small.toml", "--workers", "0"], "--workers"),
    *(
        (["small.toml", "--hours", hours], f"hours must be a number above 0 and at most 1e+09, not {hours}")
        for hours in ("-1", "0", "inf", "-inf", "nan", "1e+10")
    ),
    (["small.toml", "--trials", "0"], "--trials"),
    (["small.toml", "--trials", "many"], "--trials"),
    (["small.toml", "--address", "here:1"], "--address is for --executor ray, not in-process"),
    (["small.toml", "--nope"], "--nope"),
    (["small.toml", "--results", "broken.toml"], "cannot write the results folder broken.toml"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED, ids=[" ".join(words) or "none" for words, _ in REFUSED])
def test_wrong_input_is_refused_in_one_line(command: Command, sweep: Path, arguments: list[str], message: str) -> None:
    sweep.with_name("broken.toml").write_text("seed = ", encoding="utf-8")
    sweep.with_name("odd.toml").write_text(f"nonsense = 1\n{SWEEP}", encoding="utf-8")
    assert message in command("sweep", *arguments).refusal
    assert not Path("results").exists()


def test_a_sweep_that_finds_nothing_says_why(command: Command, sweep: Path) -> None:
    """Scratch memory that nothing fits into."""
    tiny = '[[machines]]\nname = "tiny"\nbase = "takehome"\nscratch_words = 8\n'
    studies = SWEEP.partition("[[studies]]")
    text = studies[0] + tiny + '[[studies]]\nproblem = "hash_vectors"\nmachines = ["tiny"]\n'
    sweep.write_text(text, encoding="utf-8")
    ran = command("sweep", sweep, "--quiet")
    assert ran.code == 2
    assert "no program" in ran.out
    assert ran.err.startswith("slotsmith: no trial led to a program (")
    assert len(ran.err.splitlines()) == 1
    ran = command("sweep", sweep, "--resume", "--json")
    assert ran.code == 2
    assert f"slotsmith: {json.loads(ran.out)['error']}\n" == ran.err


# Interrupts, and the script


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_an_interrupt_keeps_the_best_and_resume_goes_on(
    command: Command, tmp_path: Path, sweep: Path, workers: int
) -> None:
    kind = ("--executor", "processes", "--workers", str(workers)) if workers else ()
    by = signal.SIGHUP if workers else signal.SIGTERM
    out = interrupted("sweep", sweep, "--trials", "100000", *kind, folder=tmp_path, by=by)
    assert "interrupted" in out.splitlines()[0]
    before = ended(tmp_path / JOURNAL)
    assert before > 0
    again = command("sweep", sweep, "--trials", before + 3, "--resume", "--json").json
    assert (again["points"], again["reason"]) == (before + 3, "trials")


@pytest.mark.slow
def test_the_script_is_the_command(tmp_path: Path, sweep: Path) -> None:
    script = Path(__file__).parents[3] / "scripts" / "sweep.py"
    words = [sys.executable, script, sweep, "--trials", "2", "--json"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["points"] == 2


# On a terminal


@pytest.mark.slow
def test_on_a_terminal_a_table_stands_still(tmp_path: Path, sweep: Path) -> None:
    ours, theirs = pty.openpty()
    script = Path(sys.executable).with_name("slotsmith")
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([script, "sweep", sweep], cwd=tmp_path, stdout=out, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b"".join(iter(lambda: read_terminal(ours), b""))
    os.close(ours)
    assert process.wait() == 0
    assert b"sweep small" in shown
    assert b"\x1b[" in shown
    assert b"\x1b" not in (tmp_path / "out").read_bytes()


def read_terminal(terminal: int) -> bytes:
    """What comes next; nothing once the other side has closed it."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""
