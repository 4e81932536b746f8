"""The leaderboard as a static site: a table of all tasks, a page for each, and what may be published besides.

::

    index.html              the best of every task; sortable, searchable
    tasks/NAME.html         a task: its record over time, its entries with knobs, bounds, hashes
    leaderboard.json        all of it as data
    bokeh.min.js            draws the charts of all pages
    programs/ID.json, .asm  where programs are asked for
    reports/ID.html         where reports are asked for
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bokeh.resources import INLINE

from machine.errors import UserError
from search.board.entry import Entry, file_name_part
from search.board.leaderboard import Leaderboard
from search.board.page import pages_of
from search.board.page_json import page_data
from search.board.past_runs import PastRun, best_so_far, past_runs
from search.board.reference_scores import reference_scores
from search.board.standing import PlacedEntry
from search.files.whole_file import write_whole
from search.pages.frame import chart_page, plain_page
from search.pages.history_charts import runs_chart
from search.pages.schedule_page import schedule_page
from search.pages.subject import subject_of
from search.strategy.from_board import rebuild
from search.tasks.program_text import assembly_of

SCRIPT = "bokeh.min.js"


@dataclass(frozen=True)
class TaskRecord:
    """A task of the board.

    Attributes:
        best: its best entry that counts.
        entries: all of its entries, the best first, with their standing.
        runs: for it, in order of time.
    """

    best: Entry
    entries: tuple[PlacedEntry, ...]
    runs: tuple[PastRun, ...]

    @property
    def stem(self) -> str:
        """The name of its page, which stays the same when its record falls."""
        key = "\0".join(self.best.key)
        return f"{file_name_part(self.best.problem_name)}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def write_site(
    board: Leaderboard, folder: Path, tell: Callable[[str], None], *, programs: bool, reports: bool
) -> list[Path]:
    """Write the site; files of the same names are replaced.

    Args:
        board: the leaderboard.
        folder: where it goes; made if need be.
        tell: is told of entries that cannot be built again, and of reports, which take a while.
        programs: whether the best programs are part of it.
        reports: whether pages of the best schedules are.

    Returns:
        The files written, the index first.

    Raises:
        UserError: they cannot be written.
    """
    placed, journal = board.placed(), board.journal()
    tasks = task_records(placed, journal)
    files: dict[str, Callable[[], str]] = {}
    if programs:
        files |= {f"programs/{task.best.id}.json": partial(_program, board, task.best) for task in tasks}
        files |= {f"programs/{task.best.id}.asm": partial(_assembly, board, task.best) for task in tasks}
    if reports:
        known = [each.entry for each in placed]
        for task in tasks:
            files[f"reports/{task.best.id}.html"] = partial(_report, board, task.best, known, journal, tell)
    written = _write(folder, files, tell)
    extras = {str(path.relative_to(folder)) for path in written}
    pages: dict[str, Callable[[], str]] = {"index.html": partial(index_page, tasks, placed, extras)}
    pages |= {f"tasks/{task.stem}.html": partial(task_page, task, extras) for task in tasks}
    pages["leaderboard.json"] = partial(_data, placed)
    pages[SCRIPT] = partial("\n".join, INLINE.js_raw)
    return [*_write(folder, pages, tell), *written]


def task_records(placed: Sequence[PlacedEntry], journal: Sequence[Mapping[str, Any]]) -> list[TaskRecord]:
    """The tasks for which there is an entry that counts; ``placed`` is in order, the best of a task first."""
    together: dict[tuple[str, ...], list[PlacedEntry]] = {}
    for each in placed:
        together.setdefault(each.entry.key, []).append(each)
    entries = [each.entry for each in placed]
    found = []
    for mine in together.values():
        counting = [each.entry for each in mine if each.counts]
        if counting:
            runs = past_runs(entries, journal, counting[0].key)
            found.append(TaskRecord(counting[0], tuple(mine), runs))
    return found


def index_page(tasks: Sequence[TaskRecord], placed: Sequence[PlacedEntry], extras: Iterable[str]) -> str:
    """The table of all tasks; ``extras`` are the programs and reports that are there."""
    idle = [each for each in placed if not each.counts]
    machines = {task.best.machine_name for task in tasks}
    return plain_page(
        "index.html", title="Leaderboard", tasks=tasks, idle=idle, extras=set(extras), machines=len(machines)
    )


def task_page(task: TaskRecord, extras: Iterable[str]) -> str:
    """A task: its record over time, and all of its entries."""
    best = task.best
    title = f"{best.problem_name} {best.shape_text}, {best.category}, on {best.machine_name}"
    charts = {"runs": runs_chart(task.runs)}
    records = best_so_far(task.runs)
    known = reference_scores(best)
    script = f"../{SCRIPT}"
    more = {"task": task, "extras": set(extras), "records": records, "known": known, "bokeh_script": script}
    return chart_page("task.html", charts, title, **more)


def _write(folder: Path, files: Mapping[str, Callable[[], str]], tell: Callable[[str], None]) -> list[Path]:
    """Write files; those whose entry cannot be built again are left out."""
    written = []
    for name, make in files.items():
        try:
            text = make()
        except UserError as error:
            tell(f"left out {name}: {error}")
            continue
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode())
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from None
        written.append(path)
    return written


def _data(placed: Sequence[PlacedEntry]) -> str:
    return json.dumps([page_data(page) for page in pages_of(placed)], indent=1) + "\n"


def _program(board: Leaderboard, entry: Entry) -> str:
    return board.program(entry).dumps() + "\n"


def _assembly(board: Leaderboard, entry: Entry) -> str:
    title = f"{entry.id}: {entry.problem} {entry.shape_text} {entry.category}"
    return assembly_of(rebuild(board, entry).candidate, title)


def _report(
    board: Leaderboard, entry: Entry, known: list[Entry], journal: list[dict[str, Any]], tell: Callable[[str], None]
) -> str:
    tell(f"report of {entry.id}")
    return schedule_page([subject_of(board, entry, known, journal)], f"../{SCRIPT}")
