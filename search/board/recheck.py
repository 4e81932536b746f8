"""Validates entries of the leaderboard anew: their graphs are built, their decisions checked, their programs run."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from machine.errors import SlotsmithError, UserError
from machine.graph.decision import decision_from_json
from machine.legality import check_slots
from machine.model import machine_from_data
from machine.program import Program
from problems.loader import load_problem
from problems.problem import check_category
from search.board.bound_check import REFUTING_SECONDS, check_bound
from search.board.entry import ENTRY_FORMAT, Entry, entry_id, graph_as_recorded
from search.board.leaderboard import Leaderboard
from search.board.standing import digests_today
from search.board.stored_files import DamagedError
from search.bounds.bound import Bound
from search.errors import IllegalScheduleError, TrialError
from search.processes.workers import Runner
from search.solver.solve_outcome import SolveLimits
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import Task
from search.tasks.validation import Validation, validate_candidate, validate_program

_QUEUED_PER_WORKER = 2

_LIMITS = SolveLimits(REFUTING_SECONDS, workers=1)


class Verdict(Enum):
    """What became of checking an entry.  Only ``WRONG`` is a reason to strike it."""

    VALID = "validates"
    OTHER_MACHINE = "validates; its machine is another today"
    OTHER_GRAPH = "program validates; this version builds another graph"
    STALE = "stale"
    """It does not validate, and its problem's sources have changed: it may well have been right for what they were."""
    WRONG = "wrong"
    STRUCK = "struck before"
    UNCHECKED = "not checked"
    FAILED = "check failed"


@dataclass(frozen=True)
class Recheck:
    """A verdict on an entry.

    Attributes:
        entry: the entry.
        verdict: what became of checking it.
        note: the reason where there is one to give, else what else was seen.
        problem_digest: the digest of the problem's sources against which it was validated; ``None`` where it was not.
        bound: what holds for its graph; ``None`` where that was not checked.
        alarm: whether the bound that it states is refuted, or does not follow from its certificate.
    """

    entry: Entry
    verdict: Verdict
    note: str = ""
    problem_digest: str | None = None
    bound: Bound | None = None
    alarm: bool = False


class WrongEntryError(SlotsmithError):
    """An entry that is not what it says."""


def recheck_all(board: Leaderboard, entries: Sequence[Entry], inputs: int, runner: Runner) -> Iterator[Recheck]:
    """Check entries anew, on all workers; verdicts come in the order of ``entries``.

    Args:
        board: where they are.
        entries: which.
        inputs: on which their programs run, whatever the entries say.
        runner: runs the checks.
    """
    machines = digests_today(board.entries()).machines
    waiting = deque(entries)
    running: deque[Future[Recheck]] = deque()
    try:
        while waiting or running:
            while waiting and len(running) < max(1, _QUEUED_PER_WORKER * runner.workers):
                running.append(runner.submit(recheck, board.folder, waiting.popleft(), inputs))
            yield _for_machine(running.popleft().result(), machines)
    finally:
        for future in running:
            future.cancel()


def _for_machine(result: Recheck, machines: Mapping[str, str]) -> Recheck:
    """The result; that of an entry which is valid says so if its machine is not the one of its name today."""
    entry = result.entry
    if result.verdict is Verdict.VALID and machines.get(entry.machine_name) != entry.hashes.machine:
        return replace(result, verdict=Verdict.OTHER_MACHINE)
    return result


def recheck(folder: Path, entry: Entry, inputs: int, limits: SolveLimits = _LIMITS) -> Recheck:
    """Check an entry of the board in ``folder``; nothing is written.

    An entry that another process removes meanwhile, as a search does with what it betters, is not to blame for it.
    """
    found = _checked(folder, entry, inputs, limits)
    if found.verdict in (Verdict.WRONG, Verdict.STALE, Verdict.FAILED) and not Leaderboard(folder).has(entry):
        return Recheck(entry, Verdict.UNCHECKED, "another process has removed it")
    return found


