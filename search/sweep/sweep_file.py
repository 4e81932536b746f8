"""Sweep files: what a sweep tries, how, for how long and where, in TOML."""

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

from machine.errors import UserError
from machine.strict_table import AMOUNT, StrictTable, is_amount
from machine.toml_file import read_toml
from search.board.entry_schema import MOST_SEED
from search.strategy.stage_work import StageWork, make_work
from search.sweep.executors.executor import Limits
from search.sweep.study import StudySpec, read_studies

__all__ = [
    "ExecutorKind",
    "ExecutorSettings",
    "HalvingSettings",
    "SamplerKind",
    "SamplerSettings",
    "StudySpec",
    "SweepBudget",
    "SweepFile",
    "TrialSettings",
    "load_sweep_file",
]

_MOST_SCHEDULES = 10_000_000
_MOST_TRIALS = 100_000_000
_MOST_INPUTS = 1 << 20
_MOST_PROCESSORS = 4096
_MOST_RUNGS = 100

_GIB = 2**30
_FORMER_STAGES = {"local": "moves"}

_SWEEP_KEYS = ("name", "seed", "budget", "sampler", "trial", "halving", "executor", "machines", "studies")
_TRIAL_KEYS = ("schedules", "inputs", "seconds", "memory_gib", "cpus")


class SamplerKind(Enum):
    """How the points of a study are chosen."""

    RANDOM = "random"
    GRID = "grid"
    TPE = "tpe"
    CMA_ES = "cma-es"


class ExecutorKind(Enum):
    """Where trials run."""

    IN_PROCESS = "in-process"
    PROCESSES = "processes"
    RAY = "ray"


@dataclass(frozen=True)
class SamplerSettings:
    """How points are chosen.

    Attributes:
        kind: the method.
        startup: trials of a study that must have succeeded before an adaptive sampler leaves off drawing at random.
    """

    kind: SamplerKind
    startup: int = 10


@dataclass(frozen=True)
class TrialSettings:
    """What one trial is.

    Attributes:
        schedules: list schedules tried.
        inputs: on which a new best is validated.
        limits: what it may use.
    """

    schedules: int
    inputs: int
    limits: Limits


@dataclass(frozen=True)
class HalvingSettings:
    """How good trials get more work.

    Attributes:
        factor: of this many trials the best one goes on, at least 2.
        first: trials in the first rung of a bracket.
        rungs: the stages that the trials of each rung above it go through.
    """

    factor: int
    first: int
    rungs: tuple[tuple[StageWork, ...], ...]


@dataclass(frozen=True)
class ExecutorSettings:
    """Where trials run.

    Attributes:
        kind: the executor.
        workers: trials at once; ``None`` leaves it to the executor.
        address: of a running Ray cluster; ``None`` for one of its own.
    """

    kind: ExecutorKind
    workers: int | None = None
    address: str | None = None


@dataclass(frozen=True)
class SweepBudget:
    """When a sweep ends: after hours, after trials of all studies together, or whichever comes first.

    Raises:
        UserError: the hours are none.
    """

    hours: float | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        if self.hours is not None and not is_amount(self.hours):
            raise UserError(f"hours must be {AMOUNT}, not {self.hours:g}")


@dataclass(frozen=True)
class SweepFile:
    """A sweep, as its file describes it; ``data`` is the file itself."""

    name: str
    seed: int
    budget: SweepBudget
    sampler: SamplerSettings
    trial: TrialSettings
    halving: HalvingSettings | None
    executor: ExecutorSettings
    studies: tuple[StudySpec, ...]
    data: dict[str, Any] = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides results: everything but name, budget and executor.

        Problems count with their sources and machines with what they do, so that what a file only names counts too.
        """
        limits, halving = self.trial.limits, self.halving
        deciding = {
            "seed": self.seed,
            "sampler": [self.sampler.kind.value, self.sampler.startup],
            "trial": [self.trial.schedules, self.trial.inputs, limits.seconds, limits.memory_bytes, limits.cpus],
            "halving": halving
            and [halving.factor, halving.first, [[str(work) for work in rung] for rung in halving.rungs]],
            "studies": [study.deciding() for study in self.studies],
        }
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def load_sweep_file(path: Path) -> SweepFile:
    """Read a sweep file; problems and machines that are files are found from the current directory.

    Raises:
        UserError: the file cannot be read, or something in it is unknown, of a wrong type or out of range.
    """
    data = read_toml(path, "sweep file")
    top = StrictTable(data, f"sweep file {path}", known=_SWEEP_KEYS)
    return SweepFile(
        name=top.name("name", path.stem),
        seed=top.integer("seed", 0, MOST_SEED, default=0),
        budget=_budget(top.table("budget", ("hours", "trials"), default={})),
        sampler=_sampler(top.table("sampler", ("kind", "startup"), default={})),
        trial=_trial(top.table("trial", _TRIAL_KEYS, default={})),
        halving=_halving(top.table("halving", ("first", "factor", "rungs"))) if "halving" in top else None,
        executor=_executor(top.table("executor", ("kind", "workers", "address"), default={})),
        studies=read_studies(top),
        data=data,
    )


def _budget(table: StrictTable) -> SweepBudget:
    return SweepBudget(table.positive("hours", default=None), table.integer("trials", 1, _MOST_TRIALS, default=None))


def _sampler(table: StrictTable) -> SamplerSettings:
    kind = table.member("kind", SamplerKind.TPE)
    return SamplerSettings(kind, table.integer("startup", 1, _MOST_TRIALS, default=10))


def _trial(table: StrictTable) -> TrialSettings:
    schedules = table.integer("schedules", 1, _MOST_SCHEDULES, default=32)
    inputs = table.integer("inputs", 1, _MOST_INPUTS, default=1024)
    memory = int(table.positive("memory_gib", default=4) * _GIB)
    cpus = table.integer("cpus", 1, _MOST_PROCESSORS, default=1)
    return TrialSettings(schedules, inputs, Limits(float(table.positive("seconds", default=300)), memory, cpus))


def _halving(table: StrictTable) -> HalvingSettings:
    first, factor = table.integer("first", 1, _MOST_TRIALS), table.integer("factor", 2, _MOST_TRIALS, default=4)
    return HalvingSettings(factor, first, tuple(_rung(rung) for rung in table.tables("rungs", (), _MOST_RUNGS)))


def _rung(table: StrictTable) -> tuple[StageWork, ...]:
    """The stages of a rung, in the order in which the file has them."""
    works = []
    for name in table:
        amount = table.positive(name)
        with table.about(name):
            works.append(make_work(_FORMER_STAGES.get(name, name), amount))
    if not works:
        raise table.error("name at least one stage, as in { moves = 400 }")
    return tuple(works)


def _executor(table: StrictTable) -> ExecutorSettings:
    kind, address = table.member("kind", ExecutorKind.PROCESSES), table.text("address", default=None)
    if address is not None and kind is not ExecutorKind.RAY:
        raise table.error(f"is for kind = 'ray', not '{kind.value}'", "address")
    return ExecutorSettings(kind, table.integer("workers", 1, _MOST_PROCESSORS, default=None), address)
