"""A job takes along what its sweep needs and nothing else, and its sources win unless a node has the very same."""

import os
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.sweep.cluster import shipped
from search.sweep.cluster.job_run import RESULTS, SWEEP
from search.sweep.cluster.shipment import named_files, packed
from search.sweep.cluster.shipped import CODE, FILES, PACKAGES, source_files, sources_digest
from search.sweep.sweep_file import load_sweep_file
from tests.search.sweep.cluster.sent import files, run
from tests.search.sweep.small_sweep import SWEEP as SMALL
from tests.search.sweep.small_sweep import write_sweep

ROOT = Path(__file__).parents[4]
MODEL = ROOT / "machine" / "models" / "takehome.toml"
PROBLEM = """
from problems.kernels.hash_vectors import HashVectors

class Mine(HashVectors):
    name = "mine"
"""
OWN = """
[[machines]]
name = "less"
base = "models/base.toml"
scratch_words = 512

[[studies]]
problem = "mine/problem.py:Mine"
machines = ["less", "models/other.toml", "takehome"]

[[studies]]
problem = "hash_vectors"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: a sweep and its files, among others."""
    for name in ("base", "other"):
        path = write_sweep(tmp_path / "models" / f"{name}.toml", MODEL.read_text(encoding="utf-8"))
        path.write_text(path.read_text(encoding="utf-8").replace('"takehome"', f'"{name}"'), encoding="utf-8")
    write_sweep(tmp_path / "mine" / "problem.py", PROBLEM)
    write_sweep(tmp_path / "mine" / "data" / "table.txt", "1 2 3")
    write_sweep(tmp_path / "secret.txt", "do not send")
    write_sweep(tmp_path / "sweeps" / "own.toml", OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shipped_files(path: Path, results: Path | None = None, include: tuple[Path, ...] = ()) -> dict[str, bytes]:
    with packed(path, load_sweep_file(path), results, include) as shipment:
        return files(shipment.working)


# What goes along


@pytest.mark.usefixtures("here")
def test_problem_files_and_machine_models_that_a_sweep_names_are_found() -> None:
    sweep = load_sweep_file(Path("sweeps/own.toml"))
    assert {str(path) for path in named_files(sweep)} == {
        "mine/problem.py",
        "models/base.toml",
        "models/other.toml",
    }


@pytest.mark.usefixtures("here")
def test_the_sweep_and_its_files_are_shipped_and_no_others() -> None:
    sent = shipped_files(Path("sweeps/own.toml"))
    assert set(sent) == {
        f"{SWEEP}/own.toml",
        f"{FILES}/mine/problem.py",
        f"{FILES}/models/base.toml",
        f"{FILES}/models/other.toml",
    }
    assert sent[f"{SWEEP}/own.toml"].decode() == OWN


@pytest.mark.usefixtures("here")
def test_more_files_and_folders_may_be_named() -> None:
    sent = shipped_files(Path("sweeps/own.toml"), include=(Path("mine"), Path("secret.txt")))
    assert {f"{FILES}/mine/problem.py", f"{FILES}/mine/data/table.txt", f"{FILES}/secret.txt"} <= set(sent)


def test_what_is_shipped_means_the_same_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("sweeps/own.toml")
    digest = load_sweep_file(path).digest
    with packed(path, load_sweep_file(path), None, ()) as shipment:
        monkeypatch.chdir(shipment.working / FILES)
        assert load_sweep_file(shipment.working / SWEEP / path.name).digest == digest


OUTSIDE = ["{here}/mine/problem.py", "mine/../mine/problem.py"]


@pytest.mark.parametrize("where", OUTSIDE, ids=["absolute", "above"])
def test_files_that_are_not_named_from_here_are_refused(here: Path, where: str) -> None:
    path = write_sweep(here / "far.toml", f'[[studies]]\nproblem = "{where.format(here=here)}:Mine"\n')
    with pytest.raises(UserError, match="below the current directory"):
        shipped_files(path)


@pytest.mark.usefixtures("here")
def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match=r"nowhere\.txt"):
        shipped_files(Path("sweeps/own.toml"), include=(Path("nowhere.txt"),))


# Results


def test_the_sweeps_journal_and_the_best_of_its_tasks_go_along(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "small.toml")
    other = write_sweep(
        tmp_path / "other.toml", SMALL.replace("vectors=2", "vectors=3").replace("height=2", "height=1")
    )
    for each in (path, other):
        run(each, tmp_path / "results")
    sent = shipped_files(path, tmp_path / "results")
    best = [entry for entry in Leaderboard(tmp_path / "results").best() if entry.shape_text in path.read_text()]
    assert len(best) == 2
    entries = {f"{entry.id}{end}" for entry in best for end in (".json", ".decision.json.gz", ".program.json.gz")}
    assert set(sent) - {f"{SWEEP}/small.toml"} == {
        f"{RESULTS}/sweeps/small/journal.jsonl",
        *(f"{RESULTS}/entries/{name}" for name in entries),
    }
    journal = (tmp_path / "results/sweeps/small/journal.jsonl").read_bytes()
    assert sent[f"{RESULTS}/sweeps/small/journal.jsonl"] == journal


