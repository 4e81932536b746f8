"""One trial of a sweep: a setting of knobs and policy, scheduled, refined and simulated; what a worker runs."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from machine.errors import SlotsmithError
from machine.graph.decision import Decision
from machine.program import Program
from problems.knobs import KnobValue
from search.board.entry import Effort, Entry, make_entry
from search.bounds.bound import Bound
from search.bounds.work_bound import lower_bound
from search.scheduling.justification import justify
from search.scheduling.policy import Policy
from search.scheduling.policy_walk import best_of_walk
from search.strategy.batch import QUICK_INPUTS
from search.strategy.sampler import PolicyWalk
from search.sweep.refinement import Refinement, refine
from search.sweep.trial_recipe import TrialRecord
from search.tasks.building import build_prepared
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import Task, TaskName
from search.tasks.validation import validate_candidate, validate_program


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
        refinement: what to do with the best of them; ``None`` for nothing.
        inputs: on which a new best is validated in full.
        to_beat: cycles below which a result is validated in full and brought back as an entry; ``None`` for any.
    """

    number: int
    task: TaskName
    seed: str
    knobs: dict[str, KnobValue]
    policy: Policy
    schedules: int
    refinement: Refinement | None
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
    failures: Counter[str] = Counter()
    try:
        task = request.task.load()
        prepared = build_prepared(task, request.knobs)
        walk = PolicyWalk(prepared.machine, request.policy, Random(request.seed))
        policy, listed = best_of_walk(prepared, walk, request.schedules, failures)
        start = justify(prepared, listed, policy.engine_order)
        decision = start.decision
        if request.refinement is not None:
            decision = refine(prepared, start, policy, request.refinement, request.seed)
        bound = lower_bound(prepared)
        candidate = make_candidate(prepared, decision)
        validate_program(task, candidate.program, QUICK_INPUTS)
        found = None
        if request.to_beat is None or candidate.cycles < request.to_beat:
            found = _validated(task, request, candidate, bound, policy)
    except SlotsmithError as error:
        named = type(error).__name__, str(error)
        return TrialResult(request.number, schedules=request.schedules, failures=dict(failures), error=named)
    tried = request.schedules
    return TrialResult(request.number, candidate.cycles, bound, policy, tried, dict(failures), None, found)


def _validated(task: Task, request: TrialRequest, candidate: Candidate, bound: Bound, policy: Policy) -> Found:
    """The candidate as an entry; how much the sweep has spent on it, its driver knows."""
    validation = validate_candidate(task, candidate, request.inputs)
    method = "sweep" if request.refinement is None else f"sweep, {request.refinement.method.value}"
    record = TrialRecord(request.seed, request.policy, request.schedules, request.refinement)
    effort = Effort(method, 0, 0, 0.0, 0, record.to_json())
    now = datetime.now(UTC).isoformat(timespec="seconds")
    name, knobs = request.task.problem, request.knobs
    entry = make_entry(task, name, candidate, bound, validation, knobs, policy.to_json(), effort, now)
    return Found(entry, candidate.decision, candidate.program)
