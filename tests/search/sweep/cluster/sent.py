"""What a job sends of a small sweep."""

import copy
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from search.board.leaderboard import Leaderboard
from search.sweep.cluster.job_log import Item, JobLog
from search.sweep.cluster.job_news import News
from search.sweep.driver import run_sweep
from search.sweep.executors.in_process import InProcess
from search.sweep.sweep_file import load_sweep_file
from tests.search.sweep.small_sweep import write_sweep


def run(path: Path, results: Path, *, resume: bool = False) -> None:
    """Run a sweep's file in this process."""
    sweep = load_sweep_file(path)
    run_sweep(sweep, Leaderboard(results), InProcess(), lambda _: None, resume=resume, budget=sweep.budget)


@cache
def _sent() -> list[Item]:
    with tempfile.TemporaryDirectory() as name:
        news = News(Path(name) / "results")
        run(write_sweep(Path(name) / "small.toml"), Path(name) / "results")
        return list(news.collect())


def sent() -> list[Item]:
    """All items, as they arrive."""
    return copy.deepcopy(_sent())


def of_kind(kind: str) -> list[Item]:
    """The items of a kind."""
    return [item for item in sent() if item["kind"] == kind]


def read(log: JobLog, chunks: Iterable[str]) -> tuple[list[str], list[Item]]:
    """The lines for people in a log, and its items."""
    found = [each for chunk in chunks for each in log.feed(chunk)] + list(log.finish())
    lines = [each for each in found if isinstance(each, str)]
    return lines, [each for each in found if not isinstance(each, str)]


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