# Sources


def test_all_of_our_sources_go_along(tmp_path: Path) -> None:
    path = write_sweep(tmp_path / "small.toml")
    with packed(path, load_sweep_file(path), None, ()) as shipment:
        assert shipment.code.name == CODE
        assert source_files(shipment.code) == source_files(ROOT)
        assert sources_digest(shipment.code) == sources_digest(ROOT)
    names = {file.as_posix() for file in source_files(ROOT)}
    assert {"machine/models/takehome.toml", "search/cli/main.py", "problems/loader.py"} <= names
    assert {name.partition("/")[0] for name in names} == set(PACKAGES)
    assert set(PACKAGES) == {each.parent.name for each in ROOT.glob("*/__init__.py")} - {"tests"}


def test_sources_are_the_same_package_whatever_the_sweep(tmp_path: Path) -> None:
    """So that nodes keep what they have compiled."""
    sent = []
    for name in ("one", "two"):
        path = write_sweep(tmp_path / f"{name}.toml")
        with packed(path, load_sweep_file(path), None, ()) as shipment:
            sent.append(files(shipment.code))
    assert sent[0] == sent[1]


@pytest.mark.parametrize("change", ["content", "name", "none"])
def test_the_digest_of_sources_tells_them_apart(tmp_path: Path, change: str) -> None:
    for root in ("a", "b"):
        for package in PACKAGES:
            write_sweep(tmp_path / root / package / "__init__.py", "")
            write_sweep(tmp_path / root / package / "notes.txt", root)
    target = tmp_path / "b" / "search"
    if change == "content":
        (target / "__init__.py").write_text("x = 1", encoding="utf-8")
    elif change == "name":
        (target / "__init__.py").rename(target / "init.py")
    assert (sources_digest(tmp_path / "a") == sources_digest(tmp_path / "b")) == (change == "none")


LOOK = f"import {CODE}, os; {CODE}.activate(); import search; print(search.__file__); print(os.getcwd())"


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_node_runs_what_was_shipped_unless_it_has_the_very_same(tmp_path: Path, is_changed: bool) -> None:
    path = write_sweep(tmp_path / "small.toml")
    with packed(path, load_sweep_file(path), None, ()) as shipment:
        (shipment.working / FILES).mkdir()
        if is_changed:
            file = shipment.code / "search" / "scheduling" / "decide.py"
            file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        # As Ray sets the path; on a node with Slotsmith, that follows.
        places = [shipment.code.parent, shipment.working, ROOT]
        done = subprocess.run(
            [sys.executable, "-P", "-c", LOOK],
            cwd=shipment.working,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
            capture_output=True,
            text=True,
            check=True,
        )
        source, folder = done.stdout.splitlines()
        assert Path(source).parents[1] == (shipment.code if is_changed else ROOT)
        assert Path(folder) == (shipment.working / FILES).resolve()


LIBRARIES = sysconfig.get_path("purelib")


def on_a_node_without_slotsmith(folder: Path, statement: str, *libraries: str) -> list[str]:
    """What a statement prints after a job's sources have been chosen, where libraries alone are installed."""
    path = write_sweep(folder / "small.toml")
    with packed(path, load_sweep_file(path), None, ()) as shipment:
        places = [str(shipment.code.parent), *libraries]
        find = f"import sys; sys.path[:0] = {places}; import {CODE}; {CODE}.activate()"
        # Without the module site, no finder of an editable installation is there.
        command = [sys.executable, "-I", "-S", "-c", f"{find}; {statement}"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.split()


def test_without_slotsmith_on_a_node_its_version_is_known(tmp_path: Path) -> None:
    look = "from importlib.metadata import version; print(version('slotsmith'))"
    assert on_a_node_without_slotsmith(tmp_path, look) == [version("slotsmith")]


@pytest.mark.parametrize("name", ["search.sweep.cluster.job_run", "search.sweep.trial", "search.cli.main", "slotsmith"])
def test_a_node_without_slotsmith_runs_jobs_and_kernels_of_users(tmp_path: Path, name: str) -> None:
    statement = f"import {name}, rewriting; print(rewriting.__file__)"
    assert f"/{CODE}/" in on_a_node_without_slotsmith(tmp_path, statement, LIBRARIES)[0]


def test_packages_from_several_folders_are_not_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "installed_root", lambda: None)
    path = write_sweep(tmp_path / "small.toml")
    with pytest.raises(UserError, match="not in one folder"):
        shipped_files(path)
