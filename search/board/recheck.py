"""Validates entries of the leaderboard anew: their graphs are built, their decisions checked, their programs run."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from machine.errors import SlotsmithError, UserError
from machine.graph.decision import Decision, decision_from_json
from machine.legality import check_slots
from machine.model import load_machine, model_names
from machine.program import Program
from problems.loader import load_problem
from problems.problem import check_category
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, build_again, graph_digest
from search.board.leaderboard import DamagedError, Leaderboard
from search.errors import IllegalScheduleError, TrialError
from search.processes.workers import Runner
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import Task
from search.tasks.validation import Validation, validate_candidate, validate_program

_QUEUED_PER_WORKER = 2


class Verdict(Enum):
    """What became of checking an entry.  Only ``WRONG`` is a reason to strike it."""

    VALID = "validates"
    OTHER_GRAPH = "program validates; this version builds another graph"
    WRONG = "wrong"
    STRUCK = "struck before"
    UNCHECKED = "not checked"
    FAILED = "check failed"


@dataclass(frozen=True)
class Recheck:
    """A verdict on an entry; ``note`` is the reason where there is one to give, else what else was seen."""

    entry: Entry
    verdict: Verdict
    note: str = ""


class WrongEntryError(SlotsmithError):
    """An entry that is not what it says."""


def recheck_all(board: Leaderboard, entries: Sequence[Entry], inputs: int | None, runner: Runner) -> Iterator[Recheck]:
    """Check entries anew, on all workers; verdicts come in the order of ``entries``.

    Args:
        board: where they are.
        entries: which.
        inputs: on which their programs run; ``None`` for as many as each says.
        runner: runs the checks.
    """
    waiting = deque(entries)
    running: deque[Future[Recheck]] = deque()
    try:
        while waiting or running:
            while waiting and len(running) < max(1, _QUEUED_PER_WORKER * runner.workers):
                running.append(runner.submit(recheck, board.folder, waiting.popleft(), inputs))
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()


def recheck(folder: Path, entry: Entry, inputs: int | None) -> Recheck:
    """Check an entry of the board in ``folder``; nothing is written."""
    if entry.struck is not None:
        return Recheck(entry, Verdict.STRUCK, f"{entry.struck.time}: {entry.struck.reason}")
    try:
        load_problem(entry.problem)
    except UserError as error:
        return Recheck(entry, Verdict.UNCHECKED, str(error))
    try:
        return _recheck(Leaderboard(folder), entry, entry.validation.inputs if inputs is None else inputs)
    except (DamagedError, WrongEntryError, TrialError) as error:
        # The reason is kept in the folder, which may be moved: files are named from there.
        return Recheck(entry, Verdict.WRONG, str(error).replace(f"{folder}/", ""))
    except Exception as error:  # of a user's problem, or a defect here: not the entry's fault, and others are waiting
        return Recheck(entry, Verdict.FAILED, f"{type(error).__name__}: {error}")


def _recheck(board: Leaderboard, entry: Entry, inputs: int) -> Recheck:
    task = _task(entry)
    program = board.program(entry)
    if program.digest != entry.hashes.program:
        raise WrongEntryError("the stored program is not the one its hash names")
    data = board.decision(entry)
    prepared = _same_graph(entry, task)
    if prepared is None:
        validation = _validate_alone(task, program, inputs, entry.validation.seed)
        _compare_cycles(entry, validation)
        return Recheck(entry, Verdict.OTHER_GRAPH)
    try:
        decision = decision_from_json(prepared.flat, data)
    except UserError as error:
        raise WrongEntryError(f"the stored decision is not one of its graph: {error}") from None
    # The stored program is checked, not one emitted anew: a decision that was tampered with may ask for any length.
    candidate = Candidate(prepared, decision, program)
    _compare_cycles(entry, validate_candidate(task, candidate, inputs, entry.validation.seed))
    if entry.bound.cycles > entry.cycles:
        raise WrongEntryError(f"it claims {entry.cycles} cycles and a bound of {entry.bound.cycles}")
    return Recheck(entry, Verdict.VALID, _differences(entry, task, prepared, decision))


def _task(entry: Entry) -> Task:
    """The entry's task, if there is one of this name and the machine is the one it names."""
    try:
        task = entry.task()
        check_category(task.problem, entry.category)
    except UserError as error:
        raise WrongEntryError(str(error)) from None
    machine = task.machine
    if machine.digest != entry.hashes.machine:
        raise WrongEntryError("its machine is not the one its hash names")
    if machine.name in model_names() and machine.digest != load_machine(machine.name).digest:
        raise WrongEntryError(f"its machine is called {machine.name} and is another")
    return task


def _same_graph(entry: Entry, task: Task) -> PreparedGraph | None:
    """The graph of the entry, built anew; ``None`` if this version builds another, or none, from its knobs."""
    try:
        prepared = build_again(entry, task)
    except Exception:  # whatever a problem makes of knobs that it no longer takes
        return None
    return prepared if graph_digest(prepared.flat, task.machine) == entry.hashes.graph else None


def _validate_alone(task: Task, program: Program, inputs: int, seed: int) -> Validation:
    """Validate a program without its graph."""
    problems = check_slots(program, task.machine)
    if problems:
        raise IllegalScheduleError(problems[0])
    return validate_program(task, program, inputs, seed)


def _compare_cycles(entry: Entry, validation: Validation) -> None:
    if validation.cycles != entry.cycles:
        raise WrongEntryError(f"it claims {entry.cycles} cycles and takes {validation.cycles}")


def _differences(entry: Entry, task: Task, prepared: PreparedGraph, decision: Decision) -> str:
    """What `slotsmith reproduce` would find to differ in an entry that is right all the same."""
    differing = []
    if make_candidate(prepared, decision).program.digest != entry.hashes.program:
        differing.append("this version orders the program's slots differently")
    if task.problem.digest() != entry.hashes.problem:
        differing.append("the problem's sources have changed")
    return "; ".join(differing)
