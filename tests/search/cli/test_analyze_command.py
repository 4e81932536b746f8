"""``slotsmith analyze``: what it prints and writes, and that what it is not given right ends it."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from machine.errors import MissingLibraryError
from search.files import journal_file
from tests.search.cli.conftest import Command, slotsmith_here
from tests.search.sweep.reporting.journals import TITLES, Written, night, save
from tests.search.sweep.small_sweep import SWEEP, write_sweep

FILES = ["report.html", "progress.png", "importance.png", "failures.png"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one small sweep; to be read only."""
    folder = tmp_path_factory.mktemp("swept")
    write_sweep(folder / "small.toml")
    done = slotsmith_here("sweep", "small.toml", "--quiet", "--trials", "26", folder=folder)
    assert done.code == 0, done.err
    return folder / "results"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A results folder with a made-up sweep."""
    save(tmp_path / "results", night(60).records)
    return tmp_path / "results"


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# What it prints


def test_it_prints_what_a_sweep_has_led_to(command: Command, swept: Path) -> None:
    ran = command("analyze", "small", "--results", swept, "-o", "out", "--details")
    assert (ran.code, ran.err) == (0, "")
    records = list(journal_file.read(swept / "sweeps" / "small" / "journal.jsonl"))
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "sweep small"
    assert any(line.startswith("trials 26 ended of 26 asked, 0 left unfinished") for line in lines)
    assert any(line.startswith("state finished, by trials; last record 20") for line in lines)
    for study, title in enumerate(["tree_hash height=2,rounds=2,batch=8 values", "hash_vectors vectors=2 all"]):
        found = [record for record in records if record["event"] == "ended" and record["study"] == study]
        best = min((record["cycles"], record["trial"]) for record in found if record["cycles"])
        assert any(line.startswith(f"{study} {title} on takehome 13 0 {best[0]} ") for line in lines)
    assert "study 0: knob importance, from 13 fresh trials" in lines
    assert "no trial failed" in lines
    assert [line for line in lines if line.startswith("wrote")] == [f"wrote out/{name}" for name in FILES]
    assert "\x1b" not in ran.out


def test_it_fits_one_screen(command: Command, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = command("analyze", "night", "--json").json
    settings, weights = told["studies"][0]["settings"], told["studies"][0]["importance"]["weights"]
    first = weights[0]["dimension"]
    for width in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        out = command("analyze", "night").out
        assert len(out.splitlines()) <= 40
        assert all(len(line) <= width for line in out.splitlines())
        for study in told["studies"]:
            assert re.search(rf"^ {study['study']} .* {study['cycles']} ", out, re.MULTILINE)
        assert f"best with {first.removeprefix('knob.')}={str(settings[first])[:2]}" in " ".join(out.split())


def test_failures_are_printed_with_a_message_as_it_is(command: Command, made: Path) -> None:
    lines = [" ".join(line.split()) for line in command("analyze", "night", "--details").out.splitlines()]
    (row,) = [line for line in lines if line.startswith("returned AllocationError")]
    assert "no room for buffer <node values> of 256 words [at cycle 12] & more" in row


def test_json_says_the_same(command: Command, made: Path) -> None:
    told: dict[str, Any] = command("analyze", "night", "--json").json
    assert (told["name"], told["ended"], told["running"], told["finished"]) == ("night", 60, 0, None)
    assert [study["title"] for study in told["studies"]] == list(TITLES)
    for study in told["studies"]:
        assert study["best_so_far"][-1]["cycles"] == study["cycles"]
        assert study["importance"]["weights"][0]["dimension"] in {table["dimension"] for table in study["values"]}
    assert sum(kind["trials"] for kind in told["failures"]) == sum(study["failed"] for study in told["studies"]) > 0
    assert told["files"] == [f"results/sweeps/night/{name}" for name in FILES]


def test_one_study_alone(command: Command, made: Path) -> None:
    ran = command("analyze", "night", "--study", 1)
    assert TITLES[1].replace(",", ", ") in " ".join(ran.out.split())
    assert "values on" not in ran.out
    assert Path("results/sweeps/night/progress-study1.png").exists()
    assert not Path("results/sweeps/night/progress.png").exists()


# What it writes


def test_it_writes_to_the_sweeps_folder_and_nowhere_else(command: Command, made: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    records = Path("results/sweeps/night/journal.jsonl").read_bytes()
    assert command("analyze", "night").code == 0
    assert contents(tmp_path) - before == {f"results/sweeps/night/{name}" for name in FILES}
    assert Path("results/sweeps/night/journal.jsonl").read_bytes() == records


def test_it_writes_where_it_is_told_to(command: Command, made: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    assert command("analyze", "night", "--study", 0, "--output", "a/b").code == 0
    assert contents(tmp_path) - before == {"a", "a/b", *(f"a/b/{name.replace('.', '-study0.')}" for name in FILES)}


# Which sweep


@pytest.mark.parametrize("path", ["results/sweeps/night", "results/sweeps/night/journal.jsonl"])
def test_a_sweep_may_be_given_by_its_path(command: Command, made: Path, path: str) -> None:
    told = command("analyze", path, "--results", "elsewhere", "--study", 0, "--json").json
    assert (told["name"], told["journal"]) == ("night", "results/sweeps/night/journal.jsonl")


def test_a_journal_may_have_been_copied_anywhere(command: Command, made: Path) -> None:
    shutil.copy("results/sweeps/night/journal.jsonl", "copy.jsonl")
    told = command("analyze", "copy.jsonl", "-o", "out", "--study", 0, "--json").json
    assert (told["name"], told["ended"]) == ("night", 20)


def test_a_sweep_that_is_running_is_no_trouble(command: Command, made: Path) -> None:
    """It has been asked for trials that have not ended, and its last line is being written."""
    path = Path("results/sweeps/night/journal.jsonl")
    path.write_bytes(path.read_bytes()[:-30])
    told = command("analyze", "night", "--json").json
    assert (told["ended"], told["running"], told["damaged"]) == (59, 1, 0)


def test_a_sweep_that_has_only_begun_is_no_trouble(command: Command, tmp_path: Path) -> None:
    save(tmp_path / "results", Written().records)
    ran = command("analyze", "night")
    assert (ran.code, ran.err) == (0, "")
    assert "too few trials: 0 led to a program, and 10 are needed" in ran.out


# Refused


def test_where_there_is_no_such_sweep_it_says_which_there_are(command: Command, made: Path) -> None:
    save(made, Written(name="other").records, "other")
    there = "no sweep 'nihgt' in results/sweeps: there are night, other"
    assert command("analyze", "nihgt").refusal == there
    none = "no sweep 'night' in new/sweeps: there is none yet: `slotsmith sweep FILE` runs one"
    assert command("analyze", "night", "--results", "new").refusal == none


def test_a_study_that_there_is_not_is_refused(command: Command, made: Path) -> None:
    assert command("analyze", "night", "--study", 3).refusal == "there is no study 3: studies are 0, 1, 2"


def test_a_journal_of_a_newer_version_is_refused(command: Command, made: Path) -> None:
    path = Path("results/sweeps/night/journal.jsonl")
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"format": 2, "event": "asked"}) + "\n")
    refusal = command("analyze", "night").refusal
    assert refusal == f"{path}: a record is of format 2: it needs a newer Slotsmith"


def test_a_sweep_file_is_no_journal(command: Command, tmp_path: Path) -> None:
    Path("small.toml").write_text(SWEEP, encoding="utf-8")
    refusal = command("analyze", "small.toml").refusal
    assert refusal.startswith("small.toml: there is no record of a sweep in it: give the name of a sweep")


@pytest.mark.parametrize(("missing", "named"), [("matplotlib", "Matplotlib")])
def test_what_is_not_installed_is_told(
    command: Command, made: Path, monkeypatch: pytest.MonkeyPatch, missing: str, named: str
) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == missing or name in ("search.sweep.reporting.report", "search.sweep.reporting.plots"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert command("analyze", "night").refusal == str(MissingLibraryError(f"this needs {named}", "sweep"))
    assert contents(made) == {"sweeps", "sweeps/night", "sweeps/night/journal.jsonl"}
