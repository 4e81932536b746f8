"""One trial of a sweep: a setting of knobs and policy, scheduled, improved and simulated; what a worker runs."""

from dataclasses import dataclass, field

from machine.errors import SlotsmithError
from machine.graph.decision import Decision
from machine.program import Program
from problems.knobs import KnobValue
from search.board.entry import Effort, Entry
from search.board.submission import Result, validated_entry
from search.bounds.bound import Bound
from search.processes.workers import InProcess
from search.scheduling.policy import Policy
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import Watch, unwatched
from search.strategy.solution import Solution
from search.strategy.stage import Context
from search.strategy.stage_work import StageWork, do_works
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.list_stage import ListStage
from search.strategy.step import Step
from search.sweep.trial_recipe import TrialRecipe
from search.tasks.candidate import Candidate
from search.tasks.task import Task, TaskName
from search.tasks.validation import QUICK_INPUTS, validate_program


@dataclass(frozen=True)
class TrialRequest:
    """What to try.  The result depends on these values alone, ``to_beat`` aside, whoever runs it and when.

    Attributes:
        number: of the trial in its sweep.
        task: what the program is for.
        seed: of everything drawn at random.
        knobs: value of every knob.
        policy: the first to try.
        schedules: list schedules tried, the first with ``policy``, the others on a walk from it.
        stages: what the best of them goes through.
        inputs: on which a new best is validated in full.
        to_beat: cycles below which a result is validated in full and brought back as an entry; ``None`` for any.
    """

    number: int
    task: TaskName
    seed: str
    knobs: dict[str, KnobValue]
    policy: Policy
    schedules: int
    stages: tuple[StageWork, ...]
    inputs: int
    to_beat: int | None


@dataclass(frozen=True)
class Found:
    """A validated winner, as it travels to the leaderboard."""

    entry: Entry
    decision: Decision
    program: Program


@dataclass(frozen=True)
class TrialResult:
    """What a trial led to.

    Attributes:
        number: of the trial.
        cycles: of its best program; ``None`` where there is none.
        bound: of its graph.
        policy: of its best list schedule.
        schedules: list schedules tried.
        failures: schedules that led to nothing, by the name of the error.
        error: the name of the error where the trial led to nothing, and what it said.
        found: the validated winner, where cycles are below what was to beat.
    """

    number: int
    cycles: int | None = None
    bound: Bound | None = None
    policy: Policy | None = None
    schedules: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    error: tuple[str, str] | None = None
    found: Found | None = None


def run_trial(request: TrialRequest) -> TrialResult:
    """Run a trial; whatever goes wrong in it by name is in the result."""
    watch = unwatched()
    failures = watch.progress.failures
    try:
        task = request.task.load()
        solution = _solve(task, request, watch)
        candidate = solution.candidate()
        validate_program(task, candidate.program, QUICK_INPUTS)
        found = None
        if request.to_beat is None or candidate.cycles < request.to_beat:
            found = _validated(task, request, solution, candidate)
    except SlotsmithError as error:
        named = type(error).__name__, str(error)
        return TrialResult(request.number, schedules=request.schedules, failures=dict(failures), error=named)
    tried = request.schedules
    return TrialResult(
        request.number, candidate.cycles, solution.bound, solution.policy, tried, dict(failures), None, found
    )


def _solve(task: Task, request: TrialRequest, watch: Watch) -> Solution:
    """List schedules, the best of them justified, then the request's stages."""
    context = Context(task, request.task, request.knobs, request.seed, InProcess())
    steps = (Step(ListStage(request.policy), schedules=1.0), Step(JustificationStage()))
    listed = run_stages(context, steps, None, Budget(schedules=request.schedules), watch).uninterrupted()
    assert listed is not None, "a list stage that finds nothing says why"
    return do_works(context, request.stages, listed, watch)


def _validated(task: Task, request: TrialRequest, solution: Solution, candidate: Candidate) -> Found:
    """The candidate as an entry; how much the sweep has spent on it, its driver knows."""
    method = ", ".join(["sweep", *(work.stage for work in request.stages)])
    recipe = TrialRecipe(request.seed, request.policy, request.schedules, request.stages)
    effort = Effort(method, 0, 0, 0.0, 0, recipe.to_json())
    policy = None if solution.policy is None else solution.policy.to_json()
    result = Result(task, request.task.problem, candidate, solution.bound, request.knobs, policy, effort)
    return Found(validated_entry(result, request.inputs), candidate.decision, candidate.program)
