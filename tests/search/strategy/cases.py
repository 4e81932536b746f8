"""Contexts, starts and single stages for tests of strategies."""

from collections.abc import Callable, Mapping
from functools import cache

from machine.graph.decision import Decision
from problems.knobs import KnobValue, default_settings
from search.processes.workers import InProcess, Runner
from search.scheduling.policy import default_policy
from search.strategy.budget import Budget
from search.strategy.progress import Progress, Watch
from search.strategy.solution import Solution, list_solution
from search.strategy.stage import Context, Stage, StageEnd
from search.tasks.building import build_prepared
from search.tasks.task import TaskName
from search.tasks.validation import validate_candidate
from tests.search.problems import SMALL_TREE

Tell = Callable[[Progress], None]


def context_of(
    name: TaskName = SMALL_TREE,
    *,
    seed: int | str = 0,
    fixed: Mapping[str, KnobValue] | None = None,
    runner: Runner | None = None,
) -> Context:
    return Context(name.load(), name, dict(fixed or {}), str(seed), runner or InProcess())


@cache
def start_of(name: TaskName = SMALL_TREE) -> Solution:
    """The list schedule of the default policy, not justified, so that there is something to do."""
    task = name.load()
    knobs = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    return list_solution(build_prepared(task, knobs), knobs, default_policy(task.machine))


def watched(tell: Tell = lambda progress: None) -> Watch:
    return Watch(Progress(), tell)


def run_stage(
    stage: Stage,
    budget: Budget,
    *,
    context: Context | None = None,
    start: Solution | None = None,
    watch: Watch | None = None,
) -> StageEnd:
    """One stage by itself; from the default list schedule if it needs a start and none is given."""
    begin = start_of() if start is None and stage.needs_start else start
    return stage.run(context or context_of(), begin, budget, watch or watched())


def assert_sound(solution: Solution, name: TaskName = SMALL_TREE) -> None:
    """The schedule is legal, no shorter than its bound, and its program computes what the reference does."""
    candidate = solution.candidate()
    assert solution.bound.cycles <= solution.cycles == candidate.cycles
    assert validate_candidate(name.load(), candidate, 4).cycles == solution.cycles


def essence(decision: Decision) -> tuple[list[int], list[int]]:
    """What two equal decisions have in common."""
    return decision.schedule.cycles.tolist(), decision.addresses.tolist()
