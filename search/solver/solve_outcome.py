"""Limits and outcomes of solves.  Statuses keep the solver's names."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from machine.graph.decision import Schedule
from search.processes.isolate import Ending

SOLVING = "search.solver.solving_process"
"""The module that loads CP-SAT, a third of the time in which a command loads: for processes that solve alone."""

Spend = Callable[[float], None]
"""Is told the deterministic time that a solve took and, about twice a second while there is one, of none."""


class Status(Enum):
    """The solver's statuses."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"
    MODEL_INVALID = "model invalid"


@dataclass(frozen=True)
class SolveLimits:
    """When a solve ends.

    Attributes:
        seconds: wall time.
        deterministic_time: the solver's own measure; with one worker and a seed it makes a solve repeatable.
        memory_bytes: address space of the solver's process.
        workers: threads of the solver.
        seed: the solver's random seed.
    """

    seconds: float
    deterministic_time: float | None = None
    memory_bytes: int = 6 << 30
    workers: int = 2
    seed: int = 0


@dataclass(frozen=True)
class SolveOutcome:
    """The outcome of a solve.

    Attributes:
        status: the solver's, or how its process ended where that was without one.
        schedule: the best schedule, not checked yet; ``None`` if the solver has none.
        bound: no schedule that the model allows is shorter.
        work: the deterministic time that it took.
        build_seconds: time spent on building the model.
        solve_seconds: time spent on solving it.
        hint_feasible: whether the solver took the hint as a complete, feasible solution.
        ignored: parameters that the solver's log does not show as they were set.
        note: why there is no answer, where there is none.
    """

    status: Status | Ending
    schedule: Schedule | None = None
    bound: int = 0
    work: float = 0.0
    build_seconds: float = 0.0
    solve_seconds: float = 0.0
    hint_feasible: bool = False
    ignored: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class SolverNews:
    """What a solver that runs has come to, by its own word: nothing of it is checked.

    Attributes:
        begun: when it began, as :func:`time.monotonic` tells it in all processes of a machine.
        cycles: of its best schedule, ``None`` while it has none.
        bound: no schedule that its model allows is shorter.
    """

    begun: float
    cycles: int | None
    bound: int


def unspent(work: float) -> None:
    """Tells nobody: a :data:`Spend`."""
