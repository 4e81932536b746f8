"""What a job takes along: its sweep's file, the files that names, the results it goes on from, and our sources.

It is put together in a folder of its own rather than sent from the current directory, which may hold anything: results
of months, a virtual environment, secrets.  Of the files that a sweep may need, those that it names are found; others
must be named.  ::

    working/slotsmith-files/      problem files, machine models and what else was named, by their paths from here
    working/slotsmith-sweep/      the sweep's file
    working/slotsmith-results/    journal of the sweep, best entries of its tasks
    slotsmith_code/               sources, as a package that Ray puts on the path
"""

import glob
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from machine.errors import UserError
from search.board.leaderboard import Leaderboard
from search.sweep.cluster import shipped
from search.sweep.cluster.job_run import RESULTS, SWEEP
from search.sweep.sweep_file import SweepFile
from search.sweep.sweep_journal import journal_path


@dataclass(frozen=True)
class Shipment:
    """Folders to send.

    Attributes:
        working: becomes the directory in which the job runs.
        code: a package to be put on its path; the same for all jobs that are sent from the same sources.
    """

    working: Path
    code: Path


@contextmanager
def packed(path: Path, sweep: SweepFile, results: Path | None, include: Sequence[Path]) -> Iterator[Shipment]:
    """A shipment, for as long as the block runs.

    Args:
        path: the sweep's file.
        sweep: what it says.
        results: the folder whose journal and best entries go along; ``None`` for none.
        include: more files and folders below the current directory.

    Raises:
        UserError: a file is not there, or not below the current directory.
    """
    with tempfile.TemporaryDirectory(prefix="slotsmith-") as name:
        shipment = Shipment(Path(name) / "working", Path(name) / shipped.CODE)
        try:
            _copy(path, shipment.working / SWEEP / path.name)
            for file in (*named_files(sweep), *include):
                _copy(file, shipment.working / shipped.FILES / _below_here(file))
            (shipment.working / RESULTS).mkdir()
            if results is not None:
                _copy_results(sweep, results, shipment.working / RESULTS)
            _copy_sources(shipment.code)
        except OSError as error:
            raise UserError(f"cannot ship what the job needs: {error}") from None
        yield shipment


def named_files(sweep: SweepFile) -> list[Path]:
    """The files that a sweep's file names: problems and machine models."""
    problems = [study.task.problem.rpartition(":")[0] for study in sweep.studies]
    machines = [name for table in sweep.data["studies"] for name in table.get("machines", [])]
    machines += [table["base"] for table in sweep.data.get("machines", [])]
    models = [name for name in machines if name.endswith(".toml")]
    return [Path(name) for name in dict.fromkeys([*filter(None, problems), *models])]


def _below_here(path: Path) -> Path:
    if path.is_absolute() or ".." in path.parts:
        raise UserError(f"cannot ship {path}: use a file below the current directory, named by its path from here")
    return path


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _copy_results(sweep: SweepFile, results: Path, target: Path) -> None:
    """What the sweep knows of earlier runs, so that it goes on from there and brings back only what is better."""
    journal = journal_path(results, sweep.name)
    if journal.exists():
        _copy(journal, journal_path(target, sweep.name))
    board = Leaderboard(results)
    found = [board.best_for(study.task) for study in sweep.studies]
    for name in {entry.id for entry in found if entry is not None}:
        for file in (results / "entries").glob(f"{glob.escape(name)}.*"):
            _copy(file, target / "entries" / file.name)


def _copy_sources(target: Path) -> None:
    """Our packages, in one that can choose them, and what tells their version where none is installed."""
    root = shipped.installed_root()
    if root is None:
        raise UserError(f"cannot ship the sources: {', '.join(shipped.PACKAGES)} are not in one folder")
    for file in shipped.source_files(root):
        _copy(root / file, target / file)
    _copy(Path(shipped.__file__), target / "__init__.py")
    number = version("slotsmith")
    metadata = target / f"slotsmith-{number}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: slotsmith\nVersion: {number}\n", encoding="utf-8")
