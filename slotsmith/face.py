"""The functions of the public face: plain values in, a validated result out."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from machine.model import Machine
from machine.program import Program
from problems.checking.kernel_checks import check_kernel
from problems.knobs import KnobValue
from problems.loader import name_of_problem
from problems.problem import Problem, Shape, format_shape, resolve_knobs
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound
from search.processes.workers import open_runner
from search.solver.solve_outcome import SolveLimits
from search.strategy import session
from search.strategy.budget import Budget, require_seconds
from search.strategy.progress import unwatched
from search.strategy.session import Outcome, SessionSettings
from search.strategy.stage import Context
from search.strategy.step import IMPROVE_STEPS, SEARCH_STEPS, SOLVE_STEPS, Step, parse_steps
from search.tasks.building import build_prepared
from search.tasks.candidate import Candidate
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import Task, TaskName, resolve_task
from search.tasks.validation import Validation, validate_program

Knobs = Mapping[str, KnobValue]

_SEARCH_SECONDS = 60.0
"""Of a search that is given neither seconds nor schedules."""


@dataclass(frozen=True, repr=False)
class Found:
    """A validated program and what is known of it; printed, a line.

    Attributes:
        entry: as the leaderboard has it, or would have it: score, validation, knobs, hashes, effort.
        candidate: program, decision and graph.
        is_best: whether it is now the best of its task on the leaderboard that was given.
    """

    entry: Entry
    candidate: Candidate
    is_best: bool

    def __repr__(self) -> str:
        return f"Found({self.entry.id}: {self.cycles} cycles, bound {self.bound.cycles})"

    @property
    def cycles(self) -> int:
        """The score."""
        return self.entry.cycles

    @property
    def bound(self) -> Bound:
        """No schedule of the same graph is shorter."""
        return self.entry.bound

    @property
    def program(self) -> Program:
        """The program."""
        return self.candidate.program


def search(
    problem: Problem | str,
    shape: Shape | str = "",
    *,
    category: str | None = None,
    machine: Machine | str = "takehome",
    seconds: float | None = None,
    schedules: int | None = None,
    stages: str | None = None,
    knobs: Knobs | None = None,
    workers: int = 0,
    seed: int = 0,
    inputs: int = 1024,
    leaderboard: Leaderboard | None = None,
) -> Found:
    """Search for a short program among all graphs that the problem's knobs give.

    Args:
        problem: the problem, its name, or ``file.py:Class``.
        shape: its size, by parameter or as ``name=value,...``; what is left out keeps its default.
        category: what counts as output; ``None`` for the problem's first.
        machine: the machine, its name, or a ``.toml`` file.
        seconds: until the result, its validation included; ``None`` for 60, or for no limit where ``schedules`` are
            counted.
        schedules: list schedules tried; without ``seconds``, the same seed gives the same result.
        stages: with their shares of the budget, as in ``random:0.5,moves``; ``None`` for the usual ones.
        knobs: that keep a value.
        workers: processes; 0 runs in this one.
        seed: of everything drawn at random.
        inputs: on which the result is validated.
        leaderboard: where to keep the result if it is the best there; ``None`` keeps it nowhere.

    Raises:
        UserError: an argument names nothing, or nothing led to a program.
    """
    task, name = _task(problem, shape, category, machine)
    limit = _SEARCH_SECONDS if seconds is None and schedules is None else seconds
    settings = _settings(task, _steps(stages, SEARCH_STEPS), Budget(limit, schedules), seed, inputs, knobs)
    with _board(leaderboard) as board, open_runner(workers) as runner:
        return _found(session.search(task, name, settings, board, runner, unwatched()))


def solve(
    problem: Problem | str,
    shape: Shape | str = "",
    *,
    category: str | None = None,
    machine: Machine | str = "takehome",
    seconds: float = 60.0,
    knobs: Knobs | None = None,
    workers: int = 0,
    seed: int = 0,
    inputs: int = 1024,
    leaderboard: Leaderboard | None = None,
) -> Found:
    """Solve one graph exactly: that of ``knobs``, others at their defaults; arguments as for :func:`search`.

    It starts from the leaderboard's best schedule of that graph, where there is one.

    Raises:
        UserError: an argument names nothing.
        TrialError: no schedule was found.
    """
    task, name = _task(problem, shape, category, machine)
    settings = _settings(task, SOLVE_STEPS, Budget(seconds), seed, inputs, knobs)
    with _board(leaderboard) as board, open_runner(workers) as runner:
        return _found(session.solve(task, name, settings, board, runner, unwatched()))


def improve(
    entry: Entry,
    leaderboard: Leaderboard,
    *,
    seconds: float = 600.0,
    stages: str | None = None,
    workers: int = 0,
    seed: int = 0,
    inputs: int = 1024,
) -> Found:
    """Improve on the schedule of an entry of a leaderboard; a shorter program is kept there.

    Raises:
        UserError: the entry cannot be built again by this version.
    """
    name = TaskName(entry.problem, entry.shape_text, entry.category, entry.task().machine)
    settings = SessionSettings(_steps(stages, IMPROVE_STEPS), Budget(seconds), seed, inputs, {})
    with open_runner(workers) as runner:
        return _found(session.improve(entry, name, settings, leaderboard, runner, unwatched()))


def bound(
    problem: Problem | str,
    shape: Shape | str = "",
    *,
    category: str | None = None,
    machine: Machine | str = "takehome",
    seconds: float = 0.0,
    knobs: Knobs | None = None,
) -> Bound:
    """A proven lower bound of one graph; arguments as for :func:`search`.

    ``seconds`` are for counting, which proves more on small graphs; 0 ends with critical path and work.

    Raises:
        UserError: an argument names nothing.
    """
    require_seconds(seconds)
    task, name = _task(problem, shape, category, machine)
    with open_runner(0) as runner:
        settings = Context(task, name, _fixed(task, knobs), "0", runner).settings
    return prove_bound(build_prepared(task, settings), SolveLimits(seconds) if seconds > 0 else None)


def validate(
    program: Program,
    problem: Problem | str,
    shape: Shape | str = "",
    *,
    category: str | None = None,
    machine: Machine | str = "takehome",
    inputs: int = 1024,
) -> Validation:
    """Run a program on boundary and random inputs under both simulators, and compare with the reference.

    Raises:
        UserError: an argument names nothing.
        WrongOutputError: the program is wrong; says on which input and word.
    """
    task, _ = _task(problem, shape, category, machine)
    return validate_program(task, program, inputs)


def check(
    problem: Problem | str,
    shape: Shape | str = "",
    *,
    category: str | None = None,
    machine: Machine | str = "takehome",
    inputs: int = 100,
    seconds: float = 30.0,
) -> None:
    """Compare a kernel's graphs, of several settings of its knobs, and the kernel on numpy, with its reference.

    Args:
        problem: the problem; this and what follows as for :func:`search`.
        shape: its size.
        category: what counts as output.
        machine: the machine.
        inputs: on which the kernel on numpy and the reference are compared; graphs are on fewer.
        seconds: that each check may take.

    Raises:
        UserError: an argument names nothing, or there is a mistake in the kernel: a
            :class:`~machine.errors.KernelError` names its line.
    """
    task, _ = _task(problem, shape, category, machine)
    report = check_kernel(task.problem, task.shape, task.category, task.machine, inputs, seconds)
    for mistake in report.mistakes:
        raise mistake


def _task(
    problem: Problem | str, shape: Shape | str, category: str | None, machine: Machine | str
) -> tuple[Task, TaskName]:
    name = problem if isinstance(problem, str) else name_of_problem(problem)
    return resolve_task(name, shape if isinstance(shape, str) else format_shape(shape), category, machine)


def _steps(stages: str | None, usual: tuple[Step, ...]) -> tuple[Step, ...]:
    return usual if stages is None else parse_steps(stages)


def _settings(
    task: Task, steps: tuple[Step, ...], budget: Budget, seed: int, inputs: int, knobs: Knobs | None
) -> SessionSettings:
    return SessionSettings(steps, budget, seed, inputs, _fixed(task, knobs))


def _fixed(task: Task, knobs: Knobs | None) -> Knobs:
    return resolve_knobs(declared_knobs(task), {name: str(value) for name, value in (knobs or {}).items()})


def _found(outcome: Outcome) -> Found:
    submission = outcome.submission
    return Found(submission.entry, submission.candidate, submission.is_best)


@contextmanager
def _board(leaderboard: Leaderboard | None) -> Iterator[Leaderboard]:
    """The leaderboard, ready to be written; one that vanishes with the block where there is none."""
    if leaderboard is not None:
        leaderboard.ensure_writable()
        yield leaderboard
        return
    with tempfile.TemporaryDirectory(prefix="slotsmith-") as folder:
        board = Leaderboard(Path(folder))
        board.ensure_writable()
        yield board