def _checked(folder: Path, entry: Entry, inputs: int, limits: SolveLimits) -> Recheck:
    if entry.struck is not None:
        return Recheck(entry, Verdict.STRUCK, f"{entry.struck.time}: {entry.struck.reason}")
    try:
        sources = load_problem(entry.problem).digest()
    except UserError as error:
        return Recheck(entry, Verdict.UNCHECKED, str(error))
    try:
        _check_files(Leaderboard(folder), entry)
    except (DamagedError, WrongEntryError) as error:
        # The reason is stored in the folder, which may be moved: files are named from there.
        return Recheck(entry, Verdict.WRONG, str(error).replace(f"{folder}/", ""))
    except Exception as error:  # a defect of the disk or here: not the entry's fault, and others are waiting
        return Recheck(entry, Verdict.FAILED, f"{type(error).__name__}: {error}")
    try:
        return _recheck(Leaderboard(folder), entry, inputs, limits)
    except (WrongEntryError, TrialError) as error:
        is_stale = sources != entry.problem_digest
        return Recheck(entry, Verdict.STALE if is_stale else Verdict.WRONG, str(error))
    except Exception as error:  # of a user's problem, or a defect here
        return Recheck(entry, Verdict.FAILED, f"{type(error).__name__}: {error}")


def _check_files(board: Leaderboard, entry: Entry) -> None:
    """What holds for an entry whatever its problem has become: its files are there, its hashes are of what they name.

    Raises:
        WrongEntryError: a hash is of something else, or the machine is none.
        DamagedError: a file is missing or damaged.
    """
    if board.program(entry).digest != entry.hashes.program:
        raise WrongEntryError("the stored program is not the one its hash names")
    board.decision(entry)
    try:
        machine = machine_from_data(entry.machine, f"of entry {entry.id}")
    except UserError as error:
        raise WrongEntryError(str(error)) from None
    if machine.digest != entry.hashes.machine:
        raise WrongEntryError("its machine is not the one its hash names")


def _recheck(board: Leaderboard, entry: Entry, inputs: int, limits: SolveLimits) -> Recheck:
    task = _task(entry)
    program, data, sources = board.program(entry), board.decision(entry), task.problem.digest()
    prepared = graph_as_recorded(entry, task)
    if prepared is None:
        validation = _validate_alone(task, program, inputs)
        _compare_cycles(entry, validation)
        return Recheck(entry, Verdict.OTHER_GRAPH, _source_note(entry, sources), sources)
    try:
        decision = decision_from_json(prepared.flat, data)
    except UserError as error:
        raise WrongEntryError(f"the stored decision is not one of its graph: {error}") from None
    # The stored program is checked, not one emitted anew: a decision that was tampered with may ask for any length.
    candidate = Candidate(prepared, decision, program)
    _compare_cycles(entry, validate_candidate(task, candidate, inputs))
    _compare_id(entry)
    checked = check_bound(prepared, entry.bound, entry.cycles, limits)
    notes = [_source_note(entry, sources), checked.note]
    if make_candidate(prepared, decision).program.digest != entry.hashes.program:
        notes.insert(0, "this version orders the program's slots differently")
    return Recheck(entry, Verdict.VALID, "; ".join(filter(None, notes)), sources, checked.bound, checked.alarm)


def _compare_id(entry: Entry) -> None:
    """The id is of the task and the program; which formula it follows says the version that added the entry."""
    name = entry.id.rpartition("-")[0]
    if entry.id not in {entry_id(name, entry.key, entry.hashes, format_) for format_ in (1, ENTRY_FORMAT)}:
        raise WrongEntryError("its id is not of its task and program")


def _source_note(entry: Entry, sources: str) -> str:
    return "" if sources == entry.hashes.problem else "the problem's sources have changed"


def _task(entry: Entry) -> Task:
    """The entry's task, if its problem has such a one."""
    try:
        task = entry.task()
        check_category(task.problem, entry.category)
    except UserError as error:
        raise WrongEntryError(str(error)) from None
    return task


def _validate_alone(task: Task, program: Program, inputs: int) -> Validation:
    """Validate a program without its graph."""
    problems = check_slots(program, task.machine)
    if problems:
        raise IllegalScheduleError(problems[0])
    return validate_program(task, program, inputs)


def _compare_cycles(entry: Entry, validation: Validation) -> None:
    if validation.cycles != entry.cycles:
        raise WrongEntryError(f"it claims {entry.cycles} cycles and takes {validation.cycles}")
