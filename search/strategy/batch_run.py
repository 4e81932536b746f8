"""Runs batches of list schedules, which is what a worker does; and from what they find back to a solution."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from machine.errors import MissingOpcodeError, SlotsmithError
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound
from search.errors import WrongOutputError
from search.scheduling.incumbent import incumbent_of
from search.scheduling.justification import justify
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from search.strategy.sampler import BatchRequest, Finding
from search.strategy.solution import Solution, list_solution
from search.tasks.building import build_prepared, prepared_again
from search.tasks.candidate import make_candidate
from search.tasks.task import Task, TaskName
from search.tasks.validation import QUICK_INPUTS, validate_program


@dataclass(frozen=True)
class BatchResult:
    """What a batch led to.

    Attributes:
        request: the batch.
        schedules: tried; fewer than were asked for where time ended the batch.
        finding: its best, or ``None``.
        bound: of its graph; ``None`` where there is no finding, or none below what is to be beaten.
        failures: schedules that led to nothing, by the name of the error.
    """

    request: BatchRequest
    schedules: int
    finding: Finding | None
    bound: Bound | None
    failures: dict[str, int]


def run_batch(name: TaskName, request: BatchRequest, to_beat: int | None, until: float | None = None) -> BatchResult:
    """Try policies on one setting of the knobs and justify the best; below ``to_beat`` it is simulated, too.

    After the time ``until``, as :func:`time.monotonic` tells it, it tries no other policy.
    """
    task = name.load()
    failures: Counter[str] = Counter()
    try:
        prepared = prepared_again(name, tuple(request.knobs.items()))
    except SlotsmithError as error:
        what = str(error) if isinstance(error, MissingOpcodeError) else type(error).__name__
        return BatchResult(request, request.schedules, None, None, {what: request.schedules})
    walk = PolicyWalk(task.machine, request.start, Random(request.seed))
    try:
        policy, listed = best_of_walk(prepared, walk, request.schedules, failures, until)
    except SlotsmithError:
        return BatchResult(request, walk.tried, None, None, dict(failures))
    best = justify(prepared, incumbent_of(prepared.flat, listed, policy.engine_order))
    bound: Bound | None = None
    if to_beat is None or best.cycles < to_beat:
        bound = prove_bound(prepared)
        try:
            validate_program(task, make_candidate(prepared, best.decision).program, QUICK_INPUTS)
        except WrongOutputError as error:
            failures[type(error).__name__] += 1
            return BatchResult(request, walk.tried, None, None, dict(failures))
    finding = Finding(best.cycles, request.number, request.knobs, policy)
    return BatchResult(request, walk.tried, finding, bound, dict(failures))


def finding_solution(task: Task, found: Finding, bound: Bound | None = None) -> Solution:
    """The solution of a finding, built again here; ``bound`` is that of its graph, if one is proven already."""
    prepared = build_prepared(task, found.knobs)
    listed = list_solution(prepared, found.knobs, found.policy, bound)
    return listed.with_incumbent(justify(prepared, listed.incumbent))
