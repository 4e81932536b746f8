"""A short search and a short sweep with a fault at each use of the system, and what must hold after each."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from search.board.leaderboard import Leaderboard
from search.files import journal_file
from search.processes.workers import InProcess
from search.strategy import keeping
from search.strategy.budget import Budget
from search.strategy.session import SessionSettings, search
from search.strategy.step import parse_steps
from search.sweep.driver import run_sweep
from search.sweep.executors.executor import Executor, Limits
from search.sweep.executors.in_process import InProcess as InThisProcess
from search.sweep.executors.ray_executor import RayExecutor
from tests.search.faults import Fault, Ran, Report, run_with_fault
from tests.search.problems import DOUBLING, SMALL_TREE, entry_of
from tests.search.strategy.cases import watched
from tests.search.sweep.executors.fake_ray import fake_ray
from tests.search.sweep.fakes import answered, journaled, sweep_of, timeless

LINE = {"kind": "search", "schedules": 5, "seconds": 1.0, "workers": 1, "number": 7}


@dataclass(frozen=True)
class Subject:
    """What is run with faults.

    Attributes:
        name: for people.
        run: runs it for a results folder, and reports what users are told.
        essence: of a results folder: what must be as after an undisturbed run, once another run has gone on.
        use: of the system, the only one at which there are faults; ``None`` for any.
        most: uses that are tried, the first of them closer together; ``None`` for all.
    """

    name: str
    run: Callable[[Path, Report], None]
    essence: Callable[[Path], object]
    use: str | None = None
    most: int | None = None

    def counted(self, uses: Sequence[str]) -> list[str]:
        """The uses at which there can be faults."""
        return [use for use in uses if self.use in (None, use)]

    def numbers(self, uses: int) -> list[int]:
        """Which of so many uses are tried, from 1."""
        if self.most is None or uses <= self.most:
            return list(range(1, uses + 1))
        return sorted({round(uses ** (place / (self.most - 1))) for place in range(self.most)})


def _search(folder: Path, report: Report) -> None:
    """Search from nothing; the board says what is best as it is found, the search in the end."""
    keeping._PAUSE = 0.0  # in a process of its own
    board = Leaderboard(folder)
    board.ensure_writable()
    settings = SessionSettings(parse_steps("list,justification"), Budget(schedules=4), 0, 4, {})
    outcome = search(DOUBLING.load(), DOUBLING, settings, board, InProcess(), watched())
    report(f"{outcome.submission.entry.id} {outcome.submission.entry.cycles}")


def _entries(folder: Path) -> list[tuple[str, int]]:
    return sorted((entry.id, entry.cycles) for entry in Leaderboard(folder).best())


def _sweep(folder: Path, report: Report) -> None:
    _sweep_on(InThisProcess(), folder, report)


def _ray_sweep(folder: Path, report: Report) -> None:
    with fake_ray():
        _sweep_on(RayExecutor(Limits(60.0, 1 << 30), "local", None), folder, report)


def _sweep_on(executor: AbstractContextManager[Executor], folder: Path, report: Report) -> None:
    """Run a sweep, or go on with it; each trial that has ended is reported, as to samplers."""
    sweep, board = sweep_of(studies=1, trials=4), Leaderboard(folder)
    seen: set[int] = set()

    def tell(progress: object) -> None:
        for record in journaled(folder):
            if record["event"] == "ended" and record["trial"] not in seen:
                seen.add(record["trial"])
                report(f"trial {record['trial']}")

    outcome = run_sweep(sweep, board, executor, tell, resume=True, budget=sweep.budget, run=answered)
    for study in outcome.studies:
        report(f"{study.entry} {study.cycles}")


def _sweep_essence(folder: Path) -> object:
    return timeless(folder), _entries(folder)


def sweep_over(address: str) -> Subject:
    """A sweep over the Ray at an address, with faults at calls of Ray."""

    def run(folder: Path, report: Report) -> None:
        _sweep_on(RayExecutor(Limits(60.0, 1 << 30), address, 1), folder, report)

    return Subject("sweep over a real Ray", run, _sweep_essence, "ask_ray", 8)


SUBJECTS = (
    Subject("search", _search, _entries),
    Subject("sweep", _sweep, _sweep_essence),
    Subject("sweep over Ray", _ray_sweep, _sweep_essence, "ask_ray"),
)


def prepared_folder(folder: Path) -> Path:
    """A results folder in which there is an entry of another task, and a line in the journal."""
    board = Leaderboard(folder)
    board.ensure_writable()
    board.add(*entry_of(SMALL_TREE))
    board.record(LINE)
    return folder


def _copied(folder: Path, name: str) -> Path:
    return Path(shutil.copytree(folder, folder.with_name(name)))


def try_all(subject: Subject, fault: Fault, scratch: Path, first: int = 1, step: int = 1) -> Iterator[tuple[str, Ran]]:
    """Run a subject with a fault at each use of the system in turn, and check what is left each time.

    With a ``step``, only at every so many of them, from ``first`` on.  A run that by chance uses the system less often
    than the undisturbed one has no fault, and is not counted.

    Yields:
        The use that had the fault, and how the run came out.
    """
    prepared = prepared_folder(scratch / f"{subject.name} {fault.name}")
    plain = _copied(prepared, f"{prepared.name} plain")
    undisturbed = run_with_fault(lambda report: subject.run(plain, report), None)
    for number in subject.numbers(len(subject.counted(undisturbed.uses)))[first - 1 :: step]:
        folder = _copied(prepared, f"{prepared.name} {number}")
        ran = run_with_fault(lambda report, folder=folder: subject.run(folder, report), number, fault, subject.use)
        check_nothing_lost(folder, ran.reported)
        run_with_fault(lambda report, folder=folder: subject.run(folder, report), None)
        check_nothing_lost(folder, ran.reported + undisturbed.reported)
        assert subject.essence(folder) == subject.essence(plain), (subject.name, fault, number)
        assert leftovers(folder) == [], (subject.name, fault, number)
        uses = subject.counted(ran.uses)
        if number <= len(uses):
            yield uses[number - 1], ran


def check_nothing_lost(folder: Path, reported: list[str]) -> None:
    """What was there is there, what was reported is there, and all that is there is whole."""
    board = Leaderboard(folder)
    assert board.unreadable() == []
    entries = board.entries()
    assert entry_of(SMALL_TREE)[0] in entries
    for entry in entries:
        if entry.problem == DOUBLING.problem or entry.problem == SMALL_TREE.problem:
            assert board.program(entry).digest == entry.hashes.program
            assert board.decision(entry)
    assert any(line.get("number") == LINE["number"] for line in journal_file.read(folder / "journal.jsonl"))
    ended = {f"trial {record['trial']}" for record in journaled(folder) if record["event"] == "ended"}
    known = {f"{entry.id} {entry.cycles}" for entry in entries} | ended
    assert set(reported) <= known


def leftovers(folder: Path) -> list[str]:
    """Temporary files."""
    return sorted(path.name for path in folder.rglob(".*"))


def fault_table(scratch: Path, subjects: Sequence[Subject] = SUBJECTS) -> list[str]:
    """Lines for people: by subject and fault, how many were tried, at which uses, and how the runs ended."""
    lines = [f"{'':23}{'fault':20}{'tried':>6}{'survived':>10}{'refused':>9}{'killed':>8}{'went on':>9}  uses"]
    for subject in subjects:
        for fault in Fault:
            tried = list(try_all(subject, fault, scratch))
            refused, killed = sum(ran.refused for _, ran in tried), sum(ran.killed for _, ran in tried)
            uses = Counter(use for use, _ in tried)
            told = ", ".join(f"{name} {times}" for name, times in uses.items())
            numbers = f"{len(tried):6}{len(tried):10}{refused:9}{killed:8}{len(tried) - refused - killed:9}"
            lines.append(f"{subject.name:23}{fault.value:20}{numbers}  {told}")
    return lines
