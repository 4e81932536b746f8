"""What a setting of the knobs is worth to a plan: its work, and a short batch of list schedules."""

from collections.abc import Mapping
from dataclasses import dataclass

from problems.knobs import KnobValue
from search.bounds.bound import Bound
from search.strategy.batch_run import run_batch
from search.strategy.planning import Work, cycles_of, work_of
from search.strategy.sampler import BatchRequest, Finding
from search.tasks.building import prepared_again
from search.tasks.task import TaskName

TRIAL_SCHEDULES = 4
"""For each setting: they take about as long as building its graph."""


@dataclass(frozen=True)
class Trial:
    """A setting that was tried.

    Attributes:
        work: of its graph.
        found: the shortest of its schedules, with knobs and policy.
        idle: cycles by which that is longer than the work explains.
        bound: of the graph; ``None`` where the schedule does not beat what it was to.
    """

    work: Work
    found: Finding
    idle: float
    bound: Bound | None

    @property
    def cycles(self) -> int:
        """The length of that schedule."""
        return self.found.cycles


@dataclass(frozen=True)
class Attempt:
    """What became of trying a setting.

    Attributes:
        trial: ``None`` where it leads to no graph or no schedule.
        schedules: tried.
        failures: schedules that led to nothing, by the name of the error.
    """

    trial: Trial | None
    schedules: int
    failures: Mapping[str, int]


def try_setting(name: TaskName, knobs: Mapping[str, KnobValue], to_beat: int | None, until: float | None) -> Attempt:
    """Build the graph of a setting and schedule it by the same policies as any other.  What a worker runs.

    Args:
        name: the task.
        knobs: the setting.
        to_beat: a program in fewer cycles is simulated, any program where it is ``None``.
        until: as :func:`time.monotonic` tells it; no other policy is tried after it.
    """
    request = BatchRequest(0, "plan", dict(knobs), None, TRIAL_SCHEDULES)
    result = run_batch(name, request, to_beat, until)
    trial = None
    if result.finding is not None:
        work = work_of(prepared_again(name, tuple(knobs.items())).graph)
        idle = result.finding.cycles - cycles_of(work, name.machine)
        trial = Trial(work, result.finding, idle, result.bound)
    return Attempt(trial, result.schedules, result.failures)
